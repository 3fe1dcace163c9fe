// The play page: joins socket, log, input, status bar, announcer and settings. Everything with rules
// of its own is in a module beside; this file only wires.

import "./style/app.css";
import "wyldgate:palette.css";
import { Announcer } from "./announce/announcer.js";
import { speakInto } from "./announce/live_region.js";
import { readRoom, shortText } from "./gmcp/room.js";
import { PlaceBar } from "./gmcp/view.js";
import { VitalsReader } from "./gmcp/vitals.js";
import { InputView } from "./input/view.js";
import { LineBuffer } from "./log/lines.js";
import { LogView } from "./log/view.js";
import { element } from "./page.js";
import { Connection, gatewayAddress } from "./protocol/connection.js";
import { encodeHello, encodeLine, encodeSize, kLineBytesMax, lineBytes, type ServerMessage } from "./protocol/messages.js";
import { connectPanel } from "./settings/panel.js";
import { defaults, loadSettings, type Settings, storeSettings } from "./settings/settings.js";
import { SizeWatch } from "./size/watch.js";

declare const WYLDGATE_VERSION: string;

const touch = matchMedia("(pointer: coarse)").matches;
const root = document.documentElement;
const log = element("log", HTMLElement);
const logContent = element("log-content", HTMLElement);
const jump = element("jump", HTMLButtonElement);
const stateWords = element("state-words", HTMLElement);
const stateBox = element("state", HTMLElement);
const closedBar = element("closed", HTMLElement);
const status = element("status", HTMLElement);
const world = element("world", HTMLElement);
const input = element("input", HTMLInputElement);

let settings = loadSettings(defaults(touch));
let worldName = "";
let unreadLines = 0;

// Log and announcements.

const announcer = new Announcer(speakInto(element("announce", HTMLElement)), (run, milliseconds) => {
  setTimeout(run, milliseconds);
});
const lines = new LineBuffer({
  lineFinished: (unheard) => {
    announcer.line(unheard);
    if (document.hidden) countUnread();
  },
  promptShown: (unheard) => announcer.prompt(unheard),
});
const view = new LogView(log, logContent, (count) => {
  jump.hidden = count === 0;
  jump.textContent = count === 1 ? "1 new line" : `${count.toLocaleString("en")} new lines`;
});

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

// The title of the tab.

function showTitle(): void {
  const name = worldName === "" ? "Wyldgate" : `${worldName} · Wyldgate`;
  document.title = unreadLines > 0 ? `(${unreadLines > 99 ? "99+" : unreadLines}) ${name}` : name;
}

function countUnread(): void {
  if (++unreadLines <= 100) showTitle();
}

document.addEventListener("visibilitychange", () => {
  unreadLines = 0;
  showTitle();
});

// The connection.

const size = new SizeWatch(log, logContent, (now) => {
  connection.send(encodeSize(now));
});

type State = "connecting" | "connected" | "closed";

function showState(state: State, words: string): void {
  stateBox.dataset["state"] = state;
  stateWords.textContent = words;
  root.dataset["connection"] = state;
}

const connection = new Connection(gatewayAddress(location), {
  connecting() {
    showState("connecting", "Connecting…");
    closedBar.hidden = true;
    tell("Connecting.");
  },
  opened() {
    showState("connected", "Connected");
    tell("Connected.");
    connection.send(
      encodeHello({ version: WYLDGATE_VERSION, size: size.sendNow(), screenReader: settings.screenReader }),
    );
  },
  message: receive,
  closed(why) {
    showState("closed", "Disconnected");
    lines.say(why, "state");
    lines.restartStream();
    drawSoon();
    inputView.setSecret(false);
    place.clear();
    vitals.clear();
    element("closed-why", HTMLElement).textContent = why;
    closedBar.hidden = false;
    tell(`Disconnected. ${why}`);
  },
});

