// Worlds for Wyldgate in Node: extend World, override what you want to hear, call serve().
//
// Memory  in the process only. A broken stream or a restarted gateway costs nothing: each line takes effect once, each
//         word is said once. When the world itself is restarted, its players are attached again with their notes, and
//         what it had not sent yet is lost (world-python shows a world that can be killed at any moment).
// Errors  an exception in a handler is logged, and the player is told; the world goes on.
// Limits  kUnacknowledgedMax things said to one session wait for its gateway; beyond that, text is left out, and the
//         player is told how much. kSessionsMax sessions; the next one is sent away.

import { randomUUID, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const kUnacknowledgedMax = 1024;
const kSessionsMax = 100_000;
const kEndedMax = 10_000; // sessions that are over and whose numbers are kept, in case their end was not acknowledged
const kForgetAfter = 30 * 60_000; // milliseconds that a session without a gateway is kept
const kMessageCharacters = 64 * 1024; // about as much goes into one message; the bound is 1 MiB
const kTextCharacters = 16 * 1024; // longer texts leave in pieces
const kBroadcastsMax = 1000; // that wait for one gateway; more are dropped
const kReceiveBytes = 1024 * 1024; // the contract's bound of one message
const kVersion = 1;
const kDisconnectReasons = { left: "DISCONNECT_REASON_LEFT", removed: "DISCONNECT_REASON_REMOVED" };
const kSideChannelKinds = {
  event: "SIDE_CHANNEL_KIND_EVENT", state: "SIDE_CHANNEL_KIND_STATE", fields: "SIDE_CHANNEL_KIND_STATE_FIELDS",
};

const { grpc, protoLoader } = await loadPackages();
const api = loadContract();

async function loadPackages() {
  try {
    const [core, loader] = await Promise.all([import("@grpc/grpc-js"), import("@grpc/proto-loader")]);
    return { grpc: core.default, protoLoader: loader.default };
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    const name = /'([^']+)'/.exec(error.message)?.[1] ?? "a package";
    const where = path.dirname(fileURLToPath(import.meta.url));
    giveUp(`A world in Node needs ${name}. In ${where}, run: npm install @grpc/grpc-js @grpc/proto-loader`);
  }
}

function loadContract() {
  const given = process.env.WYLDGATE_PROTO || null;
  const proto = given ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "proto");
  const file = "wyldgate/world/v1/world.proto";
  if (!existsSync(path.join(proto, file))) {
    const now = given ? `; it is "${given}" now` : "";
    giveUp(`${proto} holds no ${file}. Set WYLDGATE_PROTO to the folder "proto" of Wyldgate's sources${now}.`);
  }
  const options = { includeDirs: [proto], keepCase: false, longs: Number, enums: String, defaults: true, oneofs: true };
  try {
    return grpc.loadPackageDefinition(protoLoader.loadSync(file, options)).wyldgate.world.v1;
  } catch (error) {
    giveUp(`The contract in ${proto} cannot be read: ${error.message}`);
  }
}

function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}

export class Session {
  account = "";
  address = "";
  protocol = "";
  capabilities = {};
  notes = {};
  connected = false; // false: held; what is said now is kept for the player
  returning = false; // the gateway knew this session before, this world did not
  paused = false; // the player's client reads too slowly
  data = {}; // yours

  constructor(world, id) {
    Object.assign(this, { world, id, stream: null, ended: false, leftAt: Date.now(), lastEvent: 0, lastLine: 0 });
    Object.assign(this, { lastCommand: 0, unacknowledged: [], skipped: 0 });
  }

