// What is needed to come back to a session: the token, how far its output was seen, and what the answer
// to a resume means. Counts output as docs/protocols/websocket-json.md says. Pure; storage is passed in.
//
// A page that was reloaded has lost its log, so it asks for some output once more: from a line that
// began not more than kAgainBytes before the last that was seen.

import { isToken, isWhole, type Position, type Resumed, type ResumeRequest } from "../protocol/messages.js";

const kAgainBytes = 32 * 1024;
const kMarkEveryBytes = 1024;

// What the page keeps over a reload. Private windows may refuse it; then it is kept in memory only.
export interface PlaceStore {
  read(): string | null;
  write(text: string): void;
  clear(): void;
}

export interface Return {
  readonly lines: number; // replayed
  readonly missing: number | null; // bytes that nobody will see; null: unknown
  readonly since: string | null;
}

export class Comeback {
  private token: string | null = null;
  private seen: Position = { epoch: 0, offset: 0 };
  private marks: number[] = []; // offsets at which a line began, oldest first
  private lineBegins = true;
  private again: number | null = null; // after a reload: the offset to ask for
  private fresh: Position | null = null; // of the session that begins if the answer is "gone"
  private freshToken: string | null = null; // the same
  private asked = false; // a resume was asked for and is not answered
  private inReplay = false;
  private unsaved = false;

  constructor(private readonly store: PlaceStore) {
    this.load();
  }

  get canReturn(): boolean {
    return this.token !== null;
  }

  get replaying(): boolean {
    return this.inReplay;
  }

  get waitsForAnswer(): boolean {
    return this.asked;
  }

  // What the hello of a new connection asks for.
  request(): ResumeRequest | null {
    this.inReplay = false;
    this.fresh = null;
    this.freshToken = null;
    this.asked = this.token !== null;
    if (this.token === null) return null;
    return { token: this.token, epoch: this.seen.epoch, offset: this.again ?? this.seen.offset };
  }

  // The gateway's hello. False: there is no way back with this gateway, a new session begins.
  hello(start: Position | null): boolean {
    if (!this.asked) {
      this.restart(start ?? { epoch: 0, offset: 0 });
    } else if (start === null) {
      this.forget();
      return false;
    } else {
      this.fresh = start;
    }
    return true;
  }

  // Output that counts: the bytes of a text or a notice, 1 for a prompt.
  count(bytes: number, endsLine: boolean): void {
    if (this.asked) {
      if (this.fresh) this.fresh = { ...this.fresh, offset: this.fresh.offset + bytes };
      return;
    }
    if (this.lineBegins) this.mark();
    this.lineBegins = endsLine;
    this.seen = { ...this.seen, offset: this.seen.offset + bytes };
    this.unsaved = true;
  }

  // Output was skipped.
  moved(start: Position): void {
    this.restart(start);
    this.unsaved = true;
  }

  // Null: the place is gone, or the gateway is busy (then the next connection asks again). What was not asked
  // for is the answer to a code that the player has typed: from here on it is another session.
  resumed(answer: Resumed): Return | null {
    if (!this.asked && answer.result !== "resumed" && answer.result !== "resumed_with_gap") return null;
    if (answer.result === "busy") return null;
    if (answer.result === "gone") {
      const token = this.freshToken;
      this.forget();
      if (token !== null) this.keep(token);
      return null;
    }
    this.asked = false;
    this.freshToken = null;
    this.inReplay = true;
    const { lines, since } = answer;
    let missing = answer.result === "resumed" ? 0 : answer.missing;
    // What a reloaded page asked for once more it had seen: only what came after that can be missed.
    if (this.again !== null && missing !== null) missing = Math.max(0, missing - (this.seen.offset - this.again));
    this.again = null;
    this.restart(answer.start);
    this.unsaved = true;
    this.save();
    return { lines, missing, since };
  }

  replayed(): void {
    this.inReplay = false;
  }

  // False: not before the answer to a resume has come. Until then it belongs to the session that may begin.
  keep(token: string): boolean {
    if (this.asked) {
      this.freshToken = token;
      return false;
    }
    this.token = token;
    this.unsaved = true;
    this.save();
    return true;
  }

  // The session is over, or somebody else's.
  forget(): void {
    this.token = null;
    this.asked = false;
    this.inReplay = false;
    this.again = null;
    if (this.fresh) this.restart(this.fresh);
    this.fresh = null;
    this.freshToken = null;
    this.unsaved = false;
    try {
      this.store.clear();
    } catch {
      // Nothing was kept there either.
    }
  }

  save(): void {
    if (!this.unsaved || this.token === null || this.asked) return;
    this.unsaved = false;
    const { epoch, offset } = this.seen;
    try {
      this.store.write(JSON.stringify({ token: this.token, epoch, offset, again: this.marks[0] ?? offset }));
    } catch {
      // Kept in memory.
    }
  }

  private load(): void {
    try {
      const text = this.store.read();
      const kept: unknown = text === null ? null : JSON.parse(text);
      if (typeof kept !== "object" || kept === null) return;
      const { token, epoch, offset, again } = kept as Record<string, unknown>;
      if (!isToken(token) || !isWhole(epoch) || !isWhole(offset) || !isWhole(again) || again > offset) return;
      this.token = token;
      this.seen = { epoch, offset };
      this.again = again;
    } catch {
      // Refused, or not what this page wrote: as if nothing were there.
    }
  }

  private restart(start: Position): void {
    this.seen = start;
    this.marks = [];
    this.lineBegins = true;
  }

  private mark(): void {
    const { offset } = this.seen;
    const last = this.marks[this.marks.length - 1];
    if (last === undefined || offset - last >= kMarkEveryBytes) this.marks.push(offset);
    while (this.marks.length > 1 && offset - (this.marks[0] ?? 0) > kAgainBytes) this.marks.shift();
  }
}
