import assert from "node:assert/strict";
import { test } from "node:test";
import { readRoom, spokenExit } from "./room.js";
import { share, VitalsReader } from "./vitals.js";

test("a room has its name and its exits in compass order, however the game writes them", () => {
  assert.deepEqual(readRoom({ name: "Gate", area: "Vale", exits: { in: 1, s: 2, e: 3, n: 4, climb: 5 } }), {
    name: "Gate", area: "Vale", exits: ["n", "e", "s", "in", "climb"],
  });
  assert.deepEqual(readRoom({ name: "Gate", zone: "vale", exits: ["west", "north", "west"] }), {
    name: "Gate", area: "vale", exits: ["north", "west"],
  });
  assert.deepEqual(readRoom({ short: "Gate" }), { name: "Gate", area: "", exits: [] });
});

test("exits may be objects, a list of them, or words in a row", () => {
  const exits = (given: unknown): readonly string[] | undefined => readRoom({ name: "Gate", exits: given })?.exits;
  assert.deepEqual(exits([{ dir: "s", to: 4 }, { direction: "north", door: { closed: true } }]), ["north", "s"]);
  assert.deepEqual(exits([{ name: "out", num: 7 }, { Dir: "e", name: "The Mill" }, "w"]), ["e", "w", "out"]);
  assert.deepEqual(exits({ n: { num: 2, name: "Mill" }, climb: { cmd: "climb wall" } }), ["n", "climb"]);
  assert.deepEqual(exits({ n: 0, e: false, s: null, w: true, u: "" }), ["n", "w", "u"]);
  assert.deepEqual(exits("north, east;up"), ["north", "east", "up"]);
  assert.deepEqual(exits([{}, { dir: 7 }, [], null, { to: 3 }]), []);
});

test("a room's text is short and without control characters", () => {
  const room = readRoom({ name: `\u001b[1mA\u0007${"b".repeat(500)}`, exits: ["no\nrth", "", 7, null, "x".repeat(99)] });
  assert.equal(room?.name.length, 120);
  assert.match(room?.name ?? "", /^A b+$/);
  assert.deepEqual(room?.exits, ["no rth", "x".repeat(24)]);
  const many = readRoom({ name: "hub", exits: Array.from({ length: 100 }, (_, index) => `door ${index}`) });
  assert.equal(many?.exits.length, 24);
});

test("what is no room is none", () => {
  for (const bad of [null, undefined, 3, "room", [], {}, { name: 4 }, { name: "", exits: "" }]) assert.equal(readRoom(bad), null);
});

test("exits are spoken in full", () => {
  assert.equal(spokenExit("nw"), "Go northwest");
  assert.equal(spokenExit("climb"), "Go climb");
});

test("vitals are numbers or strings, with the maximum under any of its names", () => {
  assert.deepEqual(new VitalsReader().read({ hp: "87", maxhp: "100", mp: 4, max_mp: 6, mv: 3 }), [
    { label: "HP", now: 87, most: 100 }, { label: "MP", now: 4, most: 6 }, { label: "MV", now: 3, most: null },
  ]);
});

test("maxima sent apart and changes sent alone complete each other", () => {
  const vitals = new VitalsReader();
  vitals.read({ hp: 10, mana: 5 });
  vitals.read({ maxhp: 20, maxmana: 50 });
  assert.deepEqual(vitals.read({ hp: 8 }), [{ label: "HP", now: 8, most: 20 }, { label: "MP", now: 5, most: 50 }]);
  vitals.clear();
  assert.deepEqual(vitals.current(), []);
});

test("nonsense vitals are ignored, and a bar is never over-full", () => {
  assert.deepEqual(new VitalsReader().read({ hp: "many", mp: null, ep: {}, wp: "", mv: 1e300 }), []);
  assert.deepEqual(new VitalsReader().read([1, 2]), []);
  assert.equal(share({ label: "HP", now: 150, most: 100 }), 1);
  assert.equal(share({ label: "HP", now: -5, most: 100 }), 0);
  assert.equal(share({ label: "HP", now: 5, most: null }), 1);
});
