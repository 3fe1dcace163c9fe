// The lines of the log, without a page: takes styled text, gives finished and unfinished lines in
// batches. Pure; the view drains it once a frame.
//
// Owner    the page, one buffer for its life.
// Limits   a line over kLineCharsMax is broken, between letters; at most `pendingMax` lines wait for the next drain
//          (a hidden tab draws no frames), the oldest are dropped and counted.

import { AnsiParser, type AnsiSink } from "../ansi/parser.js";
import { kPlain, type Style } from "../ansi/style.js";
import { columnsOf, reach } from "../text/columns.js";
import { cutBefore } from "../text/cut.js";
import { Line } from "./line.js";

export const kLineCharsMax = 16 * 1024;
export const kCursorColumnMax = 500; // a game cannot pad a line further than that
const kEditCharsMax = 2048; // a longer line is no line of a screen: nothing in it is written over
const kLetterCharsMax = 64; // a letter with its accents may reach so far over a bound

export interface LineObserver {
  // A finished line of the world or the gateway; `unheard` is what no earlier call said of it.
  lineFinished(unheard: string): void;
  // The unfinished line is a prompt that waits for the player.
  promptShown(unheard: string): void;
}

export interface Batch {
  // Lines that are new or changed since the last drain, oldest first; only the last may be unfinished.
  readonly lines: readonly Line[];
  readonly dropped: number;
}

export class LineBuffer implements AnsiSink {
  private readonly parser = new AnsiParser();
  private open: Line | null = null;
  private openDrained = false; // the open line was part of an earlier batch
  private sealed = false; // the open line is complete as it stands: more text begins a new one
  private cursor: number | null = null; // the column of the next text; null: the end of the open line
  private heard = 0; // characters of the open line that the observer was told
  private lines: Line[] = [];
  private dropped = 0;

  constructor(
    private readonly observer: LineObserver,
    private readonly pendingMax: number = 5000,
  ) {}

  // Text of the world: ANSI inside, lines ended by "\n", cut anywhere.
  feed(text: string): void {
    this.parser.feed(text, this);
  }

  // The unfinished line is a prompt. More text after it begins a new line; a line end only ends it.
  prompt(): void {
    this.parser.flush(this);
    if (!this.open) return;
    this.sealed = true;
    this.observer.promptShown(this.takeUnheard());
  }

  // Nothing came for a while: an unfinished line is heard as it stands. It may be a prompt without a mark.
  quiet(): void {
    this.parser.flush(this);
    const unheard = this.takeUnheard();
    if (unheard !== "") this.observer.promptShown(unheard);
  }

  // The player's own line, behind the prompt where one is waiting. `remark` is the page's word on it.
  echo(line: string, remark = ""): void {
    const shown = line + remark;
    if (this.open) {
      const line = this.touchOpen();
      if (shown !== "") line.append(" ".repeat(Math.max(0, this.here() - line.columns)) + shown, kPlain, true);
      this.finishOpen();
    } else if (shown !== "") {
      const echoed = new Line("echo");
      echoed.append(shown, kPlain, true);
      this.push(echoed);
    }
  }

  // A secret was sent: nothing is shown, and the world's next text begins a new line.
  sealOpenLine(): void {
    if (this.open) this.sealed = true;
  }

  // A line of the gateway ("notice", announced) or of this page ("state", and "gap" where something is
  // missing; both announced elsewhere).
  say(text: string, kind: "notice" | "state" | "gap"): void {
    if (this.open) this.finishOpen();
    for (const part of text.split(/\r?\n/)) {
      const line = new Line(kind);
      line.append(part.replace(/[\u0000-\u001f\u007f-\u009f]/g, ""), kPlain, false);
      this.push(line);
      if (kind === "notice") this.observer.lineFinished(line.text);
    }
  }

  // What follows does not continue what came before: the unfinished line ends, attributes start plain.
  restartStream(): void {
    if (this.open) this.finishOpen();
    this.parser.reset();
  }

  drain(): Batch {
    const lines = this.lines;
    const dropped = this.dropped;
    this.lines = [];
    this.dropped = 0;
    this.openDrained = this.open !== null;
    return { lines, dropped };
  }

  get waiting(): boolean {
    return this.lines.length > 0;
  }

