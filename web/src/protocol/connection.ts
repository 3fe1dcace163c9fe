// One WebSocket to the gateway at a time, opened when asked. Tells its owner what happens in words.

import { closeReason, decode, kSubprotocol, type ServerMessage } from "./messages.js";

// A connection attempt that has said nothing for so long is given up.
const kConnectMilliseconds = 20_000;
export const kNoAnswer = "The gateway does not answer.";

export interface Ending {
  readonly why: string; // a sentence
  readonly opened: boolean; // it had been open
  readonly bye: Extract<ServerMessage, { type: "bye" }> | null;
}

export interface ConnectionEvents {
  opened(): void;
  heard(): void; // anything came
  message(message: ServerMessage): void;
  closed(ending: Ending): void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private wasOpen = false;

  constructor(
    private readonly address: string,
    private readonly events: ConnectionEvents,
  ) {}

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  open(): void {
    if (this.socket) return;
    const socket = new WebSocket(this.address, kSubprotocol);
    this.socket = socket;
    this.wasOpen = false;
    let bye: Ending["bye"] = null;
    // A socket that was abandoned may still speak.
    const current = (): boolean => this.socket === socket;
    this.deadline = setTimeout(() => this.fail(kNoAnswer), kConnectMilliseconds);
    socket.addEventListener("open", () => {
      if (!current()) return;
      clearTimeout(this.deadline);
      this.wasOpen = true;
      this.events.opened();
    });
    socket.addEventListener("message", (event) => {
      if (!current()) return;
      const message = decode(event.data);
      this.events.heard();
      if (!message) return;
      if (message.type === "bye") bye = message;
      this.events.message(message);
    });
    socket.addEventListener("close", (event) => {
      if (!current()) return;
      const opened = this.wasOpen;
      this.abandon();
      const why = bye && bye.text !== "" ? bye.text : closeReason(event.code, event.reason, opened);
      this.events.closed({ why, opened, bye });
    });
  }

  // Forgets the socket without a word, whatever its state.
  abandon(): void {
    clearTimeout(this.deadline);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  // The socket is open or opening, but of no use: as if it had closed.
  fail(why: string): void {
    if (!this.socket) return;
    const opened = this.wasOpen;
    this.abandon();
    this.events.closed({ why, opened, bye: null });
  }

  // False when there is nobody to send to.
  send(text: string): boolean {
    if (!this.socket || !this.isOpen) return false;
    this.socket.send(text);
    return true;
  }
}

// The WebSocket beside the page: a web server in front may have both under a path of its own.
export function gatewayAddress(page: string): string {
  const address = new URL("ws", page);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}
