// Which addresses may become links, and where they stand in plain text. Pure.

export const kLinkCharsMax = 2048;

const kSchemes = new Set(["http:", "https:", "mailto:"]);

// The address in its normal form, or null when it is not one we let a player follow.
export function safeLink(address: string): string | null {
  if (address === "" || address.length > kLinkCharsMax) return null;
  if (/[\u0000-\u0020\u007f-\u009f]/.test(address)) return null;
  try {
    const url = new URL(address);
    return kSchemes.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// What a text that reads like an address hides: the place where the link really goes, when that is another.
export function disguised(text: string, href: string): string | null {
  const shown = /^\s*(?:[a-z]+:\/\/)?((?:[\w-]+\.)+[a-z]{2,})(?![\w@.])/iu.exec(text)?.[1];
  if (shown === undefined) return null;
  const host = new URL(href).hostname;
  const bare = (name: string): string => name.toLowerCase().replace(/^www\./, "");
  return bare(shown) === bare(host) ? null : host === "" ? href : host;
}

export interface LinkRange {
  readonly start: number;
  readonly end: number;
  readonly href: string;
}

const kAddress = /\b(?:https?:\/\/|mailto:)[^\s<>"'`\u0000-\u001f\u007f-\u009f]+/gi;

// The addresses in one line of text, in order. Punctuation that closes a sentence, and a bracket
// that was opened before the address, stay outside.
export function findLinks(text: string): LinkRange[] {
  if (!text.includes(":")) return [];
  const found: LinkRange[] = [];
  for (const match of text.matchAll(kAddress)) {
    const address = trimEnd(match[0]);
    const href = safeLink(address);
    if (href !== null) found.push({ start: match.index, end: match.index + address.length, href });
  }
  return found;
}

// One pass back from the end, whatever the address is made of.
function trimEnd(address: string): string {
  const unopened = { ")": surplus(address, "(", ")"), "]": surplus(address, "[", "]") };
  let end = address.length;
  for (; end > 0; --end) {
    const last = address.charAt(end - 1);
    if (last === ")" || last === "]") {
      if (unopened[last] <= 0) break;
      --unopened[last];
    } else if (!".,;:!?*_~|}".includes(last)) {
      break;
    }
  }
  return address.slice(0, end);
}

function surplus(text: string, open: string, close: string): number {
  let total = 0;
  for (const letter of text) total += letter === close ? 1 : letter === open ? -1 : 0;
  return total;
}
