import assert from "node:assert/strict";
import { test } from "node:test";
import { pastedLines } from "./pasted.js";

test("one line is left to the input, with a line end or without", () => {
  for (const text of ["north", "north\n", "north\r\n", "", "\n"]) assert.equal(pastedLines("", text, ""), null, JSON.stringify(text));
});

test("several lines stay several, whatever ends them", () => {
  for (const end of ["\n", "\r\n", "\r", "\u2028"]) {
    assert.deepEqual(pastedLines("", ["north", "east", "say hello", ""].join(end), ""), ["north", "east", "say hello"]);
  }
  assert.deepEqual(pastedLines("", "one\n\ntwo", ""), ["one", "", "two"], "an empty line is a line");
});

test("what stood in the input belongs to the first and the last line", () => {
  assert.deepEqual(pastedLines("say ", "hello\nnorth\n", ""), ["say hello", "north"]);
  assert.deepEqual(pastedLines("say ", "hello\nno", "rth"), ["say hello", "north"]);
  assert.deepEqual(pastedLines("", "say hi\n", "look"), ["say hi", "look"]);
});
