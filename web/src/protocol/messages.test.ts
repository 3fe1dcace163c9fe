import assert from "node:assert/strict";
import { test } from "node:test";
import {
  closeReason, decode, encodeCode, encodeEdited, encodeHello, encodeLine, encodePing, encodeSize, encodeTokenKept, lineExcess, textBytes,
} from "./messages.js";

test("what the page says is exactly the documented form", () => {
  assert.equal(
    encodeHello({ version: "0.1.0", size: { columns: 100, rows: 30 }, screenReader: false, resume: null }),
    '{"type":"hello","client":"wyldgate-web","version":"0.1.0","columns":100,"rows":30,' +
      '"gmcp":["Core 1","Char 1","Room 1"],"screen_reader":false}',
  );
  assert.match(
    encodeHello({ version: "0.1.0", size: { columns: 1, rows: 1 }, screenReader: true, resume: { token: "aZ_-", epoch: 3, offset: 7 } }),
    /"screen_reader":true,"resume":\{"token":"aZ_-","epoch":3,"offset":7\}\}$/,
  );
  assert.equal(encodePing(7), '{"type":"ping","id":7}');
  assert.equal(encodeTokenKept(), '{"type":"token_kept"}');
  assert.equal(encodeCode(), '{"type":"code"}');
  assert.equal(encodeEdited(7, "a\nb"), '{"type":"edited","edit":7,"text":"a\\nb"}');
  assert.equal(encodeEdited(7, null), '{"type":"edited","edit":7,"cancelled":true}');
  assert.equal(encodeLine('say "ü" \\', false), '{"type":"line","text":"say \\"ü\\" \\\\"}');
  assert.equal(encodeLine("hunter2", true), '{"type":"line","text":"hunter2","secret":true}');
  assert.equal(encodeSize({ columns: 80, rows: 24 }), '{"type":"size","columns":80,"rows":24}');
});

test("every message of the gateway is understood", () => {
  const said: [string, unknown][] = [
    ['{"type":"hello","session":"s","world":"demo","version":"0.1.0"}', { type: "hello", session: "s", world: "demo", version: "0.1.0", start: null, lineBytes: 4096 }],
    ['{"type":"hello","epoch":3,"offset":9,"line_bytes":65536}', { type: "hello", session: "", world: "", version: "", start: { epoch: 3, offset: 9 }, lineBytes: 65536 }],
    ['{"type":"hello","line_bytes":-1}', { type: "hello", session: "", world: "", version: "", start: null, lineBytes: 4096 }],
    ['{"type":"text","text":"a\\u001b[1mb\\n"}', { type: "text", text: "a\u001b[1mb\n" }],
    ['{"type":"prompt"}', { type: "prompt" }],
    ['{"type":"echo","on":false}', { type: "echo", on: false, secret: true }],
    ['{"type":"echo","on":true}', { type: "echo", on: true, secret: false }],
    ['{"type":"echo","on":false,"secret":false}', { type: "echo", on: false, secret: false }],
    ['{"type":"gmcp","package":"Room.Info","data":{"name":"x"}}', { type: "gmcp", package: "Room.Info", data: { name: "x" } }],
    ['{"type":"gmcp","package":"Core.Ping"}', { type: "gmcp", package: "Core.Ping", data: null }],
    ['{"type":"notice","text":"n"}', { type: "notice", text: "n" }],
    ['{"type":"pong","id":7}', { type: "pong", id: 7 }],
    ['{"type":"bye","reason":"shutdown","text":"t","retry":true}', { type: "bye", reason: "shutdown", text: "t", retry: true }],
    ['{"type":"bye","reason":"shutdown","text":"\\nGood night. \\n","retry":true}',
      { type: "bye", reason: "shutdown", text: "Good night.", retry: true }],
    ['{"type":"bye"}', { type: "bye", reason: "", text: "", retry: false }],
    ['{"type":"error","text":"e"}', { type: "error", text: "e" }],
    ['{"type":"resumed","result":"resumed","final":false,"session":"s","epoch":3,"offset":9,"lines":2,"bytes":80,"missing":0,"since":null,"text":"t"}',
      { type: "resumed", result: "resumed", start: { epoch: 3, offset: 9 }, lines: 2, missing: 0, since: null, text: "t" }],
    ['{"type":"resumed","result":"resumed_with_gap","epoch":4,"offset":0,"lines":0,"missing":null,"since":"2026-11-23T21:05:00Z","text":"t"}',
      { type: "resumed", result: "resumed_with_gap", start: { epoch: 4, offset: 0 }, lines: 0, missing: null, since: "2026-11-23T21:05:00Z", text: "t" }],
    ['{"type":"resumed","result":"gone","final":true}',
      { type: "resumed", result: "gone", start: { epoch: 0, offset: 0 }, lines: 0, missing: null, since: null, text: "" }],
    ['{"type":"replayed"}', { type: "replayed" }],
    ['{"type":"position","epoch":3,"offset":9}', { type: "position", start: { epoch: 3, offset: 9 } }],
    ['{"type":"token","token":"aZ09_-"}', { type: "token", token: "aZ09_-" }],
    ['{"type":"code","code":"7KQ2-M9XP-4DTH"}', { type: "code", code: "7KQ2-M9XP-4DTH" }],
    ['{"type":"world","here":false,"text":"away"}', { type: "world", here: false, text: "away" }],
    ['{"type":"waiting","count":3}', { type: "waiting", count: 3 }],
    ['{"type":"edit","edit":7,"title":"A note","text":"one\\ntwo"}', { type: "edit", edit: 7, title: "A note", text: "one\ntwo" }],
    ['{"type":"edit_closed","edit":7}', { type: "edit_closed", edit: 7 }],
  ];
  for (const [text, expected] of said) assert.deepEqual(decode(text), expected, text);
});