  // AnsiSink
  text(text: string, style: Style): void {
    const { cursor } = this;
    if (this.sealed) this.finishOpen();
    this.cursor = cursor;
    this.append(this.cursor === null ? text : this.place(text, style, this.cursor), style);
  }

  newline(): void {
    this.touchOpen();
    this.finishOpen();
  }

  carriageReturn(): void {
    if (this.isLong) this.finishOpen();
    else if (this.open) this.cursor = 0;
  }

  moveBy(columns: number): void {
    const here = this.here();
    if (columns < 0) {
      if (!this.isLong) this.cursor = Math.max(0, here + columns);
    } else {
      const end = this.open && !this.sealed ? this.open.columns : 0;
      this.cursor = Math.max(Math.min(here + columns, kCursorColumnMax), end + 1);
    }
  }

  moveTo(column: number): void {
    if (this.isLong) this.moveBy(1);
    else this.cursor = Math.min(column, kCursorColumnMax);
  }

  leaveLine(): void {
    if (this.open && !this.sealed) this.finishOpen();
    this.cursor = null;
  }

  erase(part: "behind" | "before" | "all"): void {
    if (!this.open || this.sealed || this.isLong) return;
    const here = this.here();
    const line = this.touchOpen();
    if (part === "behind") {
      this.heard = Math.min(this.heard, line.truncate(here));
    } else if (part === "all" || here + 1 >= line.columns) {
      this.heard = line.truncate(0);
    } else {
      this.heard = Math.min(this.heard, line.overwrite(0, " ".repeat(here + 1), kPlain));
    }
    this.cursor = here;
  }

  // Writes at the cursor as far as that changes what stands there; gives the text that goes to the end.
  private place(text: string, style: Style, cursor: number): string {
    const line = this.touchOpen();
    const end = line.columns;
    if (cursor >= end) {
      if (cursor > end) line.append(" ".repeat(cursor - end), kPlain, false);
      this.cursor = null;
      return text;
    }
    const over = text.slice(0, reach(text, end, cursor).index);
    this.heard = Math.min(this.heard, line.overwrite(cursor, over, style));
    this.cursor = cursor + columnsOf(over, cursor);
    if (this.cursor >= line.columns) this.cursor = null;
    return text.slice(over.length);
  }

  private append(text: string, style: Style): void {
    let line = this.touchOpen();
    let rest = text;
    while (line.chars + rest.length > kLineCharsMax) {
      // A letter that has begun on this line, or is as long as a line, stays whole as far as that is bounded.
      const room = Math.max(0, kLineCharsMax - line.chars);
      const tail = line.text.slice(-kLetterCharsMax);
      let cut = cutBefore(tail + rest, tail.length + room) - tail.length;
      if (cut < 0) {
        cut = 0;
        while (cut < rest.length && cut < kLetterCharsMax && cutBefore(tail + rest, tail.length + cut) < tail.length + cut) ++cut;
      }
      if (cut > 0) line.append(rest.slice(0, cut), style, false);
      rest = rest.slice(cut);
      if (rest === "") return;
      this.finishOpen();
      line = this.touchOpen();
    }
    if (rest !== "") line.append(rest, style, false);
  }

  private here(): number {
    return this.cursor ?? (this.open && !this.sealed ? this.open.columns : 0);
  }

  private get isLong(): boolean {
    return this.open !== null && this.open.chars > kEditCharsMax;
  }

  private touchOpen(): Line {
    if (!this.open) {
      this.open = new Line("world");
      this.heard = 0;
      this.push(this.open);
    } else if (this.openDrained) {
      this.push(this.open);
    }
    this.openDrained = false;
    return this.open;
  }

  private finishOpen(): void {
    if (!this.open) return;
    const line = this.touchOpen();
    line.finished = true;
    const unheard = this.takeUnheard();
    if (unheard !== "") this.observer.lineFinished(unheard);
    this.open = null;
    this.sealed = false;
    this.cursor = null;
  }

  private takeUnheard(): string {
    if (!this.open) return "";
    const unheard = this.open.spokenFrom(this.heard);
    this.heard = this.open.chars;
    return unheard;
  }

  private push(line: Line): void {
    if (line !== this.open) line.finished = true;
    this.lines.push(line);
    if (this.lines.length > this.pendingMax + 512) {
      this.dropped += this.lines.length - this.pendingMax;
      this.lines = this.lines.slice(-this.pendingMax);
    }
  }
}
