import assert from "node:assert/strict";
import { test } from "node:test";
import { awayWords, bytesWords, gapWords, notSentWords, reconnectedWords, waitingWords } from "./words.js";

test("counting words agree with their numbers", () => {
  assert.equal(reconnectedWords(0), "Reconnected.");
  assert.equal(reconnectedWords(1), "Reconnected, 1 line replayed.");
  assert.equal(reconnectedWords(1200), "Reconnected, 1,200 lines replayed.");
  assert.equal(waitingWords(1), "1 command waiting");
  assert.equal(waitingWords(3), "3 commands waiting");
  assert.deepEqual([1, 300, 1023, 1024, 3000, 900_000, 5_000_000].map(bytesWords), [
    "1 byte", "300 bytes", "1023 bytes", "1 KB", "3 KB", "879 KB", "5 MB",
  ]);
});

test("a gap is told with its size and since when, as far as they are known", () => {
  const now = new Date(2026, 10, 23, 21, 30);
  const since = new Date(2026, 10, 23, 21, 5).toISOString();
  assert.equal(gapWords(0, since, now), "");
  assert.equal(gapWords(3100, since, now), "About 3 KB of output is missing (since 21:05).");
  assert.equal(gapWords(3100, null, now), "About 3 KB of output is missing.");
  assert.equal(gapWords(null, since, now), "Some output may be missing (since 21:05).");
  assert.equal(gapWords(null, "yesterday", now), "Some output may be missing.");
  const long = new Date(2026, 10, 21, 8, 0).toISOString();
  assert.equal(gapWords(null, long, now), "Some output may be missing (since 21 November at 08:00).");
});

test("while away the player reads what failed and what comes next", () => {
  assert.equal(awayWords({ kind: "open" }, false, 0), null);
  assert.equal(awayWords({ kind: "connecting", why: "" }, false, 0), null);
  const waiting = { kind: "waiting", why: "The gateway does not answer.", until: 4200 } as const;
  assert.deepEqual(awayWords(waiting, false, 1000), { why: "The gateway does not answer.", next: "Trying again in 4 s." });
  assert.deepEqual(awayWords(waiting, true, 1000), { why: "You are offline.", next: "Trying again in 4 s." });
  assert.equal(awayWords(waiting, false, 9000)?.next, "Trying again in 1 s.");
  assert.deepEqual(awayWords({ kind: "connecting", why: "Lost." }, false, 0), { why: "Lost.", next: "Connecting…" });
  assert.deepEqual(awayWords({ kind: "stopped", why: "You left." }, true, 0), { why: "You left.", next: "" });
});

test("commands that were not sent are named, long ones in short", () => {
  assert.equal(notSentWords(["look", "say hi"], "your place is gone"), "Not sent, because your place is gone: “look”, “say hi”.");
  assert.equal(notSentWords(["x".repeat(80)], "of this"), `Not sent, because of this: “${"x".repeat(60)}…”.`);
});
