// "Play on another device": asks the gateway for a short code and shows what to type there. The code goes
// when the settings close.

import { element } from "../page.js";

export class DevicePart {
  private readonly button = element("device", HTMLButtonElement);
  private readonly box = element("device-code", HTMLElement);
  private readonly words = element("device-words", HTMLElement);
  private readonly code = element("device-resume", HTMLElement);
  private asked = false;

  // `ask` is false when there is no connection to ask on.
  constructor(ask: () => boolean, private readonly tell: (sentence: string) => void) {
    this.button.addEventListener("click", () => {
      this.asked = ask();
      this.show(this.asked ? "Asking for a code…" : "That needs a connection: try again when you are back.", "");
      if (!this.asked) tell(this.words.textContent ?? "");
    });
    element("settings", HTMLElement).addEventListener("toggle", (event) => {
      if ((event as ToggleEvent).newState === "closed") this.clear();
    });
  }

  received(code: string): void {
    if (!this.asked) return;
    this.asked = false;
    this.show("In any client, connect to this world and type:", `resume ${code}`);
    this.tell(`On the other device, type: resume ${code}`);
  }

  // The connection is gone, and what was asked with it.
  disconnected(): void {
    if (this.asked) this.clear();
  }

  private clear(): void {
    this.asked = false;
    this.box.hidden = true;
    this.words.textContent = this.code.textContent = "";
  }

  private show(words: string, code: string): void {
    this.words.textContent = words;
    this.code.textContent = code;
    this.code.hidden = code === "";
    this.box.hidden = false;
  }
}
