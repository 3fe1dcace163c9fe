// Watches the log's text area and tells when it holds another number of columns or rows.

import type { WindowSize } from "../protocol/messages.js";
import { sameSize, windowSize } from "./measure.js";

const kSettleMilliseconds = 250; // a window being dragged, a keyboard sliding in
const kProbeCells = 100;
const kFallback: WindowSize = { columns: 80, rows: 24 };

export class SizeWatch {
  private readonly probe = document.createElement("div");
  private told: WindowSize | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly viewport: HTMLElement,
    private readonly content: HTMLElement,
    private readonly changed: (size: WindowSize) => void,
  ) {
    this.probe.className = "probe";
    this.probe.setAttribute("aria-hidden", "true");
    this.probe.textContent = "0".repeat(kProbeCells);
    viewport.append(this.probe);
    const observer = new ResizeObserver(() => this.check());
    observer.observe(viewport);
    observer.observe(this.probe);
  }

  // The size now, as the hello says it; only a different one is told afterwards.
  sendNow(): WindowSize {
    clearTimeout(this.timer);
    this.told = this.measure() ?? kFallback;
    return this.told;
  }

  check(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const now = this.measure();
      if (now === null || this.told === null || sameSize(now, this.told)) return;
      this.told = now;
      this.changed(now);
    }, kSettleMilliseconds);
  }

  private measure(): WindowSize | null {
    const cell = this.probe.getBoundingClientRect();
    const area = getComputedStyle(this.content);
    return windowSize({
      width: this.content.getBoundingClientRect().width - parseFloat(area.paddingLeft) - parseFloat(area.paddingRight),
      height: this.viewport.clientHeight,
      cellWidth: cell.width / kProbeCells,
      cellHeight: cell.height,
    });
  }
}