function receive(message: ServerMessage): void {
  switch (message.type) {
    case "hello":
      worldName = shortText(message.world, 80).replace(/^[a-z]+:\/\//, "");
      world.textContent = worldName;
      showTitle();
      break;
    case "text":
      lines.feed(message.text);
      break;
    case "prompt":
      lines.prompt();
      break;
    case "echo":
      if (inputView.isSecret === message.on) tell(message.on ? "What you type is shown again." : "Password: what you type is hidden.");
      inputView.setSecret(!message.on);
      break;
    case "gmcp":
      receiveGmcp(message.package.toLowerCase(), message.data);
      break;
    case "notice":
      lines.say(message.text, "notice");
      break;
    case "error":
      lines.say(`The gateway did not understand this page: ${message.text}`, "notice");
      break;
    case "bye":
    case "pong":
      break;
  }
  if (lines.waiting) drawSoon();
}

// Side channel.

const vitals = new VitalsReader();
const place = new PlaceBar(
  element("place", HTMLElement), element("room", HTMLElement), element("vitals", HTMLElement),
  element("exits", HTMLElement), (exit) => send(exit, false),
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

function send(line: string, secret: boolean): boolean {
  if (!connection.isOpen) {
    connect();
    return false;
  }
  if (lineBytes(line) > kLineBytesMax) {
    lines.say("That line is too long to send.", "state");
    tell("That line is too long to send.");
    drawSoon();
    return false;
  }
  connection.send(encodeLine(line));
  if (secret) lines.sealOpenLine();
  else lines.echo(line);
  view.toEnd();
  drawSoon();
  return true;
}

const inputView = new InputView(element("form", HTMLFormElement), input, element("input-label", HTMLElement), { send });

function connect(): void {
  connection.open();
  if (!touch) inputView.focus();
}

element("connect", HTMLButtonElement).addEventListener("click", connect);
jump.addEventListener("click", () => {
  view.toEnd();
  if (!touch) inputView.focus();
});

// A press on these leaves the focus where it is: on a phone the keyboard stays up, or down.
for (const id of ["send", "exits", "jump"]) {
  element(id, HTMLElement).addEventListener("mousedown", (event) => event.preventDefault());
}

// Typing anywhere goes to the input; page keys move the log from wherever the player is.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  if (document.querySelector(":popover-open")) return;
  const control = event.ctrlKey || event.metaKey;
  if (event.key === "PageUp" || event.key === "PageDown") {
    view.scrollPages(event.key === "PageUp" ? -1 : 1);
    event.preventDefault();
  } else if (control && (event.key === "Home" || event.key === "End")) {
    if (event.key === "Home") view.toStart();
    else view.toEnd();
    event.preventDefault();
  } else if (event.target !== input) {
    const onControl = event.target instanceof Element && event.target.closest("button, a, input, summary") !== null;
    if (event.key === "Escape") inputView.focus();
    else if (event.key.length === 1 && !control && !(onControl && event.key === " ")) inputView.focus();
    else if (control && event.key.toLowerCase() === "v") inputView.focus();
  }
});

// A click into the text means "let me type", unless it selects or follows something. Not on a phone,
// where it would bring up the keyboard.
log.addEventListener("click", (event) => {
  const selection = getSelection();
  if (touch || (selection && !selection.isCollapsed)) return;
  if (event.target instanceof Element && event.target.closest("a")) return;
  inputView.focus();
});

// Settings.

const light = matchMedia("(prefers-color-scheme: light)");

function applySettings(next: Settings): void {
  settings = next;
  const theme = next.theme === "system" ? (light.matches ? "light" : "dark") : next.theme;
  root.dataset["theme"] = theme;
  document.querySelector("meta[name=theme-color]")?.setAttribute("content", theme === "light" ? "#f2f0ea" : "#191e24");
  root.style.setProperty("--log-size", `${next.fontPixels}px`);
  root.classList.toggle("no-wrap", !next.wrap);
  root.classList.toggle("full-width", next.fullWidth);
  inputView.keepSentLine = next.keepSentLine;
  size.check();
}

light.addEventListener("change", () => applySettings(settings));
connectPanel(settings, (next) => {
  storeSettings(next);
  applySettings(next);
});
applySettings(settings);
showTitle();
void document.fonts.ready.then(connect);
