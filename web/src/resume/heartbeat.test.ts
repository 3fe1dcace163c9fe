import assert from "node:assert/strict";
import { test } from "node:test";
import { TestClock } from "../testing/clock.js";
import { Heartbeat } from "./heartbeat.js";

function setUp(): { clock: TestClock; heartbeat: Heartbeat; seen: string[] } {
  const clock = new TestClock();
  const seen: string[] = [];
  const heartbeat = new Heartbeat(clock, {
    ping: (id) => seen.push(`ping ${id} at ${clock.now()}`),
    dead: () => seen.push(`dead at ${clock.now()}`),
  });
  return { clock, heartbeat, seen };
}

test("an answered ping is followed by the next; an unanswered one is the end", () => {
  const { clock, heartbeat, seen } = setUp();
  heartbeat.opened();
  clock.pass(20_000);
  heartbeat.heard();
  clock.pass(20_000);
  clock.pass(60_000);
  assert.deepEqual(seen, ["ping 1 at 20000", "ping 2 at 40000", "dead at 50000"]);
  assert.equal(clock.armed, 0);
});

test("any bytes count as an answer", () => {
  const { clock, heartbeat, seen } = setUp();
  heartbeat.opened();
  clock.pass(29_999);
  heartbeat.heard();
  clock.pass(1000);
  assert.deepEqual(seen, ["ping 1 at 20000"]);
});

test("a hidden page does not ask, and asks at once when it is seen again", () => {
  const { clock, heartbeat, seen } = setUp();
  heartbeat.opened();
  clock.pass(20_000);
  heartbeat.setVisible(false);
  clock.pass(600_000);
  assert.deepEqual(seen, ["ping 1 at 20000"]);
  heartbeat.setVisible(true);
  clock.pass(10_000);
  assert.deepEqual(seen.slice(1), ["ping 2 at 620000", "dead at 630000"]);
});

test("a page that opens hidden waits until it is seen", () => {
  const { clock, heartbeat, seen } = setUp();
  heartbeat.setVisible(false);
  heartbeat.opened();
  clock.pass(100_000);
  assert.deepEqual(seen, []);
});

test("asking at once does not push an earlier deadline away", () => {
  const { clock, heartbeat, seen } = setUp();
  heartbeat.opened();
  heartbeat.check();
  for (let second = 0; second < 12; ++second) {
    heartbeat.check();
    clock.pass(1000);
  }
  assert.deepEqual(seen, ["ping 1 at 0", "dead at 10000"]);
});

test("one who needs an answer of their own gets a ping of their own", () => {
  const { clock, heartbeat, seen } = setUp();
  heartbeat.opened();
  heartbeat.check();
  clock.pass(5000);
  assert.equal(heartbeat.ask(), 2);
  clock.pass(10_000);
  assert.deepEqual(seen, ["ping 1 at 0", "ping 2 at 5000", "dead at 15000"]);
});

test("without a connection nothing is asked", () => {
  const { clock, heartbeat, seen } = setUp();
  heartbeat.check();
  heartbeat.opened();
  heartbeat.closed();
  heartbeat.check();
  heartbeat.setVisible(true);
  clock.pass(100_000);
  assert.deepEqual(seen, []);
  assert.equal(clock.armed, 0);
});
