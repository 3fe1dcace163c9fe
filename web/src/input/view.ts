// The input line: sending, history keys, masking. Knows nothing of sockets or the log.

import { History } from "./history.js";

export interface InputEvents {
  // The player sends `line`. False: it could not go out and stays in the input.
  send(line: string, secret: boolean): boolean;
  secretChanged(secret: boolean): void;
}

export class InputView {
  keepSentLine = true;
  private readonly history = new History();
  private secret = false;
  private sentLine: string | null = null; // shown selected, not typed anew

  constructor(
    private readonly form: HTMLFormElement,
    private readonly input: HTMLInputElement,
    private readonly label: HTMLElement,
    private readonly events: InputEvents,
  ) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("input", () => {
      this.sentLine = null;
      this.history.stop();
    });
  }

  get isSecret(): boolean {
    return this.secret;
  }

  // Masks what is typed while the game has echo off. What was already typed stays, hidden; an unsent
  // secret is wiped before the mask comes off.
  setSecret(secret: boolean): void {
    if (secret === this.secret) return;
    this.secret = secret;
    if (!secret || this.sentLine !== null) this.replace("");
    this.sentLine = null;
    this.history.stop();
    this.input.type = secret ? "password" : "text";
    this.label.textContent = secret ? "Password" : "Command";
    this.form.classList.toggle("secret", secret);
    this.events.secretChanged(secret);
  }

  focus(): void {
    this.input.focus({ preventScroll: true });
  }

  private submit(): void {
    const line = this.input.value;
    if (!this.events.send(line, this.secret)) return;
    if (this.secret) {
      this.replace("");
      return;
    }
    this.history.add(line);
    if (this.keepSentLine && line !== "") {
      this.sentLine = line;
      this.input.select();
    } else {
      this.replace("");
    }
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      this.replace("");
      this.sentLine = null;
      this.history.stop();
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && !this.secret) {
      event.preventDefault();
      const draft = this.input.value;
      const prefix = this.sentLine === null ? draft : "";
      const line = event.key === "ArrowUp" ? this.history.older(draft, prefix) : this.history.newer();
      if (line !== null) this.replace(line);
    }
  }

  private replace(text: string): void {
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
  }
}
