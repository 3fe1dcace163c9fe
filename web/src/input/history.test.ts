import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "./history.js";

function filled(...lines: string[]): History {
  const history = new History();
  for (const line of lines) history.add(line);
  return history;
}

test("up walks back, down forward to what was being typed", () => {
  const history = filled("look", "north", "say hi");
  assert.equal(history.older(""), "say hi");
  assert.equal(history.older("say hi"), "north");
  assert.equal(history.older("north"), "look");
  assert.equal(history.older("look"), null);
  assert.equal(history.newer(), "north");
  assert.equal(history.newer(), "say hi");
  assert.equal(history.newer(), "");
  assert.equal(history.newer(), null);
});

test("only lines that begin with what was typed are visited, and it comes back", () => {
  const history = filled("say one", "north", "say two", "look");
  assert.equal(history.older("say"), "say two");
  assert.equal(history.older("say two"), "say one");
  assert.equal(history.older("say one"), null);
  assert.equal(history.newer(), "say two");
  assert.equal(history.newer(), "say");
  assert.equal(history.older("xyz"), null);
});

test("from a sent line that is only shown, up goes to the one before it", () => {
  const history = filled("look", "north");
  assert.equal(history.older("north", ""), "look");
  assert.equal(history.newer(), "north");
  assert.equal(history.newer(), "north", "the draft, which was the shown line");
  assert.equal(history.newer(), null);
});

test("repeats and blank lines are not kept", () => {
  const history = filled("look", "look", "", "   ", "north", "look");
  assert.equal(history.length, 3);
});

test("the oldest lines go at the bound", () => {
  const history = new History(3);
  for (const line of ["a", "b", "c", "d"]) history.add(line);
  assert.equal(history.length, 3);
  assert.deepEqual([history.older(""), history.older(""), history.older(""), history.older("")], ["d", "c", "b", null]);
});

test("editing ends the walk: the next one starts from the edited text", () => {
  const history = filled("say one", "look");
  assert.equal(history.older(""), "look");
  history.stop();
  assert.equal(history.older("say"), "say one");
  assert.equal(history.newer(), "say");
});
