// The visible log: draws batches of lines, drops old ones in chunks, follows the end unless the
// player has scrolled up. Builds text nodes and elements only, so nothing the world sends is markup.
//
// Limits   `linesMax` lines, and kWeightMax of text and runs, whichever comes first; both are kept to
//          within one chunk, because a whole chunk of lines goes at once.

import { AppearanceCache } from "../ansi/appearance.js";
import { kConceal } from "../ansi/style.js";
import type { Line } from "./line.js";
import type { Batch } from "./lines.js";
import { type Piece, pieces } from "./pieces.js";

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
  private readonly appearances = new AppearanceCache();
  private readonly chunks: Chunk[] = [];
  private lineCount = 0;
  private weight = 0;
  private openLine: Line | null = null;
  private openElement: HTMLElement | null = null;
  private openWeight = 0;
  private following = true;
  private unseen = 0;
  private lastTop = 0;

  constructor(
    private readonly viewport: HTMLElement,
    private readonly content: HTMLElement,
    private readonly onUnseen: (count: number) => void,
    private readonly linesMax: number = 5000,
  ) {
    viewport.addEventListener("scroll", () => this.scrolled(), { passive: true });
    // The keyboard of a phone, a new font, a line that was estimated and is now measured.
    const resized = new ResizeObserver(() => this.keepEnd());
    resized.observe(viewport);
    resized.observe(content);
  }

  draw(batch: Batch): void {
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
    if (this.following) this.keepEnd();
    else if (added > 0) this.setUnseen(this.unseen + added);
  }

  toEnd(): void {
    this.following = true;
    this.setUnseen(0);
    this.keepEnd();
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
      const element = document.createElement("div");
      element.className = "chunk";
      this.content.append(element);
      chunk = { element, lines: 0, weight: 0 };
      this.chunks.push(chunk);
    }
    const element = document.createElement("div");
    element.className = `line ${line.kind}`;
    this.openWeight = 0;
    this.openElement = element;
    this.openLine = line;
    chunk.lines += 1;
    this.lineCount += 1;
    this.fill(element, line);
    chunk.element.append(element);
    if (line.finished) this.openLine = this.openElement = null;
  }

  // (Re)builds one line; the last chunk carries its weight.
  private fill(element: HTMLElement, line: Line): void {
    const parts = pieces(line);
    const nodes = parts.map((piece) => this.build(piece));
    if (line.chars === 0) nodes.push(document.createElement("br"));
    element.replaceChildren(...nodes);
    const weight = line.chars + parts.length * kRunWeight;
    const chunk = this.chunks[this.chunks.length - 1];
    if (chunk) chunk.weight += weight - this.openWeight;
    this.weight += weight - this.openWeight;
    this.openWeight = weight;
  }

  private build(piece: Piece): Node {
    const look = this.appearances.of(piece.span.style);
    const className = piece.span.typed ? "typed" : look.className;
    if (piece.href === null && className === "") return document.createTextNode(piece.text);
    let element: HTMLElement;
    if (piece.href !== null && !piece.span.typed) {
      const link = document.createElement("a");
      link.href = piece.href;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      if (piece.href !== piece.text) link.title = piece.href;
      if (piece.goes !== null) link.dataset["goes"] = piece.goes;
      element = link;
    } else {
      element = document.createElement("span");
    }
    if (className !== "") element.className = className;
    if (piece.span.style.flags & kConceal) element.setAttribute("aria-hidden", "true");
    for (const [name, value] of look.properties) element.style.setProperty(name, value);
    element.textContent = piece.text;
    return element;
  }

  private trim(): void {
    let removed = 0;
    const before = this.following ? 0 : this.content.offsetHeight;
    while (this.chunks.length > 1) {
      const oldest = this.chunks[0] as Chunk;
      if (this.lineCount - oldest.lines < this.linesMax && this.weight <= kWeightMax) break;
      oldest.element.remove();
      this.chunks.shift();
      this.lineCount -= oldest.lines;
      this.weight -= oldest.weight;
      ++removed;
    }
    // Where the browser does not anchor what is being read, hold it in place ourselves.
    if (removed > 0 && !this.following && !CSS.supports("overflow-anchor", "auto")) {
      this.viewport.scrollTop -= before - this.content.offsetHeight;
    }
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.viewport;
    if (scrollHeight - clientHeight - scrollTop <= kEndSlackPixels) {
      this.following = true;
      this.setUnseen(0);
    } else if (scrollTop < this.lastTop - 1) {
      this.following = false;
    }
    this.lastTop = scrollTop;
  }

  private keepEnd(): void {
    if (!this.following) return;
    this.viewport.scrollTop = this.viewport.scrollHeight;
    this.lastTop = this.viewport.scrollTop;
  }

  private setUnseen(count: number): void {
    if (count === this.unseen) return;
    this.unseen = count;
    this.onUnseen(count);
  }
}
