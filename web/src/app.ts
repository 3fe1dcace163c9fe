// The play page: joins socket, log, input, status bar, announcer and settings. Everything with rules
// of its own is in a module beside; this file only wires.

import "./style/app.css";
import "wyldgate:palette.css";
import { Announcer } from "./announce/announcer.js";
import { speakInto } from "./announce/live_region.js";
import { Editor } from "./edit/editor.js";
import { readRoom, shortText } from "./gmcp/room.js";
import { PlaceBar } from "./gmcp/view.js";
import { VitalsReader } from "./gmcp/vitals.js";
import { typeAnywhere } from "./input/anywhere.js";
import { InputView } from "./input/view.js";
import { LineBuffer } from "./log/lines.js";
import { LogView } from "./log/view.js";
import { element } from "./page.js";
import { Connection, type Ending, gatewayAddress, kNoAnswer } from "./protocol/connection.js";
import {
  encodeCode, encodeHello, encodeLine, encodePing, encodeSize, encodeTokenKept, kLineBytesMax, lineExcess, type ServerMessage, textBytes,
} from "./protocol/messages.js";
import { kPageClock } from "./resume/clock.js";
import { Comeback } from "./resume/comeback.js";
import { Heartbeat } from "./resume/heartbeat.js";
import { HeldView, LinkBar } from "./resume/link_bar.js";
import { NewsBar } from "./resume/news_bar.js";
import { Patience } from "./resume/patience.js";
import { tabPlaceStore } from "./resume/place_store.js";
import { type LinkState, Reconnector } from "./resume/reconnector.js";
import { Visit } from "./resume/visit.js";
import { DevicePart } from "./settings/device.js";
import { connectPanel } from "./settings/panel.js";
import { defaults, loadSettings, type Settings, storeSettings } from "./settings/settings.js";
import { SizeWatch } from "./size/watch.js";
import { TabTitle } from "./title.js";

declare const WYLDGATE_VERSION: string;

const kSaveMilliseconds = 2000; // how old the place may be that a crashed tab comes back to

const touch = matchMedia("(pointer: coarse)").matches;
const root = document.documentElement;
const log = element("log", HTMLElement);
const logContent = element("log-content", HTMLElement);
const jump = element("jump", HTMLButtonElement);
const stateWords = element("state-words", HTMLElement);
const stateBox = element("state", HTMLElement);
const status = element("status", HTMLElement);
const world = element("world", HTMLElement);
const input = element("input", HTMLInputElement);

let settings = loadSettings(defaults(touch));
const title = new TabTitle();

// Log and announcements.

const announcer = new Announcer(speakInto(element("announce", HTMLElement)), (run, milliseconds) => {
  setTimeout(run, milliseconds);
});
const lines = new LineBuffer({
  // What is replayed was heard before, or is summed up in one sentence.
  lineFinished: (unheard) => {
    if (!comeback.replaying) announcer.line(unheard);
    title.lineCame();
  },
  promptShown: (unheard) => {
    if (!comeback.replaying) announcer.prompt(unheard);
  },
});
const view = new LogView(log, logContent, (count) => {
  jump.hidden = count === 0;
  jump.textContent = count === 1 ? "1 new line" : `${count.toLocaleString("en")} new lines`;
});

let quietTimer: ReturnType<typeof setTimeout> | undefined;
function awaitQuiet(): void {
  clearTimeout(quietTimer);
  quietTimer = setTimeout(() => {
    lines.quiet();
    if (lines.waiting) drawSoon();
  }, kQuietMilliseconds);
}

let frame = 0;
function drawSoon(): void {
  if (frame !== 0) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    view.draw(lines.drain());
  });
}

function tell(sentence: string): void {
  status.textContent = sentence;
}

// Seen as well as heard.
function say(sentence: string): void {
  lines.say(sentence, "state");
  tell(sentence);
  drawSoon();
}

// The connection.

const size = new SizeWatch(log, logContent, (now) => {
  connection.send(encodeSize(now));
});
const address = gatewayAddress(location.href);
const comeback = new Comeback(tabPlaceStore(new URL(address).pathname));
const news = new NewsBar(tell);
const patience = new Patience();
let lineBytesMax = kLineBytesMax;
let gameEchoes = false; // the game shows what is typed, as it shows everything
let refusal = ""; // why the gateway will not take us back now
let refusals = 0; // how often in a row it would not
let toldWhy = ""; // the last reason for being away that was said aloud

const kQuietMilliseconds = 600; // no more text for so long: what stands there may be a prompt
const kRefusalsMax = 3; // then the player may start over: perhaps the place is at a gateway that nobody reaches
const kLeftAlone = "You have been away for a while, so this page waits for you.";
const kStateWords = {
  connecting: "Reconnecting…", open: "Connected", waiting: "Reconnecting…", stopped: "Disconnected",
} as const;

