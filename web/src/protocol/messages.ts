// The JSON form of a session, subprotocol v1.json.wyldgate (docs/protocols/websocket-json.md). Pure:
// what the page says becomes text, what the gateway says becomes a checked value.

export const kSubprotocol = "v1.json.wyldgate";
export const kLineBytesMax = 4096; // the gateway's own bound on one line

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

export type ServerMessage =
  | { readonly type: "hello"; readonly session: string; readonly world: string; readonly version: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "prompt" }
  | { readonly type: "echo"; readonly on: boolean }
  | { readonly type: "gmcp"; readonly package: string; readonly data: unknown }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "pong"; readonly id: unknown }
  | { readonly type: "bye"; readonly reason: string; readonly text: string; readonly retry: boolean }
  | { readonly type: "error"; readonly text: string };

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
      return { type: "hello", session: text("session"), world: text("world"), version: text("version") };
    case "text":
      return typeof fields["text"] === "string" ? { type: "text", text: fields["text"] } : null;
    case "prompt":
      return { type: "prompt" };
    case "echo":
      return typeof fields["on"] === "boolean" ? { type: "echo", on: fields["on"] } : null;
    case "gmcp":
      return text("package") === "" ? null : { type: "gmcp", package: text("package"), data: fields["data"] ?? null };
    case "notice":
      return { type: "notice", text: text("text") };
    case "pong":
      return { type: "pong", id: fields["id"] ?? null };
    case "bye":
      return { type: "bye", reason: text("reason"), text: text("text"), retry: fields["retry"] === true };
    case "error":
      return { type: "error", text: text("text") };
    default:
      return null;
  }
}

export interface Hello {
  readonly version: string;
  readonly size: WindowSize;
  readonly screenReader: boolean;
}

export function encodeHello(hello: Hello): string {
  return JSON.stringify({
    type: "hello",
    client: "wyldgate-web",
    version: hello.version,
    columns: hello.size.columns,
    rows: hello.size.rows,
    gmcp: ["Core 1", "Char 1", "Room 1", "Comm.Channel 1"],
    screen_reader: hello.screenReader,
  });
}

export function encodeLine(text: string): string {
  return JSON.stringify({ type: "line", text });
}

export function encodeSize(size: WindowSize): string {
  return JSON.stringify({ type: "size", columns: size.columns, rows: size.rows });
}

export function lineBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

// Why a connection ended, in a sentence for the player. `opened` is whether it had ever been open.
export function closeReason(code: number, reason: string, opened: boolean): string {
  if (reason !== "" && code !== 1006) return reason;
  if (!opened) return "The gateway could not be reached.";
  switch (code) {
    case 1000: return "The connection was closed.";
    case 1001: return "The gateway is going away.";
    case 1006: return "The connection was lost.";
    case 1008: return "The gateway refused the connection.";
    case 1009: return "A message was too large.";
    case 1012: return "The gateway is restarting.";
    case 1013: return "The gateway is too busy; try again in a while.";
    default: return `The connection broke off (code ${code}).`;
  }
}
