import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, reach } from "./columns.js";

test("letters take one column, East Asian and emoji two, accents none", () => {
  assert.equal(columnsOf("lantern"), 7);
  assert.equal(columnsOf("naïve–"), 6);
  assert.equal(columnsOf("日本"), 4);
  assert.equal(columnsOf("😀!"), 3);
  assert.equal(columnsOf("e\u0301e"), 2);
});

test("a tab reaches to the next stop", () => {
  assert.equal(columnsOf("\t"), 8);
  assert.equal(columnsOf("ab\tc"), 9);
  assert.equal(columnsOf("\t", 5), 3);
});

test("a column is found in the text, with the accents that belong to it", () => {
  assert.deepEqual(reach("lantern", 3), { index: 3, column: 3 });
  assert.deepEqual(reach("lantern", 30), { index: 7, column: 7 });
  assert.deepEqual(reach("e\u0301a", 1), { index: 2, column: 1 });
  assert.deepEqual(reach("日本", 1), { index: 1, column: 2 });
  assert.deepEqual(reach("a\tb", 4), { index: 2, column: 8 });
});
