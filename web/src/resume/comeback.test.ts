import assert from "node:assert/strict";
import { test } from "node:test";
import type { Resumed } from "../protocol/messages.js";
import { Comeback, type PlaceStore } from "./comeback.js";

class MemoryStore implements PlaceStore {
  text: string | null = null;
  read(): string | null {
    return this.text;
  }
  write(text: string): void {
    this.text = text;
  }
  clear(): void {
    this.text = null;
  }
}

const refusing: PlaceStore = {
  read: () => { throw new Error("denied"); },
  write: () => { throw new Error("denied"); },
  clear: () => { throw new Error("denied"); },
};

function answer(part: Partial<Resumed>): Resumed {
  return { type: "resumed", result: "resumed", start: { epoch: 1, offset: 0 }, lines: 0, missing: 0, since: null, text: "", ...part };
}

// A comeback in the middle of a session that began at 1/100.
function playing(store: PlaceStore = new MemoryStore()): Comeback {
  const comeback = new Comeback(store);
  comeback.request();
  comeback.hello({ epoch: 1, offset: 100 });
  comeback.keep("tok1");
  return comeback;
}

test("without a token there is nothing to ask for", () => {
  const comeback = new Comeback(new MemoryStore());
  assert.equal(comeback.request(), null);
  comeback.hello({ epoch: 1, offset: 0 });
  comeback.count(10, true);
  assert.equal(comeback.request(), null);
  assert.equal(comeback.canReturn, false);
});

test("what was seen is counted from where the gateway said", () => {
  const comeback = playing();
  comeback.count(10, true);
  comeback.count(1, true);
  assert.deepEqual(comeback.request(), { token: "tok1", epoch: 1, offset: 111 });
});

test("a token that comes before the answer is for the session that may begin", () => {
  const store = new MemoryStore();
  const comeback = playing(store);
  comeback.request();
  comeback.hello({ epoch: 2, offset: 0 });
  assert.equal(comeback.keep("tok2"), false);
  assert.equal(comeback.request()?.token, "tok1", "the connection broke before the answer");
  comeback.hello({ epoch: 2, offset: 0 });
  comeback.keep("tok3");
  comeback.resumed(answer({ result: "gone" }));
  assert.equal(comeback.request()?.token, "tok3");
  assert.match(store.text ?? "", /tok3/);
  comeback.hello({ epoch: 2, offset: 0 });
  comeback.keep("tok4");
  comeback.resumed(answer({}));
  assert.equal(comeback.request()?.token, "tok3");
});

test("skipped output moves the count", () => {
  const comeback = playing();
  comeback.count(10, true);
  comeback.moved({ epoch: 2, offset: 5000 });
  comeback.count(3, true);
  assert.deepEqual(comeback.request(), { token: "tok1", epoch: 2, offset: 5003 });
});

test("the newest token is the one to come back with", () => {
  const comeback = playing();
  comeback.keep("tok2");
  assert.equal(comeback.request()?.token, "tok2");
});

test("a resume goes on counting from the answer, and the replay has an end", () => {
  const comeback = playing();
  comeback.count(10, true);
  comeback.request();
  comeback.hello({ epoch: 9, offset: 0 });
  assert.deepEqual(comeback.resumed(answer({ start: { epoch: 1, offset: 110 }, lines: 2 })), { lines: 2, missing: 0, since: null });
  assert(comeback.replaying);
  comeback.count(20, true);
  comeback.replayed();
  assert.equal(comeback.replaying, false);
  assert.deepEqual(comeback.request(), { token: "tok1", epoch: 1, offset: 130 });
});

test("a code that the player types leads to another session, which is counted from the answer on", () => {
  const store = new MemoryStore();
  const comeback = new Comeback(store);
  comeback.request();
  comeback.hello({ epoch: 1, offset: 0 });
  comeback.count(700, true);
  assert.deepEqual(comeback.resumed(answer({ start: { epoch: 1, offset: 90 }, lines: 1 })), { lines: 1, missing: 0, since: null });
  assert(comeback.replaying);
  comeback.count(20, true);
  comeback.replayed();
  comeback.keep("tok1");
  assert.deepEqual(comeback.request(), { token: "tok1", epoch: 1, offset: 110 });
});

test("a refusal that nobody waits for changes nothing", () => {
  const comeback = playing();
  assert.equal(comeback.resumed(answer({ result: "gone" })), null);
  assert.equal(comeback.resumed(answer({ result: "busy" })), null);
  assert.deepEqual(comeback.request(), { token: "tok1", epoch: 1, offset: 100 });
});

test("a connection that breaks before the answer asks for the same again", () => {
  const comeback = playing();
  comeback.count(10, true);
  comeback.request();
  comeback.hello({ epoch: 9, offset: 0 });
  comeback.count(50, true);
  assert.deepEqual(comeback.request(), { token: "tok1", epoch: 1, offset: 110 });
  comeback.hello({ epoch: 9, offset: 0 });
  assert.equal(comeback.resumed(answer({ result: "busy" })), null);
  assert.deepEqual(comeback.request(), { token: "tok1", epoch: 1, offset: 110 });
});

