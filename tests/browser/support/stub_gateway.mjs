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
  refusing = false;
  world = "Harrow Vale";
  #socket = null;
  #waiting = [];
  #server = http.createServer((request, response) => void this.#serve(request, response));
  #sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has("v1.json.wyldgate") ? "v1.json.wyldgate" : false) });

  async start() {
    this.#server.on("upgrade", (request, socket, head) => {
      if (this.refusing || request.url !== "/ws") {
        socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#accept(client));
    });
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.#server.address().port}/`;
  }

  async stop() {
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

  #accept(client) {
    this.#socket = client;
    this.heard = [];
    this.connections += 1;
    client.on("message", (data) => {
      const message = JSON.parse(data.toString());
      this.heard.push(message);
      for (const waiter of this.#waiting.filter((each) => each.wanted(message))) waiter.resolve(message);
      this.#waiting = this.#waiting.filter((each) => !each.wanted(message));
    });
    this.say({ type: "hello", session: "018f", world: this.world, version: "0.1.0" });
  }

  async #serve(request, response) {
    const name = request.url === "/" ? "index.html" : path.basename(request.url);
    try {
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
