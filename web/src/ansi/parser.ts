// Turns a world's text into styled runs and line moves. A pure state machine: no page, no clock.
//
// Owner    the log, one parser for each connection; state lives across lines and frames, and the
//          same text gives the same calls however it is cut, except that runs may come in more pieces.
// Errors   malformed and unknown sequences disappear; decoding always continues.
// Limits   a control sequence over kSequenceCharsMax, or a string (OSC, DCS, APC, PM, SOS) over
//          kStringCharsMax, is given up, and what follows is text again. A line end ends a string too.
// Source   ECMA-48, xterm's control sequences, the OSC 8 hyperlink note.

import { applySgr, kPlain, type Style } from "./style.js";
import { safeLink } from "./links.js";

export const kSequenceCharsMax = 256;
export const kStringCharsMax = 4096;

export interface AnsiSink {
  text(text: string, style: Style): void;
  newline(): void;
  // A carriage return that no line feed followed: the line starts over.
  carriageReturn(): void;
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
}

const kEsc = 0x1b;
const kBel = 0x07;

export class AnsiParser {
  private state: State = State.Text;
  private style: Style = kPlain;
  private held = ""; // parameters of a sequence, or the body of an OSC
  private skipped = 0;

  feed(text: string, sink: AnsiSink): void {
    let run = 0; // where the plain run that is being scanned starts
    let at = 0;
    while (at < text.length) {
      if (this.state === State.Text) {
        run = at;
        while (at < text.length && isPlain(text.charCodeAt(at))) ++at;
        if (at > run) sink.text(text.slice(run, at), this.style);
        if (at === text.length) return;
      }
      if (this.step(text.charCodeAt(at), sink)) ++at;
    }
  }

  // Forgets an unfinished sequence and every attribute: a new connection starts plain.
  reset(): void {
    this.state = State.Text;
    this.style = kPlain;
    this.held = "";
    this.skipped = 0;
  }

  // Takes one unit; false when the state changed and the unit must be looked at again.
  private step(code: number, sink: AnsiSink): boolean {
    switch (this.state) {
      case State.Text:
        return this.control(code, sink);
      case State.Return:
        this.state = State.Text;
        if (code === 0x0a) {
          sink.newline();
          return true;
        }
        if (code === 0x0d) {
          this.state = State.Return;
          return true;
        }
        sink.carriageReturn();
        return false;
      case State.Escape:
        return this.escape(code);
      case State.EscapeIntermediate:
        if (code >= 0x20 && code <= 0x2f) return true;
        this.state = State.Text;
        return code >= 0x30 && code <= 0x7e;
      case State.Sequence:
        return this.sequence(code);
      case State.String:
      case State.Skip:
        return this.string(code);
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
    else if (code === 0x0a) sink.newline();
    else if (code === 0x0d) this.state = State.Return;
    else if (code === 0x09) sink.text("\t", this.style);
    else if (code === 0x9b) this.enter(State.Sequence);
    else if (code === 0x9d) this.enter(State.String);
    else if (code === 0x90 || code === 0x98 || code === 0x9e || code === 0x9f) this.enter(State.Skip);
    return true; // every other control character, BEL and BS among them, is nothing
  }

  private escape(code: number): boolean {
    if (code === 0x5b) this.enter(State.Sequence);
    else if (code === 0x5d) this.enter(State.String);
    else if (code === 0x50 || code === 0x58 || code === 0x5e || code === 0x5f) this.enter(State.Skip);
    else if (code >= 0x20 && code <= 0x2f) this.state = State.EscapeIntermediate;
    else if (code === kEsc) return true;
    else {
      this.state = State.Text;
      return code >= 0x30 && code <= 0x7e;
    }
    return true;
  }

  private enter(state: State): void {
    this.state = state;
    this.held = "";
    this.skipped = 0;
  }

  private sequence(code: number): boolean {
    if (code >= 0x20 && code <= 0x3f) {
      this.held += String.fromCharCode(code);
      if (this.held.length > kSequenceCharsMax) this.enter(State.Text);
      return true;
    }
    const parameters = this.held;
    this.enter(State.Text);
    if (code >= 0x40 && code <= 0x7e) {
      if (code === 0x6d && /^[0-9:;]*$/.test(parameters)) this.sgr(parameters);
      return true;
    }
    return false; // not part of a sequence: it ends unheard, and the unit keeps its own meaning
  }

  private sgr(text: string): void {
    const parameters = text
      .split(";")
      .map((parameter) => parameter.split(":").map((part) => (part === "" ? -1 : Math.min(Number(part), 0xffff))));
    this.style = applySgr(this.style, parameters);
  }

  private string(code: number): boolean {
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