test("a connection that breaks within the replay asks for the rest", () => {
  const comeback = playing();
  comeback.request();
  comeback.hello({ epoch: 9, offset: 0 });
  comeback.resumed(answer({ start: { epoch: 1, offset: 100 }, lines: 5 }));
  comeback.count(30, true);
  assert.deepEqual(comeback.request(), { token: "tok1", epoch: 1, offset: 130 });
  assert.equal(comeback.replaying, false);
});

test("a place that is gone is forgotten, and the new session counts from its own start", () => {
  const store = new MemoryStore();
  const comeback = playing(store);
  comeback.request();
  comeback.hello({ epoch: 9, offset: 40 });
  assert.equal(comeback.resumed(answer({ result: "gone" })), null);
  assert.equal(comeback.canReturn, false);
  assert.equal(store.text, null);
  comeback.count(2, true);
  comeback.keep("new");
  assert.deepEqual(comeback.request(), { token: "new", epoch: 9, offset: 42 });
});

test("a gateway that cannot resume begins a new session", () => {
  const comeback = playing();
  comeback.request();
  assert.equal(comeback.hello(null), false);
  assert.equal(comeback.request(), null);
});

test("a gap is what the gateway says", () => {
  const comeback = playing();
  comeback.request();
  const since = "2026-11-23T21:05:00Z";
  const gap = comeback.resumed(answer({ result: "resumed_with_gap", start: { epoch: 2, offset: 0 }, missing: null, since }));
  assert.deepEqual(gap, { lines: 0, missing: null, since });
});

test("a reloaded page asks for earlier lines, and misses only what it never saw", () => {
  const store = new MemoryStore();
  const before = playing(store);
  for (let line = 0; line < 1000; ++line) before.count(100, true);
  before.save();
  const kept = store.text;
  const reload = (): Comeback => {
    store.text = kept;
    const comeback = new Comeback(store);
    const request = comeback.request();
    assert(request !== null && request.token === "tok1" && request.epoch === 1);
    assert(request.offset > 100_100 - 33 * 1024 && request.offset <= 100_100 - 31 * 1024, `${request.offset}`);
    assert.equal((request.offset - 100) % 100, 0, "a line begins there");
    comeback.hello({ epoch: 9, offset: 0 });
    return comeback;
  };
  const gap = (missing: number | null): number | null | undefined =>
    reload().resumed(answer({ result: "resumed_with_gap", start: { epoch: 2, offset: 0 }, missing, lines: 10 }))?.missing;
  const { again } = JSON.parse(kept ?? "") as { again: number };
  assert.equal(gap(20_000), 0);
  assert.equal(gap(100_100 - again), 0);
  assert.equal(gap(100_100 - again + 300), 300);
  assert.equal(gap(null), null);
});

test("a line that is cut over messages is asked for from its beginning", () => {
  const store = new MemoryStore();
  const comeback = playing(store);
  comeback.count(2000, false);
  comeback.count(2000, false);
  comeback.save();
  assert.equal(new Comeback(store).request()?.offset, 100);
});

test("the marks stay few, whatever is played", () => {
  const store = new MemoryStore();
  const comeback = playing(store);
  for (let line = 0; line < 100_000; ++line) comeback.count(7, true);
  comeback.moved({ epoch: 3, offset: 7 });
  comeback.save();
  assert.deepEqual(JSON.parse(store.text ?? ""), { token: "tok1", epoch: 3, offset: 7, again: 7 });
});

test("storage that is refused costs only what a reload needs", () => {
  const comeback = playing(refusing);
  comeback.count(5, true);
  comeback.save();
  assert.deepEqual(comeback.request(), { token: "tok1", epoch: 1, offset: 105 });
  comeback.forget();
});

test("what is not a kept place is nothing", () => {
  const store = new MemoryStore();
  for (const text of [
    "", "{", "null", "7", "[]", "{}", '{"token":"a b","epoch":1,"offset":2,"again":1}', '{"token":"t","epoch":1,"offset":2}',
    '{"token":"t","epoch":1,"offset":2,"again":3}', '{"token":"t","epoch":-1,"offset":2,"again":1}', '{"token":7,"epoch":1,"offset":2,"again":1}',
  ]) {
    store.text = text;
    assert.equal(new Comeback(store).request(), null, text);
  }
});

test("a place is not written while it is uncertain", () => {
  const store = new MemoryStore();
  const comeback = playing(store);
  const kept = store.text;
  comeback.count(5, true);
  comeback.request();
  comeback.hello({ epoch: 9, offset: 0 });
  comeback.count(500, true);
  comeback.save();
  assert.equal(store.text, kept);
});
