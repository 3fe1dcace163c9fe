// Turns a world's text into styled runs and line moves. A pure state machine: no page, no clock.
//
// Owner    the log, one parser for each connection; state lives across lines and frames, and the
//          same text gives the same calls however it is cut, except that runs may come in more pieces.
// Errors   malformed and unknown sequences disappear; decoding always continues.
// Limits   a control sequence over kSequenceCharsMax, or a string (OSC, DCS, APC, PM, SOS) over
//          kStringCharsMax, is given up, and what follows is text again. A line end ends a string too,
//          except that the address of a link may continue behind one.
// Source   ECMA-48, xterm's control sequences, the OSC 8 hyperlink note.

import { applySgr, kPlain, type Style } from "./style.js";
import { safeLink } from "./links.js";

export const kSequenceCharsMax = 256;
export const kStringCharsMax = 4096;
export const kRepeatMax = 500; // more of one character fits on no line
const kTabsMax = 16;

export interface AnsiSink {
  text(text: string, style: Style): void;
  newline(): void;
  // A carriage return that no line feed followed: the next text writes over the line.
  carriageReturn(): void;
  // The cursor, in columns from 0; text behind it is written over.
  moveBy(columns: number): void;
  moveTo(column: number): void;
  // The cursor went to another row: the text that follows is no part of this line.
  leaveLine(): void;
  erase(part: "behind" | "before" | "all"): void;
}

const enum State {
  Text,
  Return, // after CR: a line feed makes it a plain line end
  Escape,
  EscapeIntermediate, // ESC ( and the like: swallow to the final byte
  Sequence, // CSI
  String, // OSC, kept for its link
  Skip, // DCS, APC, PM, SOS: swallowed
  StringEscape, // ESC inside OSC; "\" ends it
  SkipEscape,
  LinkRest, // a line end broke the address of a link; held is what may be the rest of it
  LinkRestEscape,
}

