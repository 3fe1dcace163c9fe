// Lets the browser draw chunks that nobody looks at for one frame each, so that it knows how high they are:
// it remembers that. With a guess in its place, a search or a drag of the scroll bar leads to text that then
// moves out of sight.
//
// Limits   kChunksPerFrame chunks in one frame, the newest first, so a flood or a window being dragged is not
//          held up; until its turn comes a chunk has the height it had last, or the guess of the style sheet.

const kChunksPerFrame = 3;

export class ChunkMeter {
  private drawn: Element[] = [];
  private frame = 0;

  constructor(private readonly content: HTMLElement) {}

  // The height of this chunk is not known any more.
  add(chunk: Element): void {
    chunk.classList.add("unmeasured");
    this.soon();
  }

  // The text wraps anew.
  addAll(): void {
    for (const chunk of this.content.children) this.add(chunk);
  }

  private soon(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.step());
  }

  private step(): void {
    this.frame = 0;
    for (const chunk of this.drawn) chunk.classList.remove("drawn");
    const next = [...this.content.querySelectorAll(":scope > .unmeasured")].slice(-kChunksPerFrame);
    for (const chunk of next) chunk.classList.remove("unmeasured");
    this.drawn = next.filter((chunk) => !isInSight(chunk));
    for (const chunk of this.drawn) chunk.classList.add("drawn");
    if (next.length > 0) this.soon();
  }
}

// The browser draws it anyway, and would stop for a moment when the class goes.
function isInSight(chunk: Element): boolean {
  const line = chunk.firstElementChild;
  return line?.checkVisibility?.({ contentVisibilityAuto: true }) ?? false; // older browsers lack the function
}
