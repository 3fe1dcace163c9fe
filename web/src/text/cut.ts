// Cuts text between characters as a reader sees them: never inside a surrogate pair, and an accent or a
// joined emoji stays with its letter. Pure.

// Looked at around a cut. A cluster that is longer is no letter, and may be cut between code points.
const kLookChars = 64;

const segmenter = typeof Intl.Segmenter === "function" ? new Intl.Segmenter("en", { granularity: "grapheme" }) : null;

// The last place to cut at or before `at`; 0 when a character that began before the text covers it.
export function cutBefore(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const from = Math.max(0, at - kLookChars);
  const found = segmenter?.segment(text.slice(from, at + kLookChars)).containing(at - from)?.index;
  if (found !== undefined && (found > 0 || from === 0)) return from + found;
  return isLowSurrogate(text.charCodeAt(at)) ? at - 1 : at;
}

// At most `charsMax` units of it.
export function cutText(text: string, charsMax: number): string {
  return text.slice(0, cutBefore(text, charsMax));
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
