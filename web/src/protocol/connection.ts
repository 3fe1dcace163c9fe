// One WebSocket to the gateway at a time, opened when asked. Tells its owner what happens in words.

import { closeReason, decode, kSubprotocol, type ServerMessage } from "./messages.js";

// A connection attempt that has said nothing for so long is given up.
const kConnectMilliseconds = 20_000;

export interface ConnectionEvents {
  connecting(): void;
  opened(): void;
  message(message: ServerMessage): void;
  closed(why: string, retry: boolean): void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly address: string,
    private readonly events: ConnectionEvents,
  ) {}

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  open(): void {
    if (this.socket) return;
    this.events.connecting();
    const socket = new WebSocket(this.address, kSubprotocol);
    this.socket = socket;
    let opened = false;
    let bye: Extract<ServerMessage, { type: "bye" }> | null = null;
    let timedOut = false;
    this.deadline = setTimeout(() => {
      timedOut = true;
      socket.close();
    }, kConnectMilliseconds);
    socket.addEventListener("open", () => {
      clearTimeout(this.deadline);
      opened = true;
      this.events.opened();
    });
    socket.addEventListener("message", (event) => {
      const message = decode(event.data);
      if (!message) return;
      if (message.type === "bye") bye = message;
      this.events.message(message);
    });
    socket.addEventListener("close", (event) => {
      clearTimeout(this.deadline);
      this.socket = null;
      let why = closeReason(event.code, event.reason, opened);
      if (timedOut) why = "The gateway did not answer.";
      if (bye && bye.text !== "") why = bye.text;
      this.events.closed(why, bye ? bye.retry : true);
    });
  }

  // False when there is nobody to send to.
  send(text: string): boolean {
    if (!this.socket || !this.isOpen) return false;
    this.socket.send(text);
    return true;
  }
}

export function gatewayAddress(page: Location): string {
  return `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}/ws`;
}
