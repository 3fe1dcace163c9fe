import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlayers, kInSightPixels, placeAfterLayout, placeAfterScroll, type Standing } from "./standing.js";

const kNoted: Standing = { scrollTop: 1000, scrollMax: 3000, viewHeight: 600, top: 4, height: 40 };
const now = (change: Partial<Standing>): Standing => ({ ...kNoted, ...change });

test("a scroll is the player's, up or down, however small", () => {
  for (const scrollTop of [0, 999.5, 1000.5, 3000]) assert.equal(isPlayers(kNoted, now({ scrollTop })), true, `${scrollTop}`);
});

test("no scroll is nobody's, whatever else has changed", () => {
  assert.equal(isPlayers(kNoted, now({ top: -500, scrollMax: 5000, height: 20 })), false);
});

test("a log that became too short to be scrolled so far was scrolled by the browser", () => {
  assert.equal(isPlayers(kNoted, now({ scrollTop: 900, scrollMax: 900 })), false);
  assert.equal(isPlayers(kNoted, now({ scrollTop: 900, scrollMax: 1000 })), true, "long enough");
});

test("the place does not depend on scroll positions", () => {
  for (const scrollTop of [0, 700, 1300]) assert.equal(placeAfterLayout(4, kNoted, now({ scrollTop, top: -900 })), 4);
});

test("a line that wraps less comes down to show, one that wraps more stays", () => {
  const up = now({ top: -36 });
  const shown = placeAfterLayout(-36, up, now({ top: -36, height: 20 }));
  assert(shown + 20 >= kInSightPixels + 1, `${shown}`);
  assert.equal(placeAfterLayout(-36, up, now({ top: -36, height: 60 })), -36);
  assert.equal(placeAfterLayout(4, kNoted, now({ height: 20 })), 4);
});

test("a step moves the line by the step, even if the layout moved it as well", () => {
  assert.equal(placeAfterScroll(kNoted, now({ scrollTop: 950, top: 54 })), 54);
  assert.equal(placeAfterScroll(kNoted, now({ scrollTop: 950, top: 2054 })), 54);
  assert.equal(placeAfterScroll(kNoted, now({ scrollTop: 1600, top: -596 })), -596);
});

test("a jump goes where it led", () => {
  assert.equal(placeAfterScroll(kNoted, now({ scrollTop: 300, top: 2704 })), 2704);
});
