import assert from "node:assert/strict";
import { test } from "node:test";
import { disguised, findLinks, safeLink } from "./links.js";

function found(text: string): string[] {
  return findLinks(text).map((range) => text.slice(range.start, range.end));
}

test("addresses are found where they stand", () => {
  assert.deepEqual(findLinks("see http://a.example/b now"), [{ start: 4, end: 22, href: "http://a.example/b" }]);
  assert.deepEqual(found("https://a.example/1 and HTTPS://b.example/2"), ["https://a.example/1", "HTTPS://b.example/2"]);
  assert.deepEqual(found("write to mailto:oda@example.org!"), ["mailto:oda@example.org"]);
});

test("punctuation of the sentence stays outside", () => {
  assert.deepEqual(found("at https://a.example/x, or https://a.example/y."), ["https://a.example/x", "https://a.example/y"]);
  assert.deepEqual(found("(https://a.example/x)"), ["https://a.example/x"]);
  assert.deepEqual(found("https://a.example/x_(y)"), ["https://a.example/x_(y)"]);
  assert.deepEqual(found("<https://a.example/x>"), ["https://a.example/x"]);
  assert.deepEqual(found('"https://a.example/x"'), ["https://a.example/x"]);
  assert.deepEqual(found("[https://a.example/x]"), ["https://a.example/x"]);
});

test("nothing else becomes a link", () => {
  for (const text of ["javascript:alert(1)", "ftp://a.example", "north:east", "http://", "xhttps://a.example", "data:text/html,x"]) {
    assert.deepEqual(found(text), [], text);
  }
});

test("an address with a control character or a space is refused", () => {
  for (const bad of ["https://a.example/\u0001", "https://a .example", "java\nscript:x", " https://a.example", ""]) {
    assert.equal(safeLink(bad), null, JSON.stringify(bad));
  }
});

test("a line made of brackets costs no more than a line", () => {
  const text = `https://a.example/${")".repeat(16_000)}`;
  assert.deepEqual(found(text), ["https://a.example/"]);
});

test("a link dressed as another address is found out", () => {
  assert.equal(disguised("https://bank.example/login", "https://evil.example/"), "evil.example");
  assert.equal(disguised(" bank.example", "https://evil.example/"), "evil.example");
  assert.equal(disguised("WWW.bank.example/x", "https://bank.example/y"), null);
  assert.equal(disguised("https://bank.example.evil.example", "https://bank.example/"), "bank.example");
  assert.equal(disguised("bank.example", "mailto:oda@evil.example"), "mailto:oda@evil.example");
  for (const text of ["the notice board", "click here.", "3.14", "Oda says hi", ""]) assert.equal(disguised(text, "https://evil.example/"), null, text);
});
