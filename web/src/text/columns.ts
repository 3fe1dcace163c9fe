// How many columns text takes on a terminal: two for East Asian and emoji, none for accents. Pure.

export const kTabColumns = 8;

const kPlainText = /^[\x20-\x7e]*$/;
const kNone = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

// Wide ones, as pairs of first and last.
const kWide = [
  0x1100, 0x115f, 0x2e80, 0x303e, 0x3041, 0xa4cf, 0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe30, 0xfe6f, 0xff00, 0xff60,
  0xffe0, 0xffe6, 0x1f300, 0x1f64f, 0x1f680, 0x1f6ff, 0x1f900, 0x1faff, 0x20000, 0x3fffd,
];

function columnsOfOne(letter: string, from: number): number {
  const code = letter.codePointAt(0) ?? 0;
  if (code === 9) return kTabColumns - (from % kTabColumns);
  if (code < 0x300) return 1;
  if (kNone.test(letter)) return 0;
  for (let at = 0; at < kWide.length; at += 2) {
    if (code >= (kWide[at] as number) && code <= (kWide[at + 1] as number)) return 2;
  }
  return 1;
}

// `from` is the column at which the text begins; a tab's width depends on it.
export function columnsOf(text: string, from = 0): number {
  if (kPlainText.test(text)) return text.length;
  let column = from;
  for (const letter of text) column += columnsOfOne(letter, column);
  return column - from;
}

export interface Reached {
  readonly index: number; // into the text
  readonly column: number; // where that unit stands; over what was asked for inside a wide character or a tab
}

// The first place in the text that stands at `column` or behind it, or the text's end. Accents belong to
// the letter before them.
export function reach(text: string, column: number, from = 0): Reached {
  let index = 0;
  let at = from;
  for (const letter of text) {
    const columns = columnsOfOne(letter, at);
    if (at >= column && columns > 0) break;
    at += columns;
    index += letter.length;
  }
  return { index, column: at };
}
