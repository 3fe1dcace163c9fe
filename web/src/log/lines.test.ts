import assert from "node:assert/strict";
import { test } from "node:test";
import { kPlain } from "../ansi/style.js";
import { kLineCharsMax, type Line, LineBuffer } from "./lines.js";
import { pieces } from "./pieces.js";

interface Heard {
  lines: string[];
  prompts: string[];
}

function buffer(pendingMax?: number): { lines: LineBuffer; heard: Heard } {
  const heard: Heard = { lines: [], prompts: [] };
  const observer = {
    lineFinished: (text: string): void => void heard.lines.push(text),
    promptShown: (text: string): void => void heard.prompts.push(text),
  };
  return { lines: new LineBuffer(observer, pendingMax), heard };
}

function texts(lines: readonly Line[]): string[] {
  return lines.map((line) => line.text);
}

test("finished lines come once, the unfinished one again when it grows", () => {
  const { lines } = buffer();
  lines.feed("one\ntwo\nthr");
  const first = lines.drain().lines;
  assert.deepEqual(texts(first), ["one", "two", "thr"]);
  assert.deepEqual(first.map((line) => line.finished), [true, true, false]);
  assert.equal(lines.waiting, false);
  lines.feed("ee\nfour\n");
  const second = lines.drain().lines;
  assert.deepEqual(texts(second), ["three", "four"]);
  assert.equal(second[0], first[2], "the same line, so that the view redraws it in place");
});

test("any cut of the text gives the same lines", () => {
  const text = "\u001b[31mred\u001b[0m\r\nnext \u001b[1mbold\nlast";
  const whole = buffer();
  whole.lines.feed(text);
  const expected = whole.lines.drain().lines.map((line) => line.spans);
  for (let cut = 0; cut <= text.length; ++cut) {
    const { lines } = buffer();
    const seen = new Set<Line>();
    for (const piece of [text.slice(0, cut), text.slice(cut)]) {
      lines.feed(piece);
      for (const line of lines.drain().lines) seen.add(line);
    }
    assert.deepEqual([...seen].map((line) => line.spans), expected, `cut at ${cut}`);
  }
});

test("empty lines are lines", () => {
  const { lines } = buffer();
  lines.feed("\n\na\n");
  assert.deepEqual(texts(lines.drain().lines), ["", "", "a"]);
});

test("the player's line stands behind the prompt that waits for it", () => {
  const { lines } = buffer();
  lines.feed("> ");
  lines.prompt();
  lines.drain();
  lines.echo("look");
  lines.feed("A room.\n");
  assert.deepEqual(texts(lines.drain().lines), ["> look", "A room."]);
});

test("without a prompt the player's line is one of its own, an empty one is none", () => {
  const { lines } = buffer();
  lines.echo("look");
  lines.echo("");
  const drawn = lines.drain().lines;
  assert.deepEqual(texts(drawn), ["look"]);
  assert.equal(drawn[0]?.kind, "echo");
});

test("an unfinished line continues; a marked prompt ends at the next text", () => {
  const plain = buffer();
  plain.lines.feed("Name: ");
  plain.lines.drain();
  plain.lines.feed("more");
  assert.deepEqual(texts(plain.lines.drain().lines), ["Name: more"]);

  const marked = buffer();
  marked.lines.feed("> ");
  marked.lines.prompt();
  marked.lines.feed("Oda waves.\n");
  assert.deepEqual(texts(marked.lines.drain().lines), ["> ", "Oda waves."]);
});

test("a line end after a prompt only ends it", () => {
  const { lines } = buffer();
  lines.feed("> ");
  lines.prompt();
  lines.feed("\r\nOda waves.\r\n");
  assert.deepEqual(texts(lines.drain().lines), ["> ", "Oda waves."]);
});

