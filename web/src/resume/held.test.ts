import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldLines, kHeldMax } from "./held.js";

test("lines are kept in order, up to the bound, and handed over once", () => {
  const held = new HeldLines();
  for (let line = 0; line < kHeldMax; ++line) assert(held.add(`line ${line}`));
  assert.equal(held.add("one too many"), false);
  const taken = held.take();
  assert.equal(taken.length, kHeldMax);
  assert.deepEqual([taken[0], taken[kHeldMax - 1]], ["line 0", "line 19"]);
  assert.deepEqual(held.take(), []);
  assert(held.add("room again"));
});