  output(text) {
    for (const piece of pieces(text)) this.#say({ output: { text: piece } }, true);
  }
  prompt(text = "") {
    this.#say({ prompt: { text } }, true);
  }
  // `value`: what JSON can hold; as in sideChannel("Room.Info", { num: 1 }). `kind`, for a player who is away: "event"
  // (each one is told), "state" (only the last one, and again at each return), "fields" (a state of which `value` has the
  // fields that have changed); without one, the name of the package decides.
  sideChannel(name, value, kind) {
    const known = kind === undefined || Object.hasOwn(kSideChannelKinds, kind);
    if (!known) throw new RangeError(`sideChannel() knows the kinds event, state and fields, not ${kind}`);
    const message = { package: name, value: toValue(value) };
    if (kind !== undefined) message.kind = kSideChannelKinds[kind];
    this.#say({ sideChannel: message }, true);
  }
  // echo(false) asks for a secret.
  echo(on) {
    this.#say({ echo: { on } });
  }
  entered() {
    this.#say({ entered: {} });
  }
  // Kept by the gateway, for operators too; "" removes it.
  note(key, value) {
    this.notes[key] = value;
    this.#say({ note: { key, value } });
  }
  edit(number, title, text) {
    this.#say({ edit: { editId: number, title, text } });
  }
  // The last word: what is said after it is dropped. `reason`: "left" when the player asked for it, "removed" when you
  // did. World.detached() gets the same reason.
  disconnect(text = "", reason = "left") {
    const known = Object.hasOwn(kDisconnectReasons, reason);
    if (!known) throw new RangeError(`disconnect() knows the reasons left and removed, not ${reason}`);
    if (this.ended) return;
    this.#say({ disconnect: { reason: kDisconnectReasons[reason], text } });
    this.world.end(this, reason);
  }

  #say(command, isText = false) {
    if (this.ended) return;
    if (isText && this.unacknowledged.length >= kUnacknowledgedMax) {
      this.skipped += 1;
      return;
    }
    if (this.skipped > 0) {
      const text = `[${this.skipped} messages were left out here.]\n`;
      this.skipped = 0;
      this.#say({ output: { text } });
    }
    this.lastCommand += 1;
    const numbered = { sessionId: this.id, sequence: this.lastCommand, ...command };
    this.unacknowledged.push(numbered);
    this.stream?.send(numbered);
  }

  // A gateway that was restarted from an older state of its own has it still.
  refuse() {
    this.ended = false;
    this.#say({ disconnect: { text: "This session is over. Please connect again." } });
    this.ended = true;
  }

  // The gateway has everything up to `number`.
  forgetCommands(number) {
    const kept = this.unacknowledged.findIndex((command) => command.sequence > number);
    this.unacknowledged.splice(0, kept < 0 ? this.unacknowledged.length : kept);
  }
}

// Override what you want to hear.
export class World {
  name = "world";
  login = "LOGIN_WORLD";
  // Shown by gateways that log players in: above the login, and after it to those who come in. Both may be changed while
  // the world runs; say propertiesChanged() then.
  banner = "";
  messageOfTheDay = "";
  properties = {}; // for tools
  sessions = new Map(); // those inside
  #ended = new Map();
  #streams = new Map();
  #processId = randomUUID();

  attached(_session) {} // a new player
  returned(_session) {} // one you know: the gateway was restarted, or the stream broke
  line(_session, _text, _secret) {} // a line the player typed; secret: while echo was off, not for logs
  sideChannel(_session, _package, _value) {}
  presence(_session) {} // session.connected has changed
  capabilities(_session) {} // session.capabilities has
  interrupt(_session) {}
  flow(_session) {} // session.paused has changed: the player's client reads too slowly, or well again
  edited(_session, _number, _text) {} // null: cancelled
  detached(_session, _reason) {} // "left" or "removed" (disconnect), "closed" or "expired"; the last call
  statistics() {
    return {}; // for operators: name and number
  }

