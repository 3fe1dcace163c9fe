// The visible log: draws batches of lines, drops old ones in chunks, follows the end unless the player has
// scrolled up or selects something.
//
// Limits   `linesMax` lines, and kWeightMax of text and runs, whichever comes first; both are kept to
//          within one chunk, because a whole chunk of lines goes at once. While the oldest lines are being
//          read, twice as much.

import { ChunkMeter } from "./chunk_meter.js";
import type { Line } from "./line.js";
import { fillLine } from "./line_element.js";
import type { Batch } from "./lines.js";
import type { Piece } from "./pieces.js";
import { ReadingPlace } from "./reading_place.js";
import { watchSelecting } from "./selecting.js";

const kChunkLines = 100;
// A character weighs 1 and a run 40: what a line costs the browser, roughly in bytes.
const kWeightMax = 8_000_000;
const kRunWeight = 40;
// Closer to the end than this counts as at the end; zoomed pages report fractions.
const kEndSlackPixels = 8;

interface Chunk {
  readonly element: HTMLElement;
  lines: number;
  weight: number;
}

export class LogView {
  private readonly chunks: Chunk[] = [];
  private lineCount = 0;
  private weight = 0;
  private openLine: Line | null = null;
  private openElement: HTMLElement | null = null;
  private openWeight = 0;
  private openPieces: readonly Piece[] = [];
  private following = true; // the player is at the end
  private selecting = false; // and does not want it to run away
  private readonly place: ReadingPlace;
  private readonly meter: ChunkMeter;
  private width = 0;
  private unseen = 0;
  private lastTop = 0;

  constructor(
    private readonly viewport: HTMLElement,
    private readonly content: HTMLElement,
    private readonly onUnseen: (count: number) => void,
    private readonly linesMax: number = 5000,
  ) {
    this.place = new ReadingPlace(viewport, content);
    this.meter = new ChunkMeter(content);
    viewport.addEventListener("scroll", () => this.scrolled(), { passive: true });
    watchSelecting(viewport, (selecting) => this.select(selecting));
    // The keyboard of a phone, a new font, a line that was estimated and is now measured.
    const resized = new ResizeObserver(() => {
      if (content.clientWidth !== this.width) this.rewrapped();
      this.keepPlace();
    });
    resized.observe(viewport);
    resized.observe(content);
  }

  draw(batch: Batch): void {
    this.heedScroll();
    this.place.rest();
    let added = batch.dropped;
    let from = 0;
    if (batch.lines.length > this.linesMax) {
      added += batch.lines.length - this.linesMax;
      from = batch.lines.length - this.linesMax;
    }
    for (let at = from; at < batch.lines.length; ++at) {
      const line = batch.lines[at] as Line;
      if (line === this.openLine && this.openElement) {
        this.fill(this.openElement, line);
      } else {
        this.append(line);
        ++added;
      }
      if (line.finished && line === this.openLine) this.openLine = this.openElement = null;
    }
    this.trim();
    this.keepPlace();
    if (!this.follows && added > 0) this.setUnseen(this.unseen + added);
  }

  toEnd(): void {
    this.following = true;
    this.selecting = false;
    this.place.forget();
    this.setUnseen(0);
    this.keepPlace();
  }

  // The lines have another width, or their letters another size.
  rewrapped(): void {
    this.width = this.content.clientWidth;
    this.meter.addAll();
  }

  scrollPages(pages: number): void {
    this.viewport.scrollBy({ top: pages * this.viewport.clientHeight * 0.9 });
  }

  toStart(): void {
    this.viewport.scrollTop = 0;
  }

  get drawnLines(): number {
    return this.lineCount;
  }

  private append(line: Line): void {
    let chunk = this.chunks[this.chunks.length - 1];
    if (!chunk || chunk.lines >= kChunkLines) {
      if (chunk) this.meter.add(chunk.element); // it is complete
      const element = document.createElement("div");
      element.className = "chunk";
      this.content.append(element);
      chunk = { element, lines: 0, weight: 0 };
      this.chunks.push(chunk);
    }
    const element = document.createElement("div");
    element.className = `line ${line.kind}`;
    this.openWeight = 0;
    this.openPieces = [];
    this.openElement = element;
    this.openLine = line;
    chunk.lines += 1;
    this.lineCount += 1;
    this.fill(element, line);
    chunk.element.append(element);
    if (line.finished) this.openLine = this.openElement = null;
  }

  // Shows the line as it is now; the last chunk carries its weight.
  private fill(element: HTMLElement, line: Line): void {
    this.openPieces = fillLine(element, line, this.openPieces);
    const weight = line.chars + this.openPieces.length * kRunWeight;
    const chunk = this.chunks[this.chunks.length - 1];
    if (chunk) chunk.weight += weight - this.openWeight;
    this.weight += weight - this.openWeight;
    this.openWeight = weight;
  }

  private trim(): void {
    while (this.chunks.length > 1) {
      const oldest = this.chunks[0] as Chunk;
      const bounds = this.place.isIn(oldest.element) ? 2 : 1;
      if (this.lineCount - oldest.lines < bounds * this.linesMax && this.weight <= bounds * kWeightMax) break;
      oldest.element.remove();
      this.chunks.shift();
      this.lineCount -= oldest.lines;
      this.weight -= oldest.weight;
    }
  }

  private get follows(): boolean {
    return this.following && !this.selecting;
  }

  // A scroll whose event is still to come must not be taken for a move of the layout.
  private heedScroll(): void {
    if (this.viewport.scrollTop !== this.lastTop) this.scrolled();
  }

  private scrolled(): void {
    const moved = this.viewport.scrollTop - this.lastTop;
    if (!this.follows && moved !== 0) this.place.scrolled();
    const { scrollTop, scrollHeight, clientHeight } = this.viewport;
    if (scrollHeight - clientHeight - scrollTop <= kEndSlackPixels) {
      this.following = true;
      this.setUnseen(0);
    } else if (moved < -1) {
      this.following = false;
    }
    this.lastTop = scrollTop;
    if (this.follows) this.place.forget();
    else if (!this.place.isTaken) this.place.take();
  }

  private select(selecting: boolean): void {
    this.heedScroll();
    this.selecting = selecting;
    if (this.follows) {
      this.place.forget();
      this.setUnseen(0);
    } else {
      this.place.take();
    }
    this.keepPlace();
  }

  private keepPlace(): void {
    if (this.follows) this.viewport.scrollTop = this.viewport.scrollHeight;
    else this.place.settle();
    this.lastTop = this.viewport.scrollTop;
  }

  private setUnseen(count: number): void {
    if (count === this.unseen) return;
    this.unseen = count;
    this.onUnseen(count);
  }
}
