import assert from "node:assert/strict";
import { test } from "node:test";
import { clampFont, defaults, kFontPixelsMax, kFontPixelsMin, parseSettings } from "./settings.js";

test("what was stored comes back", () => {
  const chosen = { ...defaults(false), theme: "light" as const, fontPixels: 20, wrap: false, screenReader: true };
  assert.deepEqual(parseSettings(JSON.stringify(chosen), defaults(true)), chosen);
});

test("anything else in the storage falls back, key by key", () => {
  const base = defaults(false);
  for (const bad of [null, "", "{", "null", "[]", "7", '{"theme":"pink","fontPixels":"big","wrap":1}']) {
    assert.deepEqual(parseSettings(bad, base), base, String(bad));
  }
  assert.equal(parseSettings('{"theme":"dark","wrap":"x"}', base).theme, "dark");
});

test("the text size has bounds", () => {
  assert.equal(clampFont(1, 15), kFontPixelsMin);
  assert.equal(clampFont(1000, 15), kFontPixelsMax);
  assert.equal(clampFont(NaN, 15), 15);
  assert.equal(clampFont(15.4, 12), 15);
});

test("by default the sent line is cleared: Enter alone must not send a command again", () => {
  for (const touch of [true, false]) assert.equal(defaults(touch).repeatSentLine, false);
  // Under this name an earlier page stored its default, which was on.
  assert.equal(parseSettings('{"keepSentLine":true}', defaults(false)).repeatSentLine, false);
  assert.equal(parseSettings('{"repeatSentLine":true}', defaults(false)).repeatSentLine, true);
});
