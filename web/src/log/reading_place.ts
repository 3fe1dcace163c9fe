// Keeps the line that is being read where it is on the screen, while lines are added, dropped, wrapped anew,
// or measured for the first time. The browser's own anchoring loses the line when a whole chunk goes.
//
// The place is the line and its distance from the upper edge, never a scroll position: the browser changes
// that by itself whenever the log becomes shorter, even if only for a part of a frame. Only scrolled() takes
// up a new place. The browser tells of scrolls before a frame is drawn and laid out, so whatever settle()
// finds moved was moved by the layout.

import { isPlayers, kInSightPixels, placeAfterLayout, placeAfterScroll, type Standing } from "./standing.js";

export class ReadingPlace {
  private line: Element | null = null; // the first one in sight
  private noted: Standing | null = null; // how it stood when we last looked
  private wanted = 0; // where it belongs; the log may be too short for that just now

  constructor(
    private readonly viewport: HTMLElement,
    private readonly content: HTMLElement,
  ) {}

  // Remembers what is being read now.
  take(): void {
    this.line = this.firstInSight();
    this.noted = this.line && this.stand(this.line);
    this.wanted = this.noted?.top ?? 0;
  }

  forget(): void {
    this.line = this.noted = null;
  }

  get isTaken(): boolean {
    return this.line !== null;
  }

  isIn(element: Element): boolean {
    return this.line !== null && element.contains(this.line);
  }

  // The log has another scroll position than when we last looked: takes up the new place if it is the
  // player's doing.
  scrolled(): void {
    if (this.line === null || this.noted === null) {
      this.take();
      return;
    }
    const now = this.stand(this.line);
    if (!isPlayers(this.noted, now)) {
      this.settle();
      return;
    }
    this.scrollLine(now, placeAfterScroll(this.noted, now));
    this.take();
  }

  // Takes back every move of the line that the layout has made.
  settle(): void {
    if (this.line === null || this.noted === null || !this.line.isConnected) {
      this.take();
      return;
    }
    const now = this.stand(this.line);
    this.wanted = placeAfterLayout(this.wanted, this.noted, now);
    this.scrollLine(now, this.wanted);
    this.noted = this.stand(this.line);
  }

  // Text is about to be added. A line that could not stand where it belongs stays where it is now, because
  // the reader has seen it there.
  rest(): void {
    if (this.noted === null) return;
    // Fractions that cannot be scrolled must not add up.
    if (Math.abs(this.noted.top - this.wanted) > 1) this.wanted = this.noted.top;
  }

  private scrollLine(now: Standing, top: number): void {
    if (Math.abs(now.top - top) >= 1) this.viewport.scrollTop = now.scrollTop + now.top - top;
  }

  private stand(line: Element): Standing {
    const { scrollTop, scrollHeight, clientHeight } = this.viewport;
    const { top, height } = line.getBoundingClientRect();
    return {
      scrollTop, scrollMax: scrollHeight - clientHeight, viewHeight: clientHeight,
      top: top - this.viewport.getBoundingClientRect().top, height,
    };
  }

  // A chunk that was not drawn yet may have another height than its lines, so the first line that reaches
  // into sight may be in a later one.
  private firstInSight(): Element | null {
    const edge = this.viewport.getBoundingClientRect().top;
    const shows = (element: Element): boolean => {
      const { bottom, height } = element.getBoundingClientRect();
      return bottom - edge >= Math.min(kInSightPixels, height);
    };
    for (const chunk of this.content.children) {
      const line = shows(chunk) ? [...chunk.children].find(shows) : undefined;
      if (line) return line;
    }
    return null;
  }
}