  // To everybody, by one message to each gateway. Not numbered: it is not repeated after a broken stream.
  broadcast(text) {
    this.#shout(text, { all: {} });
  }
  // The same to some, such as those in one room.
  broadcastTo(sessions, text) {
    const sessionIds = Array.from(sessions, (session) => session.id);
    if (sessionIds.length > 0) this.#shout(text, { sessions: { sessionIds } });
  }
  // The same to sessions whose notes have all these values.
  broadcastToNoted(notes, text) {
    this.#shout(text, { notes: { equal: notes } });
  }
  // Has gateways ask for banner, messageOfTheDay and properties again.
  propertiesChanged() {
    for (const stream of this.#streams.values()) stream.propertiesChanged();
  }

  #shout(text, audience) {
    for (const piece of pieces(text)) {
      for (const stream of this.#streams.values()) stream.broadcast({ ...audience, text: piece });
    }
  }

  connect(call) {
    let stream = null;
    call.on("data", (request) => {
      if (stream) return this.#take(stream, request);
      const hello = request.hello;
      if (!hello) return refuse(call, grpc.status.INVALID_ARGUMENT, "The first message holds no hello.");
      if (hello.versionMin > kVersion || hello.versionMax < kVersion) {
        const words = `This world speaks version ${kVersion} of the protocol only.`;
        return refuse(call, grpc.status.FAILED_PRECONDITION, words);
      }
      this.#streams.get(hello.gateway)?.end("A newer stream of the same gateway took over.");
      stream = new Stream(call, hello.gateway);
      this.#streams.set(hello.gateway, stream);
      const program = "wyldgate_world.mjs";
      const answer = { version: kVersion, name: this.name, program, processId: this.#processId, login: this.login };
      call.write({ hello: { ...answer, window: kUnacknowledgedMax } });
    });
    const gone = () => {
      if (!stream) return;
      stream.ended = true;
      if (this.#streams.get(stream.gateway) === stream) this.#streams.delete(stream.gateway);
      for (const session of [...this.sessions.values(), ...this.#ended.values()]) {
        if (session.stream === stream) Object.assign(session, { stream: null, leftAt: Date.now() });
      }
    };
    call.on("error", gone);
    call.on("cancelled", gone);
    call.on("end", () => {
      gone();
      call.end();
    });
  }

  // Whoever was left by a gateway and not attached again in time: a gateway may have lost its memory too.
  letGo() {
    const before = Date.now() - kForgetAfter;
    for (const session of this.sessions.values()) {
      if (session.stream === null && session.leftAt < before) this.end(session, "expired");
    }
  }

  #take(stream, request) {
    for (const event of request.events) this.#event(stream, event);
    for (const taken of request.acknowledgements) {
      this.#find(taken.sessionId.toString("hex"))?.forgetCommands(taken.sequence);
    }
  }

  #event(stream, event) {
    const key = event.sessionId.toString("hex");
    const known = this.#find(key);
    if (event.event === "attach") return this.#attach(stream, key, event, known);
    if (known === undefined || known.stream !== stream) return;
    if (event.sequence > known.lastEvent) {
      known.lastEvent = event.sequence;
      if (!known.ended) this.#guarded(known, () => this.#dispatch(known, event));
      else if (event.event === "detach") known.forgetCommands(known.lastCommand);
      else if (known.unacknowledged.length === 0) known.refuse();
    }
    stream.acknowledge(key, known); // a double is acknowledged again
  }

  #attach(stream, key, { sessionId, attach }, known) {
    const session = known ?? new Session(this, sessionId);
    const { account, address, protocol, capabilities, notes } = attach;
    Object.assign(session, { account, address, protocol, capabilities, notes, connected: !attach.held, paused: false });
    session.forgetCommands(attach.lastCommand);
    session.lastCommand = Math.max(session.lastCommand, attach.lastCommand);
    session.stream = stream;
    stream.send({ sessionId, attached: { lastEvent: session.lastEvent, lastLine: session.lastLine } });
    for (const command of session.unacknowledged) stream.send(command);
    if (session.ended) return;
    if (known) return this.#guarded(session, () => this.returned(session));
    session.returning = attach.returning;
    this.sessions.set(key, session);
    if (this.sessions.size > kSessionsMax) return session.disconnect("The world is full. Please come again later.");
    this.#guarded(session, () => this.attached(session));
  }

  #dispatch(session, event) {
    const content = event[event.event];
    switch (event.event) {
      case "input":
        session.lastLine = Math.max(session.lastLine, content.lineNumber);
        return this.line(session, content.line, content.secret);
      case "detach":
        if (content.reason === "DETACH_REASON_EXPIRED") return this.end(session, "expired");
        if (content.reason !== "DETACH_REASON_SHUTDOWN") return this.end(session, "closed");
        Object.assign(session, { connected: false, stream: null, leftAt: Date.now() }); // an Attach brings it back
        return this.presence(session);
      case "sideChannel":
        return this.sideChannel(session, content.package, fromValue(content.value));
      case "presence":
        session.connected = content.connected;
        if (content.connected) {
          const { address, protocol, capabilities } = content;
          Object.assign(session, { address, protocol, capabilities });
        }
        return this.presence(session);
      case "capabilities":
        session.capabilities = content;
        return this.capabilities(session);
      case "interrupt":
        return this.interrupt(session);
      case "edited":
        return this.edited(session, content.editId, content.cancelled ? null : content.text);
      case "flow":
        session.paused = content.paused;
        return this.flow(session);
    }
  }

