// The lines sent before, walked with the arrow keys. What was typed before walking is kept, and only
// lines that begin with it are visited. Pure, in memory only; secrets are never given to it.

export class History {
  private readonly lines: string[] = []; // oldest first
  private cursor: number | null = null; // null: not walking
  private draft = "";
  private prefix = "";

  constructor(private readonly linesMax: number = 500) {}

  add(line: string): void {
    this.stop();
    if (line.trim() === "" || line === this.lines[this.lines.length - 1]) return;
    this.lines.push(line);
    if (this.lines.length > this.linesMax) this.lines.shift();
  }

  // The next older line, or null when there is none. `draft` is what stands in the input, `prefix`
  // the part of it that the player typed (nothing, when the last line is only shown selected).
  older(draft: string, prefix: string = draft): string | null {
    if (this.cursor === null) {
      this.draft = draft;
      this.prefix = prefix;
    }
    const shown = this.cursor === null ? draft : this.lines[this.cursor];
    for (let at = (this.cursor ?? this.lines.length) - 1; at >= 0; --at) {
      const line = this.lines[at] as string;
      if (line.startsWith(this.prefix) && line !== shown) {
        this.cursor = at;
        return line;
      }
    }
    return null;
  }

  // The next newer line, at the end the draft itself; null when not walking.
  newer(): string | null {
    if (this.cursor === null) return null;
    const shown = this.lines[this.cursor];
    for (let at = this.cursor + 1; at < this.lines.length; ++at) {
      const line = this.lines[at] as string;
      if (line.startsWith(this.prefix) && line !== shown) {
        this.cursor = at;
        return line;
      }
    }
    const draft = this.draft;
    this.stop();
    return draft;
  }

  // The player edits: the next walk starts from there.
  stop(): void {
    this.cursor = null;
    this.draft = "";
    this.prefix = "";
  }

  get length(): number {
    return this.lines.length;
  }
}
