// Keeps the line that is being read where it is on the screen, while lines are added, dropped, wrapped anew,
// or measured for the first time. The browser's own anchoring loses the line when a whole chunk goes.

const kInSightPixels = 8;

export class ReadingPlace {
  private line: Element | null = null; // the first one in sight
  private top = 0; // where it stood, from the upper edge of the log
  private height = 0;
  private scrollTop = 0; // and how far the log was scrolled then

  constructor(
    private readonly viewport: HTMLElement,
    private readonly content: HTMLElement,
  ) {}

  // Remembers what is being read now.
  take(): void {
    this.line = this.firstInSight();
    this.note();
  }

  forget(): void {
    this.line = null;
  }

  isIn(element: Element): boolean {
    return this.line !== null && element.contains(this.line);
  }

  // Takes back every move of the line that is not a scroll of the player.
  settle(): void {
    if (this.line === null) return;
    if (!this.line.isConnected) {
      this.take();
      return;
    }
    const { scrollTop, scrollHeight, clientHeight } = this.viewport;
    // A log that became too short to be scrolled so far was moved by the browser, not by the player.
    const isShort = this.scrollTop > scrollHeight - clientHeight + 1;
    let wanted = isShort ? this.top : this.top - (scrollTop - this.scrollTop);
    // A line that wraps less than before may be all above the edge.
    const { height } = this.line.getBoundingClientRect();
    if (height < this.height) wanted = Math.max(wanted, kInSightPixels - height);
    const shift = this.topOf(this.line) - wanted;
    if (Math.abs(shift) >= 1) this.viewport.scrollTop = scrollTop + shift;
    this.note();
    // Fractions that cannot be scrolled must not add up.
    if (Math.abs(this.top - wanted) <= 1) this.top = wanted;
  }

  private note(): void {
    if (this.line !== null) {
      this.top = this.topOf(this.line);
      this.height = this.line.getBoundingClientRect().height;
    }
    this.scrollTop = this.viewport.scrollTop;
  }

  private topOf(element: Element): number {
    return element.getBoundingClientRect().top - this.viewport.getBoundingClientRect().top;
  }

  private firstInSight(): Element | null {
    const edge = this.viewport.getBoundingClientRect().top;
    const reaches = (element: Element): boolean => element.getBoundingClientRect().bottom > edge;
    const chunk = [...this.content.children].find(reaches);
    return chunk ? ([...chunk.children].find(reaches) ?? null) : null;
  }
}
