// The input line: sending, history keys, masking. Knows nothing of sockets or the log.

import { History } from "./history.js";
import { kPastedLinesMax, pastedLines, pastedWords, tooManyWords } from "./pasted.js";
import { PastedView } from "./pasted_view.js";

export interface InputEvents {
  // The player sends `line`. False: it could not go out and stays in the input.
  send(line: string, secret: boolean): boolean;
  secretChanged(secret: boolean): void;
  // A sentence for a live region.
  tell(sentence: string): void;
  // The same, and to be seen: what the player wanted was not done.
  refused(sentence: string): void;
}

export class InputView {
  keepSentLine = true;
  private readonly history = new History();
  private readonly pasted: PastedView;
  private beforePaste = ""; // what dropping the pasted lines brings back
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
    this.pasted = new PastedView(() => this.submit(), () => this.dropPasted());
    input.addEventListener("paste", (event) => this.paste(event, event.clipboardData));
    input.addEventListener("drop", (event) => this.paste(event, event.dataTransfer));
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
    this.pasted.paused = secret;
    this.events.secretChanged(secret);
  }

  focus(): void {
    this.input.focus({ preventScroll: true });
  }

  private submit(): void {
    if (!this.secret && this.pasted.lines.length > 0) {
      if (!this.sendPasted() || this.input.value === "") return;
    }
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

  // False: some could not go out, and stay.
  private sendPasted(): boolean {
    const lines = [...this.pasted.lines];
    while (lines.length > 0 && this.events.send(lines[0] as string, false)) this.history.add(lines.shift() as string);
    this.pasted.show(lines);
    this.focus();
    return lines.length === 0;
  }

  // A secret is one line, and shown nowhere.
  private paste(event: Event, data: DataTransfer | null): void {
    const text = data?.getData("text/plain") ?? "";
    if (this.secret || this.pasted.lines.length > 0) return;
    const { value, selectionStart, selectionEnd } = this.input;
    const lines = pastedLines(value.slice(0, selectionStart ?? value.length), text, value.slice(selectionEnd ?? value.length));
    if (lines === null) return;
    event.preventDefault();
    if (lines.length > kPastedLinesMax) {
      this.events.refused(tooManyWords(lines.length));
      return;
    }
    this.beforePaste = value;
    this.sentLine = null;
    this.history.stop();
    this.replace("");
    this.pasted.show(lines);
    this.events.tell(`${pastedWords(lines.length)} Enter sends them, Escape discards them.`);
  }

  private dropPasted(): void {
    this.pasted.show([]);
    this.replace(this.beforePaste);
    this.focus();
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && this.pasted.lines.length > 0) {
      this.dropPasted();
    } else if (event.key === "Escape") {
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
