// A gateway that says what a test tells it to: serves web/dist with the real Content-Security-Policy
// and speaks v1.json.wyldgate on /ws. Keeps everything the page said.

import http from "node:http";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { distFolder, WebSocketServer } from "./packages.mjs";

const kTypes = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

export class StubGateway {
  heard = []; // messages of the page on its newest connection
  connections = 0;
  refusing = false; // answers new connections with 503
  holding = false; // leaves them waiting until release()
  position = { epoch: 1, offset: 0 }; // where the numbering of a new session starts
  deaf = false; // answers no pings
  world = "Harrow Vale";
  lineBytes = 4096;
  path = "/";
  #socket = null;
  #waiting = [];
  #held = [];
  #knocked = null;
  #server = http.createServer((request, response) => void this.#serve(request, response));
  #sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has("v1.json.wyldgate") ? "v1.json.wyldgate" : false) });

  async start() {
    this.#server.on("upgrade", (request, socket, head) => {
      if (this.refusing || request.url !== `${this.path}ws`) {
        socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      const admit = () => this.#sockets.handleUpgrade(request, socket, head, (client) => this.#accept(client));
      if (!this.holding) {
        admit();
        return;
      }
      this.#held.push({ socket, admit });
      this.#knocked?.();
    });
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.#server.address().port}${this.path}`;
  }

  // Everything is now below `path`, and nothing outside it.
  moveTo(path) {
    this.url = new URL(path, this.url).href;
    this.path = path;
  }

  async stop() {
    this.#dropHeld();
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections?.();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  // Forgets what was heard and waits for the hello of the next connection.
  async hello(connect) {
    this.heard = [];
    await connect();
    return this.hear((message) => message.type === "hello", "hello");
  }

  say(...messages) {
    for (const message of messages) this.#socket.send(JSON.stringify(message));
  }

  text(text) {
    this.say({ type: "text", text });
  }

  // Waits until a connection is left waiting.
  async knock() {
    if (this.#held.length === 0) await new Promise((resolve) => (this.#knocked = resolve));
    this.#knocked = null;
  }

  // Lets the newest connection in; the others were given up.
  async release() {
    await this.knock();
    this.holding = false;
    const { admit } = this.#held.pop();
    this.#dropHeld();
    admit();
  }

  // Gives the page a token and waits until it is kept.
  async giveToken(token) {
    this.say({ type: "token", token });
    await this.hear((message) => message.type === "token_kept", "that the token is kept");
  }

  resumed(answer = {}) {
    this.say({
      type: "resumed", result: "resumed", final: false, session: "018e", epoch: 1, offset: 0, lines: 0, bytes: 0, missing: 0, since: null,
      text: "", ...answer,
    });
  }

  close(code, reason) {
    this.#socket.close(code, reason);
  }

  cut() {
    this.#socket.terminate();
  }

  // The first message, now or later, for which `wanted` holds.
  hear(wanted, what) {
    const found = this.heard.find(wanted);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the page never said ${what}; it said ${JSON.stringify(this.heard)}`)), 30_000);
      this.#waiting.push({ wanted, resolve: (message) => (clearTimeout(timer), resolve(message)) });
    });
  }

  line(text) {
    return this.hear((message) => message.type === "line" && message.text === text, `the line "${text}"`);
  }

  #dropHeld() {
    for (const { socket } of this.#held) socket.destroy();
    this.#held = [];
  }

  #accept(client) {
    this.#socket = client;
    this.heard = [];
    this.connections += 1;
    client.on("message", (data) => {
      const message = JSON.parse(data.toString());
      this.heard.push(message);
      if (message.type === "ping" && !this.deaf) client.send(JSON.stringify({ type: "pong", id: message.id }));
      for (const waiter of this.#waiting.filter((each) => each.wanted(message))) waiter.resolve(message);
      this.#waiting = this.#waiting.filter((each) => !each.wanted(message));
    });
    this.say({ type: "hello", session: "018f", world: this.world, version: "0.1.0", ...this.position, line_bytes: this.lineBytes });
  }

  async #serve(request, response) {
    const name = request.url === this.path ? "index.html" : path.basename(request.url);
    try {
      if (!request.url.startsWith(this.path)) throw new Error("outside");
      const body = await readFile(path.join(distFolder, name));
      response.writeHead(200, {
        "Content-Type": kTypes[path.extname(name)] ?? "application/octet-stream",
        "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  }
}
