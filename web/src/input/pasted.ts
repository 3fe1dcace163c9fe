// Several lines pasted at once: each is to become a line of its own. Pure.

export const kPastedLinesMax = 200;

// The lines that the input would hold, `before` and `after` being what stands on either side of the cursor.
// Null: it is one line, which the input takes as it is.
export function pastedLines(before: string, pasted: string, after: string): string[] | null {
  const lines = pasted.split(/\r\n|\r|\n|\u2028|\u2029/);
  // The line end of the last line begins no other.
  if (lines.length > 1 && lines[lines.length - 1] === "" && after === "") lines.pop();
  if (lines.length < 2) return null;
  lines[0] = before + (lines[0] ?? "");
  lines[lines.length - 1] += after;
  return lines;
}

export function pastedWords(count: number): string {
  return `${count} lines pasted.`;
}

export function tooManyWords(count: number): string {
  return `Not pasted: that is ${count.toLocaleString("en")} lines, and at most ${kPastedLinesMax} can be pasted at once.`;
}
