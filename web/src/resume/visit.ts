// One player's visit over many connections: what its ends and returns mean for the log, for the lines that
// wait, and for what is said aloud.

import type { LineBuffer } from "../log/lines.js";
import { encodeLine, type Resumed } from "../protocol/messages.js";
import type { Comeback } from "./comeback.js";
import { HeldLines, kHeldMax } from "./held.js";
import type { HeldView } from "./link_bar.js";
import type { NewsBar } from "./news_bar.js";
import { gapWords, notSentWords, reconnectedWords } from "./words.js";

const kGone = "Your place in the game is gone. This is a new visit.";
const kSecretNotKept = "You are not connected. Your hidden input was not kept: type it again when you are back.";

export interface VisitParts {
  readonly comeback: Comeback;
  readonly lines: LineBuffer;
  readonly heldView: HeldView;
  readonly news: NewsBar;
  send(message: string): void;
  tell(sentence: string): void;
  // Sends a ping and tells its number.
  ping(): number;
  asksForSecret(): boolean;
  forgetSecret(): void; // the gateway tells anew whether the game asks for one
  began(): void; // a session that is new to the game
  ended(): void; // nothing of the session may reach the next one
}

export class Visit {
  private readonly held = new HeldLines();
  private begun = false; // a session began, and its end was not told yet
  private settling: number | null = null; // the ping whose answer lets the held lines go

  constructor(private readonly parts: VisitParts) {}

  // A new session, not one that was left.
  begin(): void {
    this.begun = true;
    this.parts.began();
    this.parts.tell("Connected.");
  }

  // The connection is gone, and nothing can bring the session back.
  end(why: string): void {
    this.finish(why, "state");
  }

  // Connected, but not to the session that was asked for.
  lost(words: string): void {
    const why = words !== "" ? words : kGone;
    this.parts.tell(`Connected. ${why}`);
    this.begun = true;
    this.finish(why, "gap");
    this.begun = true;
    this.parts.began();
  }

  // Held lines wait for their turn: what is typed now must wait behind them.
  get holds(): boolean {
    return this.settling !== null;
  }

  // The connection is gone; the session may come back.
  interrupted(): void {
    this.settling = null;
  }

  // What is held waits for replayed().
  resumed(answer: Resumed): void {
    const { comeback, lines, news, tell } = this.parts;
    const back = comeback.resumed(answer);
    if (back === null) {
      if (answer.result === "gone") this.lost(answer.text);
      return;
    }
    this.begun = true;
    this.parts.forgetSecret();
    const gap = gapWords(back.missing, back.since, new Date());
    if (gap !== "") {
      lines.restartStream();
      lines.say(gap, "gap");
    }
    const words = reconnectedWords(back.lines);
    news.flash(words);
    tell(`${words} ${gap}`.trim());
  }

  // Held lines go out only when all that the gateway had to say with the replay is known: above all
  // whether the game asks for a secret. The answer to a ping comes behind it.
  replayed(): void {
    this.parts.comeback.replayed();
    if (this.held.lines.length > 0) this.settling = this.parts.ping();
    else this.parts.heldView.show([]);
  }

  pong(id: unknown): void {
    if (this.settling === null || typeof id !== "number" || id < this.settling) return;
    this.settling = null;
    if (this.parts.asksForSecret()) {
      this.drop("the game asks for a password now");
      return;
    }
    for (const line of this.held.take()) {
      this.parts.send(encodeLine(line, false));
      this.parts.lines.echo(line, "  (typed while away)");
    }
    this.parts.heldView.show([]);
  }

  // Keeps a line until the player is back. False: it was not taken. A secret is taken, and not kept.
  hold(line: string, secret: boolean): boolean {
    const { heldView, tell } = this.parts;
    const full = !secret && !this.held.add(line);
    const remark = secret ? kSecretNotKept : full ? `${kHeldMax} lines wait already: this one is not kept.` : "";
    heldView.show(this.held.lines, remark);
    tell(remark !== "" ? remark : "Sent when you are back.");
    return !full;
  }

  // The player's word.
  forgetHeld(): void {
    this.held.take();
    this.parts.heldView.show([]);
  }

  private finish(why: string, kind: "state" | "gap"): void {
    this.parts.lines.restartStream();
    if (this.begun) this.parts.lines.say(why, kind);
    this.begun = false;
    this.settling = null;
    this.parts.ended();
    this.drop("your place in the game is gone");
  }

  private drop(because: string): void {
    const dropped = this.held.take();
    this.parts.heldView.show([]);
    if (dropped.length === 0) return;
    const words = notSentWords(dropped, because);
    this.parts.lines.say(words, "gap");
    this.parts.tell(words);
  }
}
