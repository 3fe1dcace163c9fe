import assert from "node:assert/strict";
import { test } from "node:test";
import { TestClock } from "../testing/clock.js";
import { Reconnector } from "./reconnector.js";

function setUp(): { clock: TestClock; reconnector: Reconnector; seen: string[] } {
  const clock = new TestClock();
  const seen: string[] = [];
  const reconnector = new Reconnector(clock, () => 0.5, {
    open: () => seen.push(`open at ${clock.now()}`),
    abandon: () => seen.push("abandon"),
    changed: (state) => seen.push(state.kind === "waiting" ? `waiting until ${state.until}` : state.kind),
  });
  return { clock, reconnector, seen };
}

test("a connection that breaks is tried again, each time later", () => {
  const { clock, reconnector, seen } = setUp();
  reconnector.connect();
  reconnector.opened();
  reconnector.closed("lost", true);
  clock.pass(1000);
  reconnector.closed("lost", true);
  clock.pass(2000);
  assert.deepEqual(seen, [
    "connecting", "open at 0", "open", "waiting until 1000", "connecting", "open at 1000",
    "waiting until 3000", "connecting", "open at 3000",
  ]);
});

test("waking ends a wait at once, and leaves no timer behind", () => {
  const { clock, reconnector, seen } = setUp();
  reconnector.connect();
  reconnector.closed("no answer", true);
  clock.pass(100);
  reconnector.wake(false);
  assert.deepEqual(seen.slice(-2), ["connecting", "open at 100"]);
  assert.equal(clock.armed, 0);
});

test("an attempt under way is begun anew only where that helps", () => {
  const { reconnector, seen } = setUp();
  reconnector.connect();
  reconnector.wake(false);
  assert.equal(seen.length, 2);
  reconnector.wake(true);
  assert.deepEqual(seen.slice(2), ["abandon", "connecting", "open at 0"]);
  reconnector.connect();
  assert.deepEqual(seen.slice(5), ["abandon", "connecting", "open at 0"]);
});

test("a final refusal stops it until the player says otherwise", () => {
  const { clock, reconnector, seen } = setUp();
  reconnector.connect();
  reconnector.opened();
  reconnector.closed("You left.", false);
  clock.pass(1_000_000);
  reconnector.wake(true);
  assert.deepEqual(seen, ["connecting", "open at 0", "open", "stopped"]);
  assert.deepEqual(reconnector.state, { kind: "stopped", why: "You left." });
  reconnector.connect();
  assert.deepEqual(seen.slice(4), ["connecting", "open at 1000000"]);
});

test("nothing disturbs an open connection", () => {
  const { reconnector, seen } = setUp();
  reconnector.connect();
  reconnector.opened();
  reconnector.wake(true);
  reconnector.connect();
  assert.deepEqual(seen, ["connecting", "open at 0", "open"]);
});

test("an attempt remembers why it was needed", () => {
  const { reconnector } = setUp();
  reconnector.connect();
  assert.deepEqual(reconnector.state, { kind: "connecting", why: "" });
  reconnector.closed("no answer", true);
  reconnector.connect();
  assert.deepEqual(reconnector.state, { kind: "connecting", why: "no answer" });
});