  #find(key) {
    return this.sessions.get(key) ?? this.#ended.get(key);
  }

  // Sessions call it; a world says disconnect().
  end(session, reason) {
    const key = session.id.toString("hex");
    this.sessions.delete(key);
    this.#ended.set(key, session);
    session.ended = true;
    if (!Object.hasOwn(kDisconnectReasons, reason)) session.unacknowledged.length = 0; // else the farewell is still to be heard
    if (this.#ended.size > kEndedMax) this.#ended.delete(this.#ended.keys().next().value);
    this.#guarded(session, () => this.detached(session, reason));
  }

  #guarded(session, work) {
    try {
      work();
    } catch (error) {
      console.error("a handler failed:", error);
      session.output("Something went wrong here. It has been noted.\n");
    }
  }
}

// What waits to be written to one gateway: everything that one turn of the event loop brought leaves in one message.
class Stream {
  #call;
  #commands = [];
  #taken = new Map();
  #broadcasts = [];
  #propertiesChanged = false;
  #scheduled = false;
  ended = false;

  constructor(call, gateway) {
    this.#call = call;
    this.gateway = gateway;
    call.on("drain", () => this.#write());
  }

  send(command) {
    this.#commands.push(command);
    this.#schedule();
  }

  broadcast(broadcast) {
    if (this.#broadcasts.length < kBroadcastsMax) this.#broadcasts.push(broadcast);
    this.#schedule();
  }

  propertiesChanged() {
    this.#propertiesChanged = true;
    this.#schedule();
  }

  acknowledge(key, session) {
    this.#taken.set(key, { sessionId: session.id, sequence: session.lastEvent });
    this.#schedule();
  }

  end(words) {
    this.ended = true;
    refuse(this.#call, grpc.status.ABORTED, words);
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#write();
    });
  }

  // Stops when gRPC has enough; "drain" goes on.
  #write() {
    while (!this.ended && !this.#call.writableNeedDrain && this.#waits()) {
      let weight = 0;
      const takeFrom = (queue, weigh) => {
        let count = 0;
        for (; count < queue.length && weight < kMessageCharacters; count += 1) weight += weigh(queue[count]);
        return queue.splice(0, count);
      };
      const commands = takeFrom(this.#commands, weightOf);
      // Behind what was said before them.
      const broadcasts = this.#commands.length > 0 ? [] : takeFrom(this.#broadcasts, (one) => 64 + one.text.length);
      const acknowledgements = [...this.#taken.values()];
      this.#taken.clear();
      this.#call.write({ commands, acknowledgements, broadcasts, propertiesChanged: this.#propertiesChanged });
      this.#propertiesChanged = false;
    }
  }

  #waits() {
    return this.#commands.length + this.#taken.size + this.#broadcasts.length > 0 || this.#propertiesChanged;
  }
}

// Serves until SIGTERM or Ctrl-C. `keyFile`: gateways must know the key in it. `credentials`: as
// grpc.ServerCredentials.createSsl() makes them; without, nothing is encrypted.
export function serve(world, { listen = "127.0.0.1:4100", keyFile, credentials } = {}) {
  const key = keyFile ? Buffer.from(`Bearer ${readKey(keyFile)}`) : null;
  const allowed = (call) => {
    const given = Buffer.from(String(call.metadata.get("authorization")[0] ?? ""));
    return key === null || (given.length === key.length && timingSafeEqual(given, key));
  };
  const wrongKey = { code: grpc.status.UNAUTHENTICATED, details: "The key is wrong." };
  const unary = (answer) => (call, done) => (allowed(call) ? done(null, answer()) : done(wrongKey));
  const server = new grpc.Server({ "grpc.max_receive_message_length": kReceiveBytes });
  server.addService(api.WorldService.service, {
    connect: (call) => (allowed(call) ? world.connect(call) : refuse(call, wrongKey.code, wrongKey.details)),
    getProperties: unary(() => {
      const { banner, messageOfTheDay, properties } = world;
      return { banner, messageOfTheDay, properties };
    }),
    getStatistics: unary(() => ({ statistics: { ...world.statistics(), sessions: world.sessions.size } })),
  });
  const bytes = (value) => value;
  const check = { path: "/grpc.health.v1.Health/Check", requestStream: false, responseStream: false };
  Object.assign(check, { requestSerialize: bytes, requestDeserialize: bytes });
  Object.assign(check, { responseSerialize: bytes, responseDeserialize: bytes });
  server.addService({ check }, { check: (_call, done) => done(null, Buffer.from([8, 1])) }); // SERVING
  const cannot = (why) => giveUp(`Cannot listen on ${listen}: ${why}`);
  whenFree(listen, cannot, () => {
    server.bindAsync(listen, credentials ?? grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) cannot(error.message);
      console.log(`${world.name} listens on ${listen.slice(0, listen.lastIndexOf(":"))}:${port}`);
    });
  });
  setInterval(() => world.letGo(), 60_000).unref();
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
}

