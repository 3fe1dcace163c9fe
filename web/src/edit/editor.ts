// The dialog in which the player edits a text that the game handed out. The text stays while the
// connection comes and goes; only the player, or the game, closes it.

import { shortText } from "../gmcp/room.js";
import { element } from "../page.js";
import { encodeEdited, kEditBytesMax, kMessageBytesMax, textBytes } from "../protocol/messages.js";

export interface EditRequest {
  readonly edit: number;
  readonly title: string;
  readonly text: string;
}

export class Editor {
  private readonly dialog = element("editor", HTMLDialogElement);
  private readonly title = element("editor-title", HTMLElement);
  private readonly area = element("editor-text", HTMLTextAreaElement);
  private readonly status = element("editor-status", HTMLElement);
  private readonly buttons = element("editor-buttons", HTMLElement);
  private readonly question = element("editor-question", HTMLElement);
  private readonly save = element("editor-save", HTMLButtonElement);
  private current: EditRequest | null = null;
  private next: EditRequest | null = null;
  private sent: { edit: number; text: string } | null = null; // saved, and not known to have arrived
  private broken = false; // the connection broke since
  private orphan = false; // nobody waits for this text any more

  // `send` is false when there is no connection to send on.
  constructor(private readonly send: (message: string) => boolean) {
    this.save.addEventListener("click", () => this.trySave());
    element("editor-cancel", HTMLButtonElement).addEventListener("click", () => this.askToClose());
    element("editor-keep", HTMLButtonElement).addEventListener("click", () => this.ask(false));
    element("editor-drop", HTMLButtonElement).addEventListener("click", () => this.cancel());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    // The back gesture of a phone; it may close the dialog without asking.
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.askToClose();
    });
    this.dialog.addEventListener("close", () => {
      if (this.current) this.show();
    });
  }

  open(request: EditRequest): void {
    if (this.current?.edit === request.edit) {
      this.orphan = false; // asked again after a reconnect: the player's text stands
      this.say("");
    } else if (this.current && this.dirty) {
      this.next = request;
      this.setOrphan("The game has another text for you, and no longer waits for this one. Copy what you need, then close.");
    } else {
      this.begin(request);
    }
  }

  // The gateway answered something that was sent after the text.
  confirmed(): void {
    if (!this.broken) this.sent = null;
  }

  disconnected(): void {
    this.broken = true;
  }

  // The game withdrew it.
  closed(edit: number): void {
    if (this.next?.edit === edit) this.next = null;
    if (this.current?.edit !== edit || this.orphan) return;
    if (this.dirty) this.setOrphan("The game no longer waits for this text. Copy what you need, then close.");
    else this.end();
  }

  // The session is over.
  lost(): void {
    this.sent = this.next = null;
    if (this.current) this.closed(this.current.edit);
  }

  private get dirty(): boolean {
    return this.current !== null && this.area.value !== this.current.text;
  }

  private begin(request: EditRequest): void {
    // The area has '\n' only, and so has what it is compared with.
    this.current = { ...request, text: request.text.replace(/\r\n?/g, "\n") };
    this.orphan = false;
    this.title.textContent = shortText(request.title, 120) || "Edit";
    this.area.value = this.current.text;
    this.say("");
    if (this.broken && this.sent?.edit === request.edit) {
      this.area.value = this.sent.text;
      this.say("The connection broke before the game had your text. Save it once more.");
    }
    this.sent = null;
    this.ask(false);
    this.show();
    this.area.setSelectionRange(0, 0);
    this.area.scrollTop = 0;
  }

  private show(): void {
    if (!this.dialog.open) this.dialog.showModal();
    this.area.focus();
  }

  private end(): void {
    const next = this.next;
    this.current = this.next = null;
    this.area.value = "";
    this.dialog.close();
    if (next) this.begin(next);
  }

  private setOrphan(words: string): void {
    this.orphan = true;
    this.say(words);
  }

  private say(words: string): void {
    this.status.textContent = words;
    this.save.disabled = this.orphan;
  }

  private trySave(): void {
    if (!this.current || this.orphan) return;
    const message = encodeEdited(this.current.edit, this.area.value);
    const over = Math.max(textBytes(this.area.value) - kEditBytesMax, textBytes(message) - kMessageBytesMax);
    if (over > 0) {
      this.say(`This is too long by ${over.toLocaleString("en")} ${over === 1 ? "byte" : "bytes"}.`);
    } else if (this.send(message)) {
      this.sent = { edit: this.current.edit, text: this.area.value };
      this.broken = false;
      this.end();
    } else {
      this.say("There is no connection now. Your text stays here: save it when you are back.");
    }
  }

  private askToClose(): void {
    if (this.dirty) this.ask(true);
    else this.cancel();
  }

  private cancel(): void {
    if (this.current && !this.orphan) this.send(encodeEdited(this.current.edit, null));
    this.end();
  }

  private ask(asking: boolean): void {
    this.question.hidden = !asking;
    this.buttons.hidden = asking;
    if (asking) element("editor-keep", HTMLButtonElement).focus();
    else if (this.dialog.open) this.area.focus();
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.trySave();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (this.question.hidden) this.askToClose();
      else this.ask(false);
    }
  }
}
