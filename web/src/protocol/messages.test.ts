import assert from "node:assert/strict";
import { test } from "node:test";
import { closeReason, decode, encodeHello, encodeLine, encodeSize, lineBytes } from "./messages.js";

test("what the page says is exactly the documented form", () => {
  assert.equal(
    encodeHello({ version: "0.1.0", size: { columns: 100, rows: 30 }, screenReader: false }),
    '{"type":"hello","client":"wyldgate-web","version":"0.1.0","columns":100,"rows":30,' +
      '"gmcp":["Core 1","Char 1","Room 1","Comm.Channel 1"],"screen_reader":false}',
  );
  assert.equal(encodeLine('say "ü" \\'), '{"type":"line","text":"say \\"ü\\" \\\\"}');
  assert.equal(encodeSize({ columns: 80, rows: 24 }), '{"type":"size","columns":80,"rows":24}');
});

test("every message of the gateway is understood", () => {
  const said: [string, unknown][] = [
    ['{"type":"hello","session":"s","world":"demo","version":"0.1.0"}', { type: "hello", session: "s", world: "demo", version: "0.1.0" }],
    ['{"type":"text","text":"a\\u001b[1mb\\n"}', { type: "text", text: "a\u001b[1mb\n" }],
    ['{"type":"prompt"}', { type: "prompt" }],
    ['{"type":"echo","on":false}', { type: "echo", on: false }],
    ['{"type":"gmcp","package":"Room.Info","data":{"name":"x"}}', { type: "gmcp", package: "Room.Info", data: { name: "x" } }],
    ['{"type":"gmcp","package":"Core.Ping"}', { type: "gmcp", package: "Core.Ping", data: null }],
    ['{"type":"notice","text":"n"}', { type: "notice", text: "n" }],
    ['{"type":"pong","id":7}', { type: "pong", id: 7 }],
    ['{"type":"bye","reason":"shutdown","text":"t","retry":true}', { type: "bye", reason: "shutdown", text: "t", retry: true }],
    ['{"type":"bye"}', { type: "bye", reason: "", text: "", retry: false }],
    ['{"type":"error","text":"e"}', { type: "error", text: "e" }],
  ];
  for (const [text, expected] of said) assert.deepEqual(decode(text), expected, text);
});

test("what is not of the form is nothing", () => {
  const bad = [
    "", "{", "null", "[]", "1", '"text"', "{}", '{"type":1}', '{"type":"weather"}', '{"type":"text"}', '{"type":"text","text":1}',
    '{"type":"echo","on":"no"}', '{"type":"gmcp","data":{}}', '{"type":"__proto__"}',
  ];
  for (const text of bad) assert.equal(decode(text), null, text);
  assert.equal(decode(new ArrayBuffer(4)), null);
});

test("lines are counted in the bytes that travel", () => {
  assert.equal(lineBytes("abc"), 3);
  assert.equal(lineBytes("ü😀"), 6);
});

test("the end of a connection is told in words", () => {
  assert.equal(closeReason(1006, "", false), "The gateway could not be reached.");
  assert.equal(closeReason(1006, "", true), "The connection was lost.");
  assert.equal(closeReason(1008, "too many connections", true), "too many connections");
  for (const code of [1000, 1001, 1008, 1009, 1011, 1012, 1013, 4000]) assert.match(closeReason(code, "", true), /^[A-Z].*[.)]$/);
});