const connection = new Connection(address, {
  opened() {
    heartbeat.opened();
    reconnector.opened();
    const { screenReader } = settings;
    connection.send(
      encodeHello({ version: WYLDGATE_VERSION, size: size.sendNow(), screenReader, resume: comeback.request() }),
    );
  },
  heard: () => heartbeat.heard(),
  message: receive,
  closed,
});

const heartbeat = new Heartbeat(kPageClock, {
  ping: (id) => connection.send(encodePing(id)),
  dead: () => connection.fail(kNoAnswer),
});

const reconnector = new Reconnector(kPageClock, Math.random, {
  open: () => connection.open(),
  abandon: () => connection.abandon(),
  changed: showLink,
});
const linkBar = new LinkBar(kPageClock, () => {
  patience.playerActed();
  connect();
}, () => {
  patience.playerActed();
  refusals = 0;
  comeback.forget();
  visit.end("You have started over.");
  connect();
  drawSoon();
});
const visit: Visit = new Visit({
  comeback,
  lines,
  news,
  heldView: new HeldView(() => {
    visit.forgetHeld();
    inputView.focus();
  }),
  send: (message) => connection.send(message),
  tell,
  ping: () => heartbeat.ask(),
  asksForSecret: () => inputView.isSecret,
    forgetSecret: () => forgetEcho(),
    began: () => patience.sessionBegan(),
  ended() {
    forgetEcho();
    place.clear();
    vitals.clear();
    editor.lost();
  },
});

// A session starts, and is resumed, with the page showing what is typed.
function forgetEcho(): void {
  inputView.setSecret(false);
  gameEchoes = false;
}

function showLink(state: LinkState): void {
  const first = state.kind === "connecting" && state.why === "";
  stateBox.dataset["state"] = root.dataset["connection"] = state.kind;
  stateWords.textContent = first ? "Connecting…" : kStateWords[state.kind];
  linkBar.show(state, refusals >= kRefusalsMax);
  if (first) tell("Connecting.");
  if (state.kind === "stopped") tell(`Disconnected. ${state.why}`);
  // Every attempt may fail for the same reason; that is said once.
  if (state.kind === "waiting" && state.why !== toldWhy) {
    toldWhy = state.why;
    tell(`Disconnected. ${state.why} Reconnecting by itself.`);
  }
}

function closed({ why, opened, bye }: Ending): void {
  heartbeat.closed();
  news.clear();
  device.disconnected();
  editor.disconnected();
  // At the login prompt nothing can be missed: the next visit begins when somebody is here.
  const over = bye !== null && (!bye.retry || bye.reason === "taken_over" || bye.reason === "login_deadline");
  const retry = !over && !patience.isOver;
  if (!retry && bye?.reason !== "violation") comeback.forget();
  comeback.save();
  visit.interrupted();
  if (!comeback.canReturn) visit.end(why);
  else if (!retry) lines.say(why, "state");
  const words = bye === null && refusal !== "" && opened ? refusal : why;
  reconnector.closed(!retry && !over ? `${words} ${kLeftAlone}` : words, retry);
  refusal = "";
  drawSoon();
}

let saveTimer: ReturnType<typeof setTimeout> | undefined;
function count(bytes: number, endsLine: boolean): void {
  comeback.count(bytes, endsLine);
  saveTimer ??= setTimeout(() => {
    saveTimer = undefined;
    comeback.save();
  }, kSaveMilliseconds);
}

