// One line of the log: styled runs, and the edits that a terminal would make in it. Pure.

import { kConceal, kPlain, sameStyle, type Style } from "../ansi/style.js";
import { columnsOf, reach } from "../text/columns.js";

export type LineKind = "world" | "echo" | "notice" | "state" | "gap";

export interface Span {
  text: string;
  readonly style: Style;
  readonly typed: boolean; // the player's own words, echoed here
}

export class Line {
  readonly spans: Span[] = [];
  chars = 0;
  finished = false;
  private width: number | null = null; // null: not known

  constructor(readonly kind: LineKind) {}

  append(text: string, style: Style, typed: boolean): void {
    if (this.width !== null) this.width += columnsOf(text, this.width);
    add(this.spans, text, style, typed);
    this.chars += text.length;
  }

  get columns(): number {
    return (this.width ??= columnsOf(this.text));
  }

  // Writes over what stands at `column`, which is not behind the end; the text may reach over the end.
  // Gives the place in the text from which on it is new.
  overwrite(column: number, text: string, style: Style): number {
    const before = this.left(column);
    const behind = this.right(column + columnsOf(text, column));
    const from = before.reduce((sum, span) => sum + span.text.length, 0);
    add(before, text, style, false);
    this.replace([...before, ...behind]);
    return from;
  }

  // Drops what stands at `column` and behind. Gives the length of what is left.
  truncate(column: number): number {
    this.replace(this.left(column));
    return this.chars;
  }

  get text(): string {
    return this.spans.map((span) => span.text).join("");
  }

  // What the world said from there on: without the player's echo and what is not to be seen.
  spokenFrom(from: number): string {
    let at = 0;
    let spoken = "";
    for (const span of this.spans) {
      const end = at + span.text.length;
      if (end > from && !span.typed && !(span.style.flags & kConceal)) spoken += span.text.slice(Math.max(0, from - at));
      at = end;
    }
    return spoken;
  }

  private replace(spans: readonly Span[]): void {
    this.spans.length = 0;
    this.chars = 0;
    this.width = null;
    for (const span of spans) {
      add(this.spans, span.text, span.style, span.typed);
      this.chars += span.text.length;
    }
  }

  // A wide character that is cut leaves blanks on both sides.
  private left(column: number): Span[] {
    const kept: Span[] = [];
    let at = 0;
    for (const { text, style, typed } of this.spans) {
      const found = reach(text, column, at);
      let cut = text.slice(0, found.index);
      if (found.column > column) {
        cut = [...cut].slice(0, -1).join("");
        add(kept, cut, style, typed);
        add(kept, " ".repeat(Math.max(0, column - at - columnsOf(cut, at))), kPlain, typed);
        break;
      }
      add(kept, cut, style, typed);
      at = found.column;
      if (cut.length < text.length) break;
    }
    return kept;
  }

  private right(column: number): Span[] {
    const kept: Span[] = [];
    let at = 0;
    let reached = false;
    for (const { text, style, typed } of this.spans) {
      if (reached) {
        add(kept, text, style, typed);
        continue;
      }
      const found = reach(text, column, at);
      at = found.column;
      reached = at >= column;
      if (reached) add(kept, " ".repeat(at - column), kPlain, typed);
      add(kept, text.slice(found.index), style, typed);
    }
    return kept;
  }
}

function add(spans: Span[], text: string, style: Style, typed: boolean): void {
  if (text === "") return;
  const last = spans[spans.length - 1];
  if (last && last.typed === typed && sameStyle(last.style, style)) last.text += text;
  else spans.push({ text, style, typed });
}
