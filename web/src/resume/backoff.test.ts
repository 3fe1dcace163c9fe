import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "./backoff.js";

test("waits double up to half a minute", () => {
  const backoff = new Backoff(() => 0.5);
  const waits = Array.from({ length: 8 }, () => backoff.next(0));
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test("chance spreads a wait from half to one and a half of it", () => {
  assert.equal(new Backoff(() => 0).next(0), 500);
  assert.equal(new Backoff(() => 0.999).next(0), 1499);
  const late = new Backoff(() => 0.999);
  for (let failure = 0; failure < 50; ++failure) late.next(0);
  assert.equal(late.next(0), 44_970);
});

test("only a connection that lasted makes the waits short again", () => {
  const backoff = new Backoff(() => 0.5);
  backoff.next(0);
  backoff.next(0);
  assert.equal(backoff.next(9_999), 4000, "opened and thrown out is a failure too");
  assert.equal(backoff.next(10_000), 1000);
  assert.equal(backoff.next(0), 2000);
});
