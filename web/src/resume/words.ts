// The sentences a player reads while the connection is away, and when it is back. Pure.

import { cutText } from "../text/cut.js";
import type { LinkState } from "./reconnector.js";

const kShownChars = 60; // of a command that is named

export function reconnectedWords(lines: number): string {
  if (lines === 0) return "Reconnected.";
  return lines === 1 ? "Reconnected, 1 line replayed." : `Reconnected, ${lines.toLocaleString("en")} lines replayed.`;
}

export function bytesWords(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const kilobytes = Math.round(bytes / 1024);
  return kilobytes < 1024 ? `${kilobytes} KB` : `${Math.round(kilobytes / 1024).toLocaleString("en")} MB`;
}

const timeOfDay = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayAndTime = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });

// Empty when the gateway did not say, or said what is no time.
function sinceWords(since: string | null, now: Date): string {
  const from = since === null ? null : new Date(since);
  if (from === null || Number.isNaN(from.getTime())) return "";
  const long = Math.abs(now.getTime() - from.getTime()) > 12 * 3600 * 1000;
  return ` (since ${(long ? dayAndTime : timeOfDay).format(from)})`;
}

// What stays in the log where output is missing; empty when nothing is.
export function gapWords(missing: number | null, since: string | null, now: Date): string {
  if (missing === 0) return "";
  if (missing === null) return `Some output may be missing${sinceWords(since, now)}.`;
  return `About ${bytesWords(missing)} of output is missing${sinceWords(since, now)}.`;
}

export function waitingWords(count: number): string {
  return count === 1 ? "1 command waiting" : `${count.toLocaleString("en")} commands waiting`;
}

export interface AwayWords {
  readonly why: string;
  readonly next: string; // changes every second; not for a live region
}

// Null while there is nothing to say.
export function awayWords(state: LinkState, offline: boolean, now: number): AwayWords | null {
  if (state.kind === "open" || (state.kind === "connecting" && state.why === "")) return null;
  const why = offline ? "You are offline." : state.why;
  switch (state.kind) {
    case "connecting": return { why, next: "Connecting…" };
    case "waiting": return { why, next: `Trying again in ${Math.max(1, Math.ceil((state.until - now) / 1000))} s.` };
    case "stopped": return { why: state.why, next: "" };
  }
}

export function notSentWords(lines: readonly string[], because: string): string {
  const named = lines.map((line) => `“${line.length > kShownChars ? `${cutText(line, kShownChars)}…` : line}”`);
  return `Not sent, because ${because}: ${named.join(", ")}.`;
}