function receive(message: ServerMessage): void {
  switch (message.type) {
    case "hello":
      world.textContent = shortText(message.world, 80).replace(/^[a-z]+:\/\//, "");
      title.setWorld(world.textContent);
      ({ lineBytes: lineBytesMax } = message);
      if (!comeback.hello(message.start)) visit.lost("");
      else if (!comeback.waitsForAnswer) visit.begin();
      if (!comeback.waitsForAnswer) toldWhy = "";
      break;
    case "text":
      if (message.text !== "") count(textBytes(message.text), message.text.endsWith("\n"));
      lines.feed(message.text);
      awaitQuiet();
      break;
    case "prompt":
      count(1, true);
      lines.prompt();
      break;
    case "echo":
      if (inputView.isSecret !== message.secret)
        tell(message.secret ? "Password: your typing is hidden." : "Your typing is visible again.");
      inputView.setSecret(message.secret);
      gameEchoes = !message.on && !message.secret;
      break;
    case "gmcp":
      receiveGmcp(message.package.toLowerCase(), message.data);
      break;
    case "notice":
      count(textBytes(message.text), true);
      lines.say(message.text, "notice");
      break;
    case "error":
      lines.say(`The gateway did not understand this page: ${message.text}`, "notice");
      break;
    case "resumed":
      refusals = message.result === "busy" ? refusals + 1 : 0;
      if (message.result === "busy") refusal = message.text;
      else visit.resumed(message);
      // The session that began instead has given its token already.
      if (message.result === "gone" && comeback.canReturn) connection.send(encodeTokenKept());
      if (!comeback.waitsForAnswer) toldWhy = "";
      break;
    case "replayed":
      visit.replayed();
      break;
    case "position":
      comeback.moved(message.start);
      lines.restartStream();
      break;
    case "token":
      if (comeback.keep(message.token)) connection.send(encodeTokenKept());
      break;
    case "code":
      device.received(shortText(message.code, 40));
      break;
    case "world":
      news.world(message.here, shortText(message.text, 300));
      break;
    case "waiting":
      news.setWaiting(message.count);
      break;
    case "edit":
      editor.open(message);
      break;
    case "edit_closed":
      editor.closed(message.edit);
      break;
    case "pong":
      visit.pong(message.id);
      editor.confirmed();
      break;
    case "bye":
      break;
  }
  if (lines.waiting) drawSoon();
}

// What happens around the page.

document.addEventListener("visibilitychange", () => {
  heartbeat.setVisible(!document.hidden);
  if (document.hidden) comeback.save();
  else reconnector.wake(false);
});
addEventListener("pagehide", () => comeback.save());
addEventListener("pageshow", (event) => reconnector.wake(event.persisted));
addEventListener("online", () => {
  linkBar.refresh();
  heartbeat.check();
  reconnector.wake(true);
});
addEventListener("offline", () => {
  linkBar.refresh();
  heartbeat.check();
});

// Side channel.

const vitals = new VitalsReader();
const place = new PlaceBar(
  element("place", HTMLElement), element("room", HTMLElement), element("vitals", HTMLElement),
  element("exits", HTMLElement), (exit) => send(exit, false), () => inputView.focus(),
);

function receiveGmcp(name: string, data: unknown): void {
  if (name === "room.info") {
    const room = readRoom(data);
    if (room) place.showRoom(room);
  } else if (name === "char.vitals" || name === "char.maxstats") {
    place.showVitals(vitals.read(data));
  }
}

// Input.

// False: the line stays in the input.
function send(line: string, secret: boolean): boolean {
  patience.playerActed();
  const away = !connection.isOpen || comeback.waitsForAnswer || comeback.replaying || visit.holds;
  if (away && !comeback.canReturn) {
    if (line === "" || reconnector.state.kind === "stopped") connect();
    else reconnector.wake(false);
    return false;
  }
  if (away && line === "" && !secret) {
    if (!connection.isOpen) connect();
    return true;
  }
  const excess = lineExcess(line, lineBytesMax);
  if (excess > 0) {
    say(`That line is too long to send, by ${excess.toLocaleString("en")} bytes.`);
    return false;
  }
  if (away) return visit.hold(line, secret);
  connection.send(encodeLine(line, secret));
  if (secret) lines.sealOpenLine();
  else if (!gameEchoes) lines.echo(line);
  view.toEnd();
  drawSoon();
  return true;
}

const inputView = new InputView(element("form", HTMLFormElement), input, element("input-label", HTMLElement), {
  send,
  secretChanged: (secret) => place.pauseExits(secret),
  tell,
  refused: say,
});
const editor = new Editor((message) => {
  if (comeback.waitsForAnswer || !connection.send(message)) return false;
  heartbeat.check(); // its answer says that the text arrived
  return true;
});

function connect(): void {
  reconnector.connect();
  if (!touch) inputView.focus();
}

jump.addEventListener("click", () => {
  view.toEnd();
  if (!touch) inputView.focus();
});
typeAnywhere(input, log, view, touch);

// Settings.

const light = matchMedia("(prefers-color-scheme: light)");

function applySettings(next: Settings): void {
  if (next.fontPixels !== settings.fontPixels || next.wrap !== settings.wrap) view.rewrapped();
  settings = next;
  const theme = next.theme === "system" ? (light.matches ? "light" : "dark") : next.theme;
  root.dataset["theme"] = theme;
  document.querySelector("meta[name=theme-color]")?.setAttribute("content", theme === "light" ? "#f2f0ea" : "#191e24");
  root.style.setProperty("--log-size", `${next.fontPixels}px`);
  root.classList.toggle("no-wrap", !next.wrap);
  root.classList.toggle("full-width", next.fullWidth);
  inputView.keepSentLine = next.repeatSentLine;
  size.check();
}

light.addEventListener("change", () => applySettings(settings));
connectPanel(settings, (next) => {
  storeSettings(next);
  applySettings(next);
});
applySettings(settings);
const device = new DevicePart(() => !comeback.waitsForAnswer && connection.send(encodeCode()), tell);
heartbeat.setVisible(!document.hidden);
void document.fonts.ready.then(connect);
