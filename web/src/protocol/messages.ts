// The JSON form of a session, subprotocol v1.json.wyldgate (docs/protocols/websocket-json.md). Pure:
// what the page says becomes text, what the gateway says becomes a checked value.

export const kSubprotocol = "v1.json.wyldgate";
export const kLineBytesMax = 4096; // a gateway's bound on one line, when its hello says no other
export const kEditBytesMax = 64 * 1024; // on an edited text
export const kMessageBytesMax = 192 * 1024; // and on a whole message

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

// A place in a session's output, and what is needed to go on from there.
export interface Position {
  readonly epoch: number;
  readonly offset: number;
}

export interface ResumeRequest extends Position {
  readonly token: string;
}

export type ResumeResult = "resumed" | "resumed_with_gap" | "gone" | "busy";

export interface Resumed {
  readonly type: "resumed";
  readonly result: ResumeResult;
  readonly start: Position;
  readonly lines: number;
  readonly missing: number | null; // bytes; null: nobody knows
  readonly since: string | null;
  readonly text: string;
}

export type ServerMessage =
  // `start` is null with a gateway that cannot resume.
  | { readonly type: "hello"; readonly session: string; readonly world: string; readonly version: string; readonly start: Position | null; readonly lineBytes: number }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "prompt" }
  // `on`: the page shows what is typed. Off without `secret`: the game shows it itself.
  | { readonly type: "echo"; readonly on: boolean; readonly secret: boolean }
  | { readonly type: "gmcp"; readonly package: string; readonly data: unknown }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "pong"; readonly id: unknown }
  | { readonly type: "bye"; readonly reason: string; readonly text: string; readonly retry: boolean }
  | { readonly type: "error"; readonly text: string }
  | Resumed
  | { readonly type: "replayed" }
  | { readonly type: "position"; readonly start: Position }
  | { readonly type: "token"; readonly token: string }
  | { readonly type: "code"; readonly code: string }
  | { readonly type: "world"; readonly here: boolean; readonly text: string }
  | { readonly type: "waiting"; readonly count: number }
  | { readonly type: "edit"; readonly edit: number; readonly title: string; readonly text: string }
  | { readonly type: "edit_closed"; readonly edit: number };

const kResults: readonly string[] = ["resumed", "resumed_with_gap", "gone", "busy"] satisfies ResumeResult[];

export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9_-]{1,128}$/.test(value);
}

export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function readPosition(fields: Record<string, unknown>): Position | null {
  const { epoch, offset } = fields;
  return isWhole(epoch) && isWhole(offset) ? { epoch, offset } : null;
}

// Null for what is not a message of this form. Unknown types are null too: a newer gateway may say
// more than this page knows.
export function decode(data: unknown): ServerMessage | null {
  if (typeof data !== "string") return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const fields = value as Record<string, unknown>;
  const text = (name: string): string => (typeof fields[name] === "string" ? (fields[name] as string) : "");
  switch (fields["type"]) {
    case "hello":
      return {
        type: "hello", session: text("session"), world: text("world"), version: text("version"), start: readPosition(fields),
        lineBytes: isWhole(fields["line_bytes"]) && fields["line_bytes"] > 0 ? fields["line_bytes"] : kLineBytesMax,
      };
    case "text":
      return typeof fields["text"] === "string" ? { type: "text", text: fields["text"] } : null;
    case "prompt":
      return { type: "prompt" };
    case "echo":
      return typeof fields["on"] === "boolean"
        ? { type: "echo", on: fields["on"], secret: !fields["on"] && fields["secret"] !== false }
        : null;
    case "gmcp":
      return text("package") === "" ? null : { type: "gmcp", package: text("package"), data: fields["data"] ?? null };
    case "notice":
      return { type: "notice", text: text("text") };
    case "pong":
      return { type: "pong", id: fields["id"] ?? null };
    case "bye":
      // A gateway that speaks to telnet clients too may begin it on a new line.
      return { type: "bye", reason: text("reason"), text: text("text").trim(), retry: fields["retry"] === true };
    case "error":
      return { type: "error", text: text("text") };
    case "resumed":
      return readResumed(fields);
    case "replayed":
      return { type: "replayed" };
    case "position": {
      const start = readPosition(fields);
      return start && { type: "position", start };
    }
    case "token":
      return isToken(fields["token"]) ? { type: "token", token: fields["token"] } : null;
    case "code":
      return text("code") === "" ? null : { type: "code", code: text("code") };
    case "world":
      return typeof fields["here"] === "boolean" ? { type: "world", here: fields["here"], text: text("text") } : null;
    case "waiting":
      return isWhole(fields["count"]) ? { type: "waiting", count: fields["count"] } : null;
    case "edit":
      return isWhole(fields["edit"]) ? { type: "edit", edit: fields["edit"], title: text("title"), text: text("text") } : null;
    case "edit_closed":
      return isWhole(fields["edit"]) ? { type: "edit_closed", edit: fields["edit"] } : null;
    default:
      return null;
  }
}

