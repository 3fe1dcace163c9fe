import assert from "node:assert/strict";
import { test } from "node:test";
import { kPlain } from "../ansi/style.js";
import type { Line } from "./line.js";
import { kCursorColumnMax, kLineCharsMax, LineBuffer } from "./lines.js";
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

// What is left on the lines when everything was written.
function written(text: string): string[] {
  const { lines } = buffer();
  lines.feed(text);
  return texts(lines.drain().lines);
}

test("text after a lone carriage return writes over the line, as far as it goes", () => {
  assert.deepEqual(written("10%\r20%\r\u001b[Kdone\n"), ["done"]);
  assert.deepEqual(written("Loading....\rDone!\n"), ["Done!ng...."]);
  assert.deepEqual(written("Loading....\rDone!\u001b[K\n"), ["Done!"]);
  assert.deepEqual(written("ab\rxyz\n"), ["xyz"]);
  assert.deepEqual(written("\u001b[31mred\u001b[0mplain\r\u001b[1mXX\u001b[0m\n"), ["XXdplain"]);
  const { lines } = buffer();
  lines.feed("kept\r");
  lines.feed("\n\rnext\n");
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

test("the cursor keeps columns apart", () => {
  assert.deepEqual(written("HP:\u001b[10C100\na\u001b[Cb\n"), ["HP:          100", "a b"]);
  assert.deepEqual(written("Name\u001b[20GLevel\nName\u001b[20`Level\n"), [`Name${" ".repeat(15)}Level`, `Name${" ".repeat(15)}Level`]);
  assert.deepEqual(written("\u001b[5CTitle\n"), ["     Title"], "at the start of a line");
  assert.deepEqual(written("日本\u001b[7GX\n\t\u001b[10GY\n"), ["日本  X", "\t Y"], "wide letters and tabs have their columns");
  assert.deepEqual(written("end\u001b[9C\nnext\n"), ["end", "next"], "a move that no text follows leaves nothing");
  const { lines } = buffer();
  lines.feed("\u001b[41mred\u001b[3C\u001b[0mx\n");
  assert.deepEqual(lines.drain().lines[0]?.spans.map((span) => [span.text, span.style.background]), [["red", 1], ["   x", -1]], "what was skipped has no colour");
});

test("text in front of the end is written over", () => {
  assert.deepEqual(written("|\b/\b-\n"), ["-"]);
  assert.deepEqual(written("abcdef\u001b[4DXY\n"), ["abXYef"]);
  assert.deepEqual(written("abc\u001b[2GBCDE\n"), ["aBCDE"]);
  assert.deepEqual(written("abc\b \b\n"), ["ab "]);
  assert.deepEqual(written("\b\b\u001b[9Dx\n"), ["x"]);
  assert.deepEqual(written("日本語\u001b[4GX\n"), ["日 X語"], "half a letter leaves a blank");
  assert.deepEqual(written("日本語\u001b[2GX\n"), [" X本語"]);
  assert.deepEqual(written("a\tb\u001b[4GX\n"), ["a  X    b"]);
  assert.deepEqual(written("abcdef\u001b[3G\u001b[K\n"), ["ab"]);
  assert.deepEqual(written("abcdef\u001b[3G\u001b[1Kx\n"), ["  xdef"]);
  assert.deepEqual(written("abc\u001b[2Kd\n"), ["   d"]);
});

test("text for another row does not continue the line", () => {
  assert.deepEqual(written("\u001b[2J\u001b[1;1HTitle\u001b[2;5HText\u001b[2;1H-\u001b[9;1Hlast\n"), ["Title", "-   Text", "last"]);
  assert.deepEqual(written("one\u001b[Etwo\u001b[Athree\n"), ["one", "two", "three"]);
  assert.deepEqual(written("> \u001b[2JThe Mill\n"), ["> ", "The Mill"]);
});

test("no move makes a line longer than its bounds, nor slow", () => {
  const [wide] = written(`x\u001b[9999Cy${"\u001b[9999C".repeat(50)}z\n`);
  assert((wide?.length ?? 0) <= kCursorColumnMax + 3, `${wide?.length} characters`);
  const long = "x".repeat(kLineCharsMax - 1);
  assert.deepEqual(written(`${long}\ry\n`), [long, "y"], "a line that no screen holds is not written over");
  assert.equal(written(`${long}${"\b".repeat(1000)}y\n`)[0], `${long}y`);
  for (const edit of ["ab\b", "\u001b[500Gx\r", "x\u001b[C", "ab\u001b[K", "\rab\u001b[31m"]) {
    for (const line of written(edit.repeat(20_000))) assert(line.length <= kLineCharsMax + 64);
  }
});

test("a line is broken between letters, not inside one", () => {
  for (const letter of ["😀", "e\u0301", "👩\u200d👩\u200d👧", "日"]) {
    for (const before of ["", "x", "xy", "xyz"]) {
      const { lines } = buffer();
      const text = before + letter.repeat(kLineCharsMax);
      for (let at = 0; at < text.length; at += 5000) lines.feed(text.slice(at, at + 5000));
      const drawn = lines.drain().lines;
      assert.equal(texts(drawn).join(""), text);
      for (const line of texts(drawn)) {
        assert.equal((line.length - (line.startsWith("x") ? before.length : 0)) % letter.length, 0, `${letter} after "${before}"`);
        assert(line.length <= kLineCharsMax + 64);
      }
    }
  }
});

test("a prompt without a mark is heard when nothing more comes, and once", () => {
  const { lines, heard } = buffer();
  lines.feed("The Old Keep\n\nBy what name do they call you? ");
  lines.quiet();
  lines.quiet();
  assert.deepEqual(heard, { lines: ["The Old Keep"], prompts: ["By what name do they call you? "] });
  lines.prompt(); // the mark came late
  assert.deepEqual(heard.prompts, ["By what name do they call you? ", ""]);
  lines.echo("Oda");
  lines.feed("Did I get that");
  lines.quiet();
  lines.feed(" right, Oda (Y/N)? ");
  lines.quiet();
  assert.deepEqual(heard.prompts.slice(2), ["Did I get that", " right, Oda (Y/N)? "]);
  assert.deepEqual(heard.lines, ["The Old Keep"]);
  lines.drain();
  lines.feed("more\n");
  assert.deepEqual(texts(lines.drain().lines), ["Did I get that right, Oda (Y/N)? more"], "it still is one line");
});

test("a line that is written over is heard as it stands in the end; what is concealed is not heard", () => {
  const { lines, heard } = buffer();
  lines.feed("Digging 10%");
  lines.quiet();
  lines.feed("\rDigging 20%");
  lines.quiet();
  lines.feed("\u001b[3D100%\n");
  assert.deepEqual(heard, { lines: ["100%"], prompts: ["Digging 10%", "Digging 20%"] });
  lines.feed("The answer is \u001b[8mforty-two\u001b[28m.\n");
  assert.equal(heard.lines[1], "The answer is .");
});
