import assert from "node:assert/strict";
import { test } from "node:test";
import { kColumnsMax, kRowsMax, sameSize, windowSize } from "./measure.js";

test("as many cells as fit whole", () => {
  assert.deepEqual(windowSize({ width: 903, height: 640, cellWidth: 9.03, cellHeight: 21.75 }), { columns: 100, rows: 29 });
  assert.deepEqual(windowSize({ width: 902.9, height: 43.4, cellWidth: 9.03, cellHeight: 21.75 }), { columns: 99, rows: 1 });
});

test("a line that fits exactly loses nothing to rounding", () => {
  for (let columns = 1; columns <= kColumnsMax; ++columns) {
    const cellWidth = 8.4286;
    assert.equal(windowSize({ width: columns * cellWidth, height: 100, cellWidth, cellHeight: 20 })?.columns, columns);
  }
});

test("never none and never absurdly many", () => {
  assert.deepEqual(windowSize({ width: 1, height: 1, cellWidth: 9, cellHeight: 20 }), { columns: 1, rows: 1 });
  assert.deepEqual(windowSize({ width: 1e6, height: 1e6, cellWidth: 9, cellHeight: 20 }), { columns: kColumnsMax, rows: kRowsMax });
});

test("a page that is not laid out has no size", () => {
  for (const bad of [0, -3, NaN]) {
    assert.equal(windowSize({ width: bad, height: 10, cellWidth: 9, cellHeight: 20 }), null);
    assert.equal(windowSize({ width: 10, height: 10, cellWidth: bad, cellHeight: 20 }), null);
  }
});

test("sizes are the same when both numbers are", () => {
  assert.equal(sameSize({ columns: 80, rows: 24 }, { columns: 80, rows: 24 }), true);
  assert.equal(sameSize({ columns: 80, rows: 24 }, { columns: 80, rows: 25 }), false);
  assert.equal(sameSize(null, { columns: 80, rows: 24 }), false);
});
