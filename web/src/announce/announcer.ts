// Hands finished text to a screen reader: each piece once, gathered into batches, floods summarised.
// Pure; the timer and the live region are passed in.

import { cutText } from "../text/cut.js";

export interface AnnouncerOptions {
  // How long text gathers before it is spoken. A room description arrives within it.
  readonly gatherMilliseconds: number;
  // The least time between two batches.
  readonly pauseMilliseconds: number;
  readonly linesMax: number;
  readonly charsMax: number;
}

export const kAnnouncerDefaults: AnnouncerOptions = {
  gatherMilliseconds: 200,
  pauseMilliseconds: 1000,
  linesMax: 40,
  charsMax: 3000,
};

export class Announcer {
  private lines: string[] = [];
  private chars = 0;
  private skipped = 0;
  private lastPrompt = "";
  private timerRuns = false;
  private spokeJustNow = false;

  constructor(
    private readonly speak: (lines: readonly string[]) => void,
    private readonly schedule: (run: () => void, milliseconds: number) => void,
    private readonly options: AnnouncerOptions = kAnnouncerDefaults,
  ) {}

  line(text: string): void {
    this.add(text);
  }

  // A prompt that says the same as the one before it, or only punctuates, is not news. A question is.
  prompt(text: string): void {
    const spoken = text.trim();
    if (spoken === "") return; // its mark came after it was read
    if (spoken === this.lastPrompt && !/[?:]$/.test(spoken)) return;
    this.lastPrompt = spoken;
    this.add(text);
  }

  private add(text: string): void {
    // What is drawn with signs is not read: borders, rules, the roof of a gate.
    const spoken = text.replace(/[_\\/|=~*#+^<>.:;-]{4,}/g, " ").replace(/\s+/g, " ").trim();
    if (!/[\p{L}\p{N}]/u.test(spoken)) return; // rules, maps and blank lines only make noise
    this.lines.push(cutText(spoken, this.options.charsMax));
    this.chars += this.lines[this.lines.length - 1]?.length ?? 0;
    while (this.lines.length > this.options.linesMax || this.chars > this.options.charsMax) {
      if (this.lines.length === 1) break;
      this.chars -= this.lines.shift()?.length ?? 0;
      ++this.skipped;
    }
    if (!this.timerRuns) this.arm(this.spokeJustNow ? this.options.pauseMilliseconds : this.options.gatherMilliseconds);
  }

  private arm(milliseconds: number): void {
    this.timerRuns = true;
    this.schedule(() => this.flush(), milliseconds);
  }

  private flush(): void {
    this.timerRuns = false;
    this.spokeJustNow = this.lines.length > 0;
    if (!this.spokeJustNow) return;
    const lines = this.lines;
    if (this.skipped > 0) lines.unshift(`${this.skipped} earlier lines not read.`);
    this.lines = [];
    this.chars = 0;
    this.skipped = 0;
    this.speak(lines);
    this.arm(this.options.pauseMilliseconds); // also ends `spokeJustNow` when nothing comes
  }
}
