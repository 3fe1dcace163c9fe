import assert from "node:assert/strict";
import { test } from "node:test";
import { kNewSessionsMax, Patience } from "./patience.js";

test("a page that is left alone begins a few sessions, and no more", () => {
  const patience = new Patience();
  for (let session = 1; session < kNewSessionsMax; ++session) {
    patience.sessionBegan();
    assert.equal(patience.isOver, false, `after session ${session}`);
  }
  patience.sessionBegan();
  assert.equal(patience.isOver, true);
});

test("what the player does begins the count anew", () => {
  const patience = new Patience();
  for (let session = 0; session < 5 * kNewSessionsMax; ++session) {
    patience.sessionBegan();
    assert.equal(patience.isOver, false);
    patience.playerActed();
  }
});