const kEsc = 0x1b;
const kBel = 0x07;
const kLinkStart = /^8;[^;]*;[^\s]+$/;
const kAddressPart = /^[\w.~:/?#[\]@!$&'()*+,;=%-]$/;

export class AnsiParser {
  private state: State = State.Text;
  private style: Style = kPlain;
  private held = ""; // parameters of a sequence, or the body of an OSC
  private skipped = 0;
  private brokenLink = ""; // the body of an OSC 8 up to the line end
  private last = ""; // the character that REP repeats
  private row: number | null = null; // where the cursor was put, until the next line end

  feed(text: string, sink: AnsiSink): void {
    let run = 0; // where the plain run that is being scanned starts
    let at = 0;
    while (at < text.length) {
      if (this.state === State.Text) {
        run = at;
        while (at < text.length && isPlain(text.charCodeAt(at))) ++at;
        if (at > run) this.say(text.slice(run, at), sink);
        if (at === text.length) return;
      }
      if (this.step(text.charCodeAt(at), sink)) ++at;
    }
  }

  // Lets go of text that was held because it might belong to a sequence: nothing more came.
  flush(sink: AnsiSink): void {
    if (this.state === State.LinkRest || this.state === State.LinkRestEscape) this.releaseRest(sink);
  }

  // Forgets an unfinished sequence and every attribute: a new connection starts plain.
  reset(): void {
    this.state = State.Text;
    this.style = kPlain;
    this.held = "";
    this.skipped = 0;
    this.last = "";
    this.row = null;
  }

  // Takes one unit; false when the state changed and the unit must be looked at again.
  private step(code: number, sink: AnsiSink): boolean {
    switch (this.state) {
      case State.Text:
        return this.control(code, sink);
      case State.Return:
        this.state = State.Text;
        if (code === 0x0a) {
          this.endLine(sink);
          return true;
        }
        if (code === 0x0d) {
          this.state = State.Return;
          return true;
        }
        sink.carriageReturn();
        return false;
      case State.Escape:
        return this.escape(code, sink);
      case State.EscapeIntermediate:
        if (code >= 0x20 && code <= 0x2f) return true;
        this.state = State.Text;
        return code >= 0x30 && code <= 0x7e;
      case State.Sequence:
        return this.sequence(code, sink);
      case State.String:
      case State.Skip:
        return this.string(code, sink);
      case State.LinkRest:
        return this.linkRest(code, sink);
      case State.LinkRestEscape:
        if (code === 0x5c) {
          this.finishBrokenLink();
          return true;
        }
        this.releaseRest(sink);
        this.state = State.Escape;
        return false;
      case State.StringEscape:
      case State.SkipEscape:
        if (code === 0x5c && this.state === State.StringEscape) this.finishOsc();
        this.state = code === 0x5c ? State.Text : State.Escape;
        this.held = "";
        return code === 0x5c;
    }
  }

  private control(code: number, sink: AnsiSink): boolean {
    if (code === kEsc) this.state = State.Escape;
    else if (code === 0x0a || code === 0x0b || code === 0x0c) this.endLine(sink);
    else if (code === 0x0d) this.state = State.Return;
    else if (code === 0x08) sink.moveBy(-1);
    else if (code === 0x09) this.say("\t", sink);
    else if (code === 0x9b) this.enter(State.Sequence);
    else if (code === 0x9d) this.enter(State.String);
    else if (code === 0x90 || code === 0x98 || code === 0x9e || code === 0x9f) this.enter(State.Skip);
    return true; // every other control character, BEL among them, is nothing
  }

  private say(text: string, sink: AnsiSink): void {
    const end = text.charCodeAt(text.length - 1);
    const low = end >= 0xdc00 && end <= 0xdfff;
    this.last = low && text.length === 1 ? this.last + text : text.slice(low ? -2 : -1);
    sink.text(text, this.style);
  }

  // A link that was never closed ends with its line.
  private endLine(sink: AnsiSink): void {
    if (this.style.link !== null) this.style = { ...this.style, link: null };
    this.last = "";
    this.row = null;
    sink.newline();
  }

  private escape(code: number, sink: AnsiSink): boolean {
    if (code === 0x5b) this.enter(State.Sequence);
    else if (code === 0x5d) this.enter(State.String);
    else if (code === 0x50 || code === 0x58 || code === 0x5e || code === 0x5f) this.enter(State.Skip);
    else if (code >= 0x20 && code <= 0x2f) this.state = State.EscapeIntermediate;
    else if (code === kEsc) return true;
    else {
      this.state = State.Text;
      if (code === 0x45) this.endLine(sink); // NEL
      return code >= 0x30 && code <= 0x7e;
    }
    return true;
  }

  private enter(state: State): void {
    this.state = state;
    this.held = "";
    this.skipped = 0;
  }

  private sequence(code: number, sink: AnsiSink): boolean {
    if (code >= 0x20 && code <= 0x3f) {
      this.held += String.fromCharCode(code);
      if (this.held.length > kSequenceCharsMax) this.enter(State.Text);
      return true;
    }
    const parameters = this.held;
    this.enter(State.Text);
    if (code >= 0x40 && code <= 0x7e) {
      if (code === 0x6d && /^[0-9:;]*$/.test(parameters)) this.sgr(parameters);
      else if (/^[0-9;]*$/.test(parameters)) this.cursor(String.fromCharCode(code), parameters.split(";"), sink);
      return true;
    }
    return false; // not part of a sequence: it ends unheard, and the unit keeps its own meaning
  }

  // What games use of the cursor within one line. A log has no rows: a move to another one ends the line.
  private cursor(final: string, parameters: readonly string[], sink: AnsiSink): void {
    const value = (at: number): number => Math.min(Number(parameters[at] ?? ""), 0xffff);
    const count = Math.max(1, value(0));
    switch (final) {
      case "C": case "a": sink.moveBy(count); break; // CUF, HPR
      case "D": case "j": sink.moveBy(-count); break; // CUB, HPB
      case "G": case "`": sink.moveTo(count - 1); break; // CHA, HPA
      case "I": sink.text("\t".repeat(Math.min(count, kTabsMax)), this.style); break; // CHT
      case "b": if (this.last !== "") sink.text(this.last.repeat(Math.min(count, kRepeatMax)), this.style); break; // REP
      case "K": if (value(0) < 3) sink.erase((["behind", "before", "all"] as const)[value(0)] ?? "all"); break; // EL
      case "J": // ED
        if (value(0) === 0) sink.erase("behind");
        else if (value(0) !== 1) sink.leaveLine();
        break;
      case "E": case "F": case "A": case "B": case "d": case "e": case "k": // CNL, CPL, CUU, CUD, VPA, VPR, VPB
        this.row = null;
        sink.leaveLine();
        break;
      case "H": case "f": // CUP, HVP
        if (this.row !== count) sink.leaveLine();
        this.row = count;
        sink.moveTo(Math.max(1, value(1)) - 1);
        break;
    }
  }

  private sgr(text: string): void {
    const parameters = text
      .split(";")
      .map((parameter) => parameter.split(":").map((part) => (part === "" ? -1 : Math.min(Number(part), 0xffff))));
    this.style = applySgr(this.style, parameters);
  }

  private string(code: number, sink: AnsiSink): boolean {
    const keep = this.state === State.String;
    if (code === kBel || code === 0x9c) {
      if (keep) this.finishOsc();
      this.enter(State.Text);
      return true;
    }
    if (code === kEsc) {
      this.state = keep ? State.StringEscape : State.SkipEscape;
      return true;
    }
    // A game that breaks its lines without looking may have broken an address.
    if (keep && (code === 0x0d || code === 0x0a) && kLinkStart.test(this.held)) {
      if (code === 0x0d) return true;
      this.brokenLink = this.held;
      this.endLine(sink);
      this.enter(State.LinkRest);
      return true;
    }
    if (code === 0x0a || code === 0x0d || code === 0x18 || code === 0x1a) {
      this.enter(State.Text);
      return false;
    }
    if (++this.skipped > kStringCharsMax) {
      this.enter(State.Text);
      return true;
    }
    if (keep) this.held += String.fromCharCode(code);
    return true;
  }

  private linkRest(code: number, sink: AnsiSink): boolean {
    if (code === kBel || code === 0x9c) {
      this.finishBrokenLink();
      return true;
    }
    if (code === kEsc) {
      this.state = State.LinkRestEscape;
      return true;
    }
    const letter = String.fromCharCode(code);
    if (kAddressPart.test(letter) && this.held.length < kStringCharsMax) {
      this.held += letter;
      return true;
    }
    this.releaseRest(sink);
    return false;
  }

  private finishBrokenLink(): void {
    this.held = this.brokenLink + this.held;
    this.finishOsc();
    this.enter(State.Text);
  }

  private releaseRest(sink: AnsiSink): void {
    const text = this.held;
    this.enter(State.Text);
    if (text !== "") this.say(text, sink);
  }

  // OSC 8 ; parameters ; address ST. An empty or refused address ends the link.
  private finishOsc(): void {
    const match = /^8;[^;]*;(.*)$/s.exec(this.held);
    if (!match) return;
    this.style = { ...this.style, link: safeLink(match[1] ?? "") };
  }
}

function isPlain(code: number): boolean {
  return (code >= 0x20 && code < 0x7f) || code > 0x9f;
}