function readResumed(fields: Record<string, unknown>): Resumed | null {
  const { result, lines, missing, since, text } = fields;
  const start = readPosition(fields);
  if (typeof result !== "string" || !kResults.includes(result)) return null;
  const back = result === "resumed" || result === "resumed_with_gap";
  if (back && start === null) return null;
  return {
    type: "resumed",
    result: result as ResumeResult,
    start: start ?? { epoch: 0, offset: 0 },
    lines: isWhole(lines) ? lines : 0,
    missing: isWhole(missing) ? missing : null,
    since: typeof since === "string" ? since : null,
    text: typeof text === "string" ? text : "",
  };
}

export interface Hello {
  readonly version: string;
  readonly size: WindowSize;
  readonly screenReader: boolean;
  readonly resume: ResumeRequest | null;
}

export function encodeHello(hello: Hello): string {
  return JSON.stringify({
    type: "hello",
    client: "wyldgate-web",
    version: hello.version,
    columns: hello.size.columns,
    rows: hello.size.rows,
    // Not Comm.Channel: a game may send its channels there alone, and this page would not show them.
    gmcp: ["Core 1", "Char 1", "Room 1"],
    screen_reader: hello.screenReader,
    ...(hello.resume && { resume: hello.resume }),
  });
}

// `secret`: it was typed into a masked input.
export function encodeLine(text: string, secret: boolean): string {
  return JSON.stringify(secret ? { type: "line", text, secret } : { type: "line", text });
}

// How far a line is over what the gateway takes, in bytes; 0 or less when it is not.
export function lineExcess(text: string, lineBytesMax: number): number {
  return Math.max(textBytes(text) - lineBytesMax, textBytes(encodeLine(text, true)) - kMessageBytesMax);
}

export function encodeSize(size: WindowSize): string {
  return JSON.stringify({ type: "size", columns: size.columns, rows: size.rows });
}

export function encodePing(id: number): string {
  return JSON.stringify({ type: "ping", id });
}

export function encodeTokenKept(): string {
  return JSON.stringify({ type: "token_kept" });
}

export function encodeCode(): string {
  return JSON.stringify({ type: "code" });
}

// `text` null: the player wants no change.
export function encodeEdited(edit: number, text: string | null): string {
  return JSON.stringify(text === null ? { type: "edited", edit, cancelled: true } : { type: "edited", edit, text });
}

const utf8 = new TextEncoder();

export function textBytes(text: string): number {
  return utf8.encode(text).length;
}

// Why a connection ended, in a sentence for the player. `opened` is whether it had ever been open.
export function closeReason(code: number, reason: string, opened: boolean): string {
  if (reason !== "" && code !== 1006) return reason;
  if (!opened) return "The gateway does not answer.";
  switch (code) {
    case 1000: return "The connection was closed.";
    case 1001: return "The gateway is shutting down.";
    case 1006: return "The connection was lost.";
    case 1008: return "The gateway refused the connection.";
    case 1009: return "A message was too large.";
    case 1012: return "The gateway is restarting.";
    case 1013: return "The gateway is too busy. Try again in a minute.";
    default: return `The connection was lost (code ${code}).`;
  }
}