test("after a secret the world goes on below, whether it sends a line end or not", () => {
  for (const answer of ["\r\nWelcome.\n", "Welcome.\n"]) {
    const { lines } = buffer();
    lines.feed("Password: ");
    lines.sealOpenLine();
    lines.feed(answer);
    assert.deepEqual(texts(lines.drain().lines), ["Password: ", "Welcome."]);
  }
});

test("a lone carriage return lets the next text replace the line", () => {
  const { lines } = buffer();
  lines.feed("10%\r20%\r\u001b[Kdone\n");
  assert.deepEqual(texts(lines.drain().lines), ["done"]);
  lines.feed("kept\r");
  lines.feed("\u001b[K\n\rnext\n");
  assert.deepEqual(texts(lines.drain().lines), ["kept", "next"]);
});

test("notices stand on lines of their own, without control characters", () => {
  const { lines, heard } = buffer();
  lines.feed("> ");
  lines.say("The world\u001b[2J is away.\nWait.", "notice");
  lines.say("The connection was lost.", "state");
  const drawn = lines.drain().lines;
  assert.deepEqual(texts(drawn), ["> ", "The world[2J is away.", "Wait.", "The connection was lost."]);
  assert.deepEqual(drawn.map((line) => line.kind), ["world", "notice", "notice", "state"]);
  assert.deepEqual(heard.lines, ["> ", "The world[2J is away.", "Wait."]);
});

test("every character of the world is heard once, and the player's own never", () => {
  const { lines, heard } = buffer();
  lines.feed("Your na");
  lines.feed("me? ");
  lines.prompt();
  lines.prompt();
  lines.echo("Oda");
  lines.feed("Hello, ");
  lines.feed("Oda.\nHP 10> ");
  lines.prompt();
  lines.feed("A bell rings.\n");
  assert.deepEqual(heard.prompts, ["Your name? ", "", "HP 10> "]);
  assert.deepEqual(heard.lines, ["Hello, Oda.", "A bell rings."]);
});

test("a line without end is broken at its bound", () => {
  const { lines } = buffer();
  lines.feed("x".repeat(kLineCharsMax));
  assert.equal(lines.drain().lines.length, 1);
  lines.feed("y");
  const drawn = lines.drain().lines;
  assert.deepEqual(drawn.map((line) => line.chars), [kLineCharsMax, 1]);
  lines.feed("z".repeat(3 * kLineCharsMax));
  assert(lines.drain().lines.every((line) => line.chars <= kLineCharsMax));
});

test("a tab that draws nothing keeps only the newest lines, and counts the rest", () => {
  const { lines } = buffer(1000);
  for (let number = 0; number < 20_000; ++number) lines.feed(`line ${number}\n`);
  const { lines: kept, dropped } = lines.drain();
  assert(kept.length <= 1512);
  assert.equal(kept.length + dropped, 20_000);
  assert.equal(kept[kept.length - 1]?.text, "line 19999");
});

test("a new connection starts without the old one's colours", () => {
  const { lines } = buffer();
  lines.feed("\u001b[31mred\u001b[1");
  lines.restartStream();
  lines.feed("plain\n");
  const drawn = lines.drain().lines;
  assert.deepEqual(texts(drawn), ["red", "plain"]);
  assert.deepEqual(drawn[1]?.spans[0]?.style, kPlain);
});

test("links are cut out of runs, across their colours and over frames", () => {
  const { lines } = buffer();
  lines.feed("see \u001b[34mhttps://a.exa");
  lines.feed("mple/\u001b[32mx\u001b[0m, and \u001b]8;;https://b.example/\u0007this\u001b]8;;\u0007.\n");
  const line = lines.drain().lines[0] as Line;
  assert.deepEqual(pieces(line).map((piece) => [piece.text, piece.href]), [
    ["see ", null],
    ["https://a.example/", "https://a.example/x"],
    ["x", "https://a.example/x"],
    [", and ", null],
    ["this", "https://b.example/"],
    [".", null],
  ]);
  assert.equal(pieces(line).map((piece) => piece.text).join(""), line.text);
});
