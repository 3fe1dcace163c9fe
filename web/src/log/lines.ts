// The lines of the log, without a page: takes styled text, gives finished and unfinished lines in
// batches. Pure; the view drains it once a frame.
//
// Owner    the page, one buffer for its life.
// Limits   a line over kLineCharsMax is broken; at most `pendingMax` lines wait for the next drain
//          (a hidden tab draws no frames), the oldest are dropped and counted.

import { AnsiParser, type AnsiSink } from "../ansi/parser.js";
import { kPlain, sameStyle, type Style } from "../ansi/style.js";

export const kLineCharsMax = 16 * 1024;

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

  constructor(readonly kind: LineKind) {}

  append(text: string, style: Style, typed: boolean): void {
    const last = this.spans[this.spans.length - 1];
    if (last && last.typed === typed && sameStyle(last.style, style)) last.text += text;
    else this.spans.push({ text, style, typed });
    this.chars += text.length;
  }

  clear(): void {
    this.spans.length = 0;
    this.chars = 0;
  }

  // What the world said on this line: its text without the player's echo.
  get worldText(): string {
    return this.spans.map((span) => (span.typed ? "" : span.text)).join("");
  }

  get text(): string {
    return this.spans.map((span) => span.text).join("");
  }
}

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
  private restart = false; // a carriage return: the next text replaces the line
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
    if (!this.open) return;
    this.sealed = true;
    this.observer.promptShown(this.takeUnheard());
  }

  // The player's own line, behind the prompt where one is waiting. `remark` is the page's word on it.
  echo(line: string, remark = ""): void {
    const shown = line + remark;
    if (this.open) {
      if (shown !== "") this.touchOpen().append(shown, kPlain, true);
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
    if (this.sealed) this.finishOpen();
    let line = this.touchOpen();
    if (this.restart) {
      line.clear();
      this.heard = 0;
      this.restart = false;
    }
    let rest = text;
    while (line.chars + rest.length > kLineCharsMax) {
      const room = kLineCharsMax - line.chars;
      if (room > 0) line.append(rest.slice(0, room), style, false);
      rest = rest.slice(room);
      this.finishOpen();
      line = this.touchOpen();
    }
    if (rest !== "") line.append(rest, style, false);
  }

  newline(): void {
    this.touchOpen();
    this.finishOpen();
  }

  carriageReturn(): void {
    if (this.open) this.restart = true;
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
    this.restart = false;
  }

  private takeUnheard(): string {
    const text = this.open?.worldText ?? "";
    const unheard = text.slice(this.heard);
    this.heard = text.length;
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
