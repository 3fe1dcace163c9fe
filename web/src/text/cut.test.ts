import assert from "node:assert/strict";
import { test } from "node:test";
import { cutBefore, cutText } from "./cut.js";

test("text within the bound is whole, longer text is cut at it", () => {
  assert.equal(cutText("lantern", 7), "lantern");
  assert.equal(cutText("lantern", 4), "lant");
  assert.equal(cutText("", 4), "");
});

test("no cut stands inside a character", () => {
  for (const letter of ["😀", "e\u0301", "👩‍👩‍👧", "🇫🇮", "é", "日"]) {
    const text = letter.repeat(5);
    for (let at = 0; at <= text.length; ++at) {
      const cut = cutText(text, at);
      assert.equal(cut, letter.repeat(Math.floor(at / letter.length)), `${letter} cut at ${at}`);
    }
  }
});

test("a letter with endless accents is cut between code points", () => {
  const text = `a${"\u0301".repeat(500)}`;
  assert.equal(cutBefore(text, 300), 300);
  const joined = "👩‍".repeat(200);
  const at = cutBefore(joined, 301);
  assert(at === 300 || at === 301, String(at));
  assert(!/[\ud800-\udbff]$/.test(joined.slice(0, at)));
});
