// Shows the lines that were pasted and are not sent yet.

import { element } from "../page.js";
import { pastedWords } from "./pasted.js";

export class PastedView {
  lines: string[] = [];
  private readonly box = element("pasted", HTMLElement);
  private readonly words = element("pasted-words", HTMLElement);
  private readonly list = element("pasted-lines", HTMLElement);
  private readonly sendButton = element("pasted-send", HTMLButtonElement);

  constructor(send: () => void, drop: () => void) {
    this.sendButton.addEventListener("click", send);
    element("pasted-drop", HTMLButtonElement).addEventListener("click", drop);
  }

  show(lines: string[]): void {
    this.lines = lines;
    this.box.hidden = lines.length === 0;
    this.words.textContent = pastedWords(lines.length);
    this.list.replaceChildren(
      ...lines.map((line) => {
        const item = document.createElement("li");
        if (line === "") item.append(document.createElement("br"));
        else item.textContent = line;
        return item;
      }),
    );
    this.list.scrollTop = 0;
  }

  set paused(paused: boolean) {
    this.sendButton.disabled = paused;
  }
}
