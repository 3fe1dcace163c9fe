// The bar that says why there is no connection and when the next attempt comes, with a button to make it
// at once, and one to give up a place that is not to be had; and the lines that wait for it.

import { element, showBar } from "../page.js";
import type { Clock } from "./clock.js";
import type { LinkState } from "./reconnector.js";
import { awayWords } from "./words.js";

const kTickMilliseconds = 1000;

export class LinkBar {
  private readonly bar = element("closed", HTMLElement);
  private readonly why = element("closed-why", HTMLElement);
  private readonly next = element("closed-next", HTMLElement);
  private readonly button = element("connect", HTMLButtonElement);
  private readonly over = element("start-over", HTMLButtonElement);
  private state: LinkState = { kind: "open" };
  private tick: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly clock: Clock,
    connect: () => void,
    startOver: () => void,
  ) {
    this.button.addEventListener("click", connect);
    this.over.addEventListener("click", startOver);
  }

  // `refused`: gateways have refused the place again and again, and have not said that it is gone.
  show(state: LinkState, refused: boolean): void {
    this.state = state;
    clearInterval(this.tick);
    if (state.kind === "waiting") this.tick = setInterval(() => this.refresh(), kTickMilliseconds);
    this.button.textContent = state.kind === "stopped" ? "Connect again" : "Reconnect now";
    this.over.hidden = !refused || state.kind === "stopped";
    this.bar.classList.toggle("refused", !this.over.hidden);
    this.bar.dataset["kind"] = state.kind;
    this.refresh();
  }

  // The countdown went on, or the browser went on or off line.
  refresh(): void {
    const words = awayWords(this.state, !navigator.onLine, this.clock.now());
    showBar(this.bar, words !== null);
    if (!words) return;
    if (this.why.textContent !== words.why) this.why.textContent = words.why;
    this.next.textContent = words.next;
  }
}

export class HeldView {
  private readonly box = element("held", HTMLElement);
  private readonly words = element("held-words", HTMLElement);
  private readonly list = element("held-lines", HTMLElement);
  private readonly drop = element("held-drop", HTMLButtonElement);

  constructor(drop: () => void) {
    this.drop.addEventListener("click", drop);
  }

  show(lines: readonly string[], remark = ""): void {
    this.box.hidden = lines.length === 0 && remark === "";
    this.words.textContent = remark !== "" ? remark : "Sent when you are back:";
    this.drop.hidden = lines.length === 0;
    this.list.replaceChildren(
      ...lines.map((line) => {
        const item = document.createElement("li");
        item.textContent = line;
        return item;
      }),
    );
    this.list.scrollTop = this.list.scrollHeight;
  }
}