test("what is not of the form is nothing", () => {
  const bad = [
    "", "{", "null", "[]", "1", '"text"', "{}", '{"type":1}', '{"type":"weather"}', '{"type":"text"}', '{"type":"text","text":1}',
    '{"type":"echo","on":"no"}', '{"type":"gmcp","data":{}}', '{"type":"__proto__"}',
    '{"type":"resumed"}', '{"type":"resumed","result":"maybe"}', '{"type":"resumed","result":"resumed","epoch":1}',
    '{"type":"position","epoch":1}', '{"type":"position","epoch":-1,"offset":0}', '{"type":"position","epoch":1,"offset":9007199254740992}',
    '{"type":"token"}', '{"type":"token","token":"a b"}', '{"type":"token","token":""}', '{"type":"code"}', '{"type":"world"}',
    '{"type":"waiting","count":1.5}', '{"type":"edit","text":"x"}', '{"type":"edit","edit":-1}', '{"type":"edit_closed"}',
  ];
  for (const text of bad) assert.equal(decode(text), null, text);
  assert.equal(decode(new ArrayBuffer(4)), null);
});

test("lines are counted in the bytes that travel", () => {
  assert.equal(textBytes("abc"), 3);
  assert.equal(textBytes("ü😀"), 6);
});

test("the end of a connection is told in words", () => {
  assert.equal(closeReason(1006, "", false), "The gateway does not answer.");
  assert.equal(closeReason(1006, "", true), "The connection was lost.");
  assert.equal(closeReason(1008, "too many connections", true), "too many connections");
  for (const code of [1000, 1001, 1008, 1009, 1011, 1012, 1013, 4000]) assert.match(closeReason(code, "", true), /^[A-Z].*[.)]$/);
});

test("a line is measured in bytes, against the gateway's bound and that of a message", () => {
  assert.equal(lineExcess("a".repeat(4096), 4096), 0);
  assert.equal(lineExcess("ä".repeat(2049), 4096), 2);
  assert(lineExcess("\u0001".repeat(40_000), 1024 * 1024) > 0, "escaped it fits in no message");
});
