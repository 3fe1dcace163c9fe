// The slim bar over the input: where the player is, how they are, where they can go.

import { type Room, spokenExit } from "./room.js";
import { share, type Vital } from "./vitals.js";

export class PlaceBar {
  private paused = false;

  constructor(
    private readonly bar: HTMLElement,
    private readonly name: HTMLElement,
    private readonly vitals: HTMLElement,
    private readonly exits: HTMLElement,
    private readonly go: (exit: string) => void,
    private readonly leave: () => void, // the focus has to go elsewhere
  ) {}

  showRoom(room: Room): void {
    this.name.textContent = room.name;
    this.name.title = room.area;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["exit"] : undefined;
    const buttons = room.exits.map((exit) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "exit";
      button.dataset["exit"] = exit;
      button.textContent = exit;
      button.setAttribute("aria-label", spokenExit(exit));
      button.disabled = this.paused;
      button.addEventListener("click", () => this.go(exit));
      item.append(button);
      return item;
    });
    this.exits.replaceChildren(...buttons);
    // Walking on with the keyboard: the same direction keeps the focus, else the first one has it.
    if (focused !== undefined) {
      const again = [...this.exits.querySelectorAll("button")].find((button) => button.dataset["exit"] === focused);
      (again ?? this.exits.querySelector("button"))?.focus();
    }
    this.exits.hidden = buttons.length === 0;
    this.bar.hidden = false;
  }

  // While the game waits for a secret a step would be taken for it.
  pauseExits(paused: boolean): void {
    this.paused = paused;
    const hadFocus = paused && this.exits.contains(document.activeElement);
    for (const button of this.exits.querySelectorAll("button")) button.disabled = paused;
    if (hadFocus) this.leave();
  }

  showVitals(vitals: readonly Vital[]): void {
    this.vitals.replaceChildren(
      ...vitals.map((vital) => {
        const row = document.createElement("div");
        row.className = "vital";
        row.dataset["vital"] = vital.label;
        const text = document.createElement("span");
        text.className = "vital-text";
        const label = document.createElement("span");
        label.className = "vital-label";
        label.textContent = vital.label;
        text.append(label, ` ${vital.now}${vital.most === null ? "" : `/${vital.most}`}`);
        row.append(text);
        if (vital.most !== null) {
          const bar = document.createElement("span");
          bar.className = "vital-bar";
          bar.setAttribute("aria-hidden", "true");
          const fill = document.createElement("span");
          fill.className = "vital-fill";
          fill.style.setProperty("--share", share(vital).toFixed(3));
          bar.append(fill);
          row.append(bar);
        }
        return row;
      }),
    );
    if (vitals.length > 0) this.bar.hidden = false;
  }

  clear(): void {
    this.name.textContent = "";
    this.exits.replaceChildren();
    this.vitals.replaceChildren();
    this.bar.hidden = true;
  }
}
