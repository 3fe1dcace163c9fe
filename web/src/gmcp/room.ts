// Room.Info as games send it, made safe to show. Pure.

import { cutText } from "../text/cut.js";

export interface Room {
  readonly name: string;
  readonly area: string;
  readonly exits: readonly string[];
}

const kNameCharsMax = 120;
const kExitCharsMax = 24;
const kExitsMax = 24;

const kCompass = [
  "n", "north", "ne", "northeast", "e", "east", "se", "southeast", "s", "south", "sw", "southwest", "w", "west",
  "nw", "northwest", "u", "up", "d", "down", "in", "out",
];

export function shortText(value: unknown, charsMax: number): string {
  if (typeof value !== "string") return "";
  const text = value
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, "")
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")
    .trim();
  return cutText(text, charsMax);
}

export function readRoom(data: unknown): Room | null {
  if (typeof data !== "object" || data === null) return null;
  const fields = data as Record<string, unknown>;
  const name = shortText(fields["name"] ?? fields["short"], kNameCharsMax);
  const exits = readExits(fields["exits"]);
  if (name === "" && exits.length === 0) return null;
  return { name, area: shortText(fields["area"] ?? fields["zone"], kNameCharsMax), exits };
}

// {"n": 12, ...}, {"n": {"to": 12}, ...}, ["north", ...], [{"dir": "north", ...}, ...] or "n, e"; compass order, then
// the rest as the game has them. An exit that is false or null is none.
function readExits(value: unknown): string[] {
  const exits = givenExits(value).map((exit) => shortText(exit, kExitCharsMax)).filter((exit) => exit !== "");
  const rank = (exit: string): number => {
    const place = kCompass.indexOf(exit.toLowerCase());
    return place < 0 ? kCompass.length : place;
  };
  return [...new Set(exits)].sort((one, other) => rank(one) - rank(other)).slice(0, kExitsMax);
}

// The word to type comes before the name of where it leads.
const kExitNames = ["dir", "direction", "exit", "command", "cmd", "keyword", "short", "name", "label", "title"];

function givenExits(value: unknown): unknown[] {
  if (typeof value === "string") return value.split(/[\s,;]+/);
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.map((exit: unknown) => (typeof exit === "object" && exit !== null ? exitName(exit) : exit));
  return Object.entries(value).flatMap(([exit, there]) => (there === false || there === null ? [] : [exit]));
}

function exitName(exit: object): unknown {
  const fields = new Map(Object.entries(exit).map(([name, value]) => [name.toLowerCase(), value as unknown]));
  return kExitNames.map((name) => fields.get(name)).find((value) => typeof value === "string" && value !== "");
}

const kLong: Record<string, string> = {
  n: "north", ne: "northeast", e: "east", se: "southeast", s: "south", sw: "southwest", w: "west", nw: "northwest",
  u: "up", d: "down",
};

export function spokenExit(exit: string): string {
  return `Go ${kLong[exit.toLowerCase()] ?? exit}`;
}