// gRPC takes a missing port for 443, and prints its own words for an address that it cannot have.
function whenFree(address, cannot, then) {
  const [, host, port] = /^\[?([^[\]]+)\]?:(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || Number(port) > 65535) cannot("write HOST:PORT, as in 127.0.0.1:4100.");
  const probe = createServer();
  probe.on("error", (error) => cannot(`${error.message}.`));
  probe.listen(Number(port), host, () => probe.close(then));
}

function readKey(file) {
  let key = "";
  try {
    key = readFileSync(file, "utf8").trim();
  } catch (error) {
    giveUp(`The key in ${file} cannot be read: ${error.message}`);
  }
  if (key === "") giveUp(`${file} is empty; a key is one line of text.`);
  return key;
}

// Of at most kTextCharacters; no character is cut in two.
function* pieces(text) {
  for (let start = 0; start < text.length; ) {
    const isPair = /[\uD800-\uDBFF]/.test(text[start + kTextCharacters - 1] ?? "");
    const end = start + kTextCharacters - (isPair ? 1 : 0);
    yield text.slice(start, end);
    start = end;
  }
}

function weightOf({ output, edit, sideChannel }) {
  return 64 + (output?.text.length ?? edit?.text.length ?? (sideChannel ? kMessageCharacters / 4 : 0));
}

function refuse(call, code, details) {
  call.emit("error", { code, details });
}

function toValue(value) {
  if (value === null || value === undefined) return { null: true };
  if (Array.isArray(value)) return { list: { values: value.map(toValue) } };
  if (typeof value === "boolean") return { boolean: value };
  if (typeof value === "number") return Number.isSafeInteger(value) ? { integer: value } : { number: value };
  if (typeof value === "string") return { text: value };
  return { map: { fields: Object.fromEntries(Object.entries(value).map(([name, v]) => [name, toValue(v)])) } };
}

function fromValue(value) {
  if (!value?.kind || value.kind === "null") return null;
  if (value.kind === "list") return value.list.values.map(fromValue);
  if (value.kind !== "map") return value[value.kind];
  return Object.fromEntries(Object.entries(value.map.fields).map(([name, v]) => [name, fromValue(v)]));
}
