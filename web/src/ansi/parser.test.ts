import assert from "node:assert/strict";
import { test } from "node:test";
import { AnsiParser, kRepeatMax, kSequenceCharsMax, kStringCharsMax } from "./parser.js";
import {
  kBold, kConceal, kDefaultColor, kFaint, kInverse, kItalic, kPlain, kStrike, kTrueColor, kUnderline, sameStyle, type Style,
} from "./style.js";

interface Run {
  text: string;
  style: Style;
}
type Event = Run | string;

// Joins neighbouring runs of one style, so that cuts do not show.
function parse(...pieces: string[]): Event[] {
  const events: Event[] = [];
  const parser = new AnsiParser();
  const sink = {
    text(text: string, style: Style): void {
      const last = events[events.length - 1];
      if (typeof last === "object" && sameStyle(last.style, style)) last.text += text;
      else events.push({ text, style });
    },
    newline: (): void => void events.push("newline"),
    carriageReturn: (): void => void events.push("return"),
    moveBy: (columns: number): void => void events.push(`by ${columns}`),
    moveTo: (column: number): void => void events.push(`to ${column}`),
    leaveLine: (): void => void events.push("left"),
    erase: (part: string): void => void events.push(`erase ${part}`),
  };
  for (const piece of pieces) parser.feed(piece, sink);
  return events;
}

function styled(part: Partial<Style>): Style {
  return { ...kPlain, ...part };
}

// The style that text has after `sequences`.
function after(sequences: string): Style {
  const last = parse(`${sequences}x`).pop();
  assert(typeof last === "object");
  assert.equal(last.text, "x");
  return last.style;
}

test("plain text passes through, with its line ends", () => {
  assert.deepEqual(parse("one\ntwo\r\nthree"), [
    { text: "one", style: kPlain }, "newline", { text: "two", style: kPlain }, "newline", { text: "three", style: kPlain },
  ]);
});

test("the sixteen colours set foreground and background, 39 and 49 take them back", () => {
  for (let index = 0; index < 8; ++index) {
    assert.deepEqual(after(`\u001b[3${index}m`), styled({ foreground: index }));
    assert.deepEqual(after(`\u001b[4${index}m`), styled({ background: index }));
    assert.deepEqual(after(`\u001b[9${index}m`), styled({ foreground: index + 8 }));
    assert.deepEqual(after(`\u001b[10${index}m`), styled({ background: index + 8 }));
  }
  assert.deepEqual(after("\u001b[31;44m\u001b[39m"), styled({ background: 4 }));
  assert.deepEqual(after("\u001b[31;44m\u001b[49m"), styled({ foreground: 1 }));
});

test("256 colours in the semicolon and the colon form", () => {
  assert.deepEqual(after("\u001b[38;5;208m"), styled({ foreground: 208 }));
  assert.deepEqual(after("\u001b[48;5;17;1m"), styled({ background: 17, flags: kBold }));
  assert.deepEqual(after("\u001b[38:5:208m"), styled({ foreground: 208 }));
  assert.deepEqual(after("\u001b[48:5:17;4m"), styled({ background: 17, flags: kUnderline }));
});

test("24-bit colours in every form in use", () => {
  const orange = styled({ foreground: kTrueColor | 0xff8001 });
  assert.deepEqual(after("\u001b[38;2;255;128;1m"), orange);
  assert.deepEqual(after("\u001b[38:2:255:128:1m"), orange);
  assert.deepEqual(after("\u001b[38:2::255:128:1m"), orange);
  assert.deepEqual(after("\u001b[38:2:0:255:128:1:0:1m"), orange);
  assert.deepEqual(after("\u001b[48;2;0;0;0;3m"), styled({ background: kTrueColor, flags: kItalic }));
});

test("a colour out of range is skipped whole and changes nothing", () => {
  assert.deepEqual(after("\u001b[38;5;256m"), kPlain);
  assert.deepEqual(after("\u001b[38;2;300;1;1m"), kPlain);
  assert.deepEqual(after("\u001b[38;2;1;1m"), kPlain);
  assert.deepEqual(after("\u001b[38;9;1m"), styled({ flags: kBold }));
  assert.deepEqual(after("\u001b[38m"), kPlain);
  assert.deepEqual(after("\u001b[38;5;300;1m"), styled({ flags: kBold }));
});

test("attributes come and go by their own codes, all by 0 and by an empty SGR", () => {
  assert.equal(after("\u001b[1;2;3;4;7;9m").flags, kBold | kFaint | kItalic | kUnderline | kInverse | kStrike);
  assert.equal(after("\u001b[1;2;3m\u001b[22m").flags, kItalic);
  assert.equal(after("\u001b[3;4m\u001b[23m").flags, kUnderline);
  assert.equal(after("\u001b[4m\u001b[24m").flags, 0);
  assert.equal(after("\u001b[4:3m").flags, kUnderline);
  assert.equal(after("\u001b[4m\u001b[4:0m").flags, 0);
  assert.equal(after("\u001b[21m").flags, kUnderline);
  assert.equal(after("\u001b[7m\u001b[27m").flags, 0);
  assert.equal(after("\u001b[9m\u001b[29m").flags, 0);
  assert.deepEqual(after("\u001b[1;31;42m\u001b[m"), kPlain);
  assert.deepEqual(after("\u001b[1;31m\u001b[;4m"), styled({ flags: kUnderline }));
  assert.equal(after("\u001b[8m").flags, kConceal);
  assert.equal(after("\u001b[8m\u001b[28m").flags, 0);
  assert.deepEqual(after("\u001b[5;73m"), kPlain);
});

test("the colour of an underline is read whole and changes nothing else", () => {
  for (const color of ["58;5;1", "58;2;1;3;7", "58:5:1", "58:2::1:3:7"]) {
    assert.deepEqual(after(`\u001b[${color}m`), kPlain, color);
    assert.deepEqual(after(`\u001b[4;${color};31m`), styled({ foreground: 1, flags: kUnderline }), color);
  }
  assert.deepEqual(after("\u001b[4;58;5;9m\u001b[59m"), styled({ flags: kUnderline }));
});

test("attributes last over lines and frames, until a new connection", () => {
  const events: Style[] = [];
  const parser = new AnsiParser();
  const sink = {
    text: (_: string, style: Style): void => void events.push(style),
    newline() {}, carriageReturn() {}, moveBy() {}, moveTo() {}, leaveLine() {}, erase() {},
  };
  parser.feed("\u001b[32mone\n", sink);
  parser.feed("two", sink);
  parser.feed("\u001b[1", sink);
  parser.reset();
  parser.feed("m three", sink);
  assert.deepEqual(events.map((style) => style.foreground), [2, 2, kDefaultColor]);
});

const kEverything =
  "a\u001b[1;31mb\u001b[38;2;1;2;3mc\u001b[38:2::9:8:7md\r\ne\rf\n\rg\u001b]8;id=1;https://example.org/x\u001b\\link\u001b]8;;\u0007" +
  "\u001b]0;title\u0007h\u001bP1;2|data\u001b\\i\u001b[2K\u001b[10;20Hj\u001b(Bk\u001b7l\u0008m\u0000n\u0007o\u001b_app\u001b\\p\tq" +
  "\u009b33mr\u009d0;t\u009cs\u001b[?25lt\u001b[0mü–😀\u001b\u001b[4mu";

test("cuts between frames do not change what is seen", () => {
  const whole = parse(kEverything);
  for (let cut = 0; cut <= kEverything.length; ++cut) {
    assert.deepEqual(parse(kEverything.slice(0, cut), kEverything.slice(cut)), whole, `cut at ${cut}`);
  }
  assert.deepEqual(parse(...kEverything.split("")), whole, "one unit at a time");
});

test("sequences that are not colours disappear with their parameters", () => {
  const seen = parse(kEverything)
    .map((event) => (typeof event === "object" ? event.text : event === "newline" ? "\n" : event === "return" ? "\r" : ""))
    .join("");
  assert.equal(seen, "abcd\ne\rf\n\rglinkhijklmnop\tqrstü–😀u");
});

test("a private or malformed sequence that ends in m is no colour", () => {
  assert.deepEqual(after("\u001b[>4;1m"), kPlain);
  assert.deepEqual(after("\u001b[1 m"), kPlain);
});

test("a line end inside a sequence ends it and still ends the line", () => {
  assert.deepEqual(parse("\u001b[31\nx"), ["newline", { text: "x", style: kPlain }]);
  assert.deepEqual(parse("\u001b]0;never closed\nx"), ["newline", { text: "x", style: kPlain }]);
  assert.deepEqual(parse("\u001bPnever closed\r\nx"), ["newline", { text: "x", style: kPlain }]);
  assert.deepEqual(parse("\u001b\nx"), ["newline", { text: "x", style: kPlain }]);
});

test("an escape restarts an unfinished sequence", () => {
  assert.deepEqual(parse("\u001b[1\u001b[32mx"), [{ text: "x", style: styled({ foreground: 2 }) }]);
  assert.deepEqual(parse("\u001b]0;t\u001b[32mx"), [{ text: "x", style: styled({ foreground: 2 }) }]);
});

test("endless sequences are given up at their bound", () => {
  const long = parse(`\u001b[${"1".repeat(kSequenceCharsMax + 1)}text`);
  assert.deepEqual(long, [{ text: "text", style: kPlain }]);
  const inside = parse(`\u001b[${"1;".repeat(kSequenceCharsMax / 2)}mtext`);
  assert.deepEqual(inside, [{ text: "text", style: kPlain }], "at the bound it still is a sequence: the last parameter resets");
  for (const opener of ["\u001b]0;", "\u001bP"]) {
    const string = parse(`${opener}${"z".repeat(kStringCharsMax + 10)}end`);
    const text = string.map((event) => (typeof event === "object" ? event.text : "")).join("");
    assert.match(text, /^z{1,14}end$/);
  }
});

test("a lone carriage return starts the line over, one before a line feed does not", () => {
  assert.deepEqual(parse("ab\rcd").filter((event) => typeof event === "string"), ["return"]);
  assert.deepEqual(parse("ab\r\r\n").filter((event) => typeof event === "string"), ["newline"]);
  assert.deepEqual(parse("ab\u000bcd\u000c").filter((event) => typeof event === "string"), ["newline", "newline"]);
  assert.deepEqual(parse("ab\n\rcd").filter((event) => typeof event === "string"), ["newline", "return"]);
});

test("OSC 8 makes links of http, https and mailto only", () => {
  const link = (address: string): string | null => after(`\u001b]8;;${address}\u001b\\`).link;
  assert.equal(link("https://example.org/a?b=c;d#e"), "https://example.org/a?b=c;d#e");
  assert.equal(link("http://example.org"), "http://example.org/");
  assert.equal(link("mailto:oda@example.org"), "mailto:oda@example.org");
  for (const bad of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org", "send:north", "vbscript:x"]) {
    assert.equal(link(bad), null, bad);
  }
  assert.equal(link(`https://example.org/${"a".repeat(3000)}`), null);
});

test("a link outlasts a colour reset, and its own end ends it", () => {
  const events = parse("\u001b]8;;https://example.org/\u0007a\u001b[0mb\u001b]8;;\u0007c");
  assert.deepEqual(
    events.map((event) => (typeof event === "object" ? [event.text, event.style.link] : event)),
    [["ab", "https://example.org/"], ["c", null]],
  );
});

test("a link that is never closed ends with its line", () => {
  const events = parse("\u001b]8;;https://example.org/\u0007open\r\nnext");
  assert.deepEqual(events.map((event) => (typeof event === "object" ? [event.text, event.style.link] : event)), [
    ["open", "https://example.org/"], "newline", ["next", null],
  ]);
});

test("an address that a line end broke is joined again, and never shown", () => {
  for (const [lineEnd, close] of [["\r\n", "\u001b\\"], ["\n", "\u0007"]]) {
    const text = `a\u001b]8;;https://exa${lineEnd}mple.org/x${close}link\u001b]8;;${close}b`;
    for (let cut = 0; cut <= text.length; ++cut) {
      const events = parse(text.slice(0, cut), text.slice(cut));
      assert.deepEqual(events.map((event) => (typeof event === "object" ? [event.text, event.style.link] : event)), [
        ["a", null], "newline", ["link", "https://example.org/x"], ["b", null],
      ], `cut at ${cut}`);
    }
  }
});

test("text behind an address that was never ended is text", () => {
  const texts = (text: string): string[] => parse(text).map((event) => (typeof event === "object" ? event.text : event));
  assert.deepEqual(texts("\u001b]8;;https://exa\nOda waves.\n> "), ["newline", "Oda waves.", "newline", "> "]);
  assert.deepEqual(texts("\u001b]8;;https://exa\n\u001b[1mOda"), ["newline", "Oda"]);
  assert.deepEqual(texts("\u001b]8;;https://exa\nHP\u001b[1m!"), ["newline", "HP", "!"]);
  assert.deepEqual(texts(`\u001b]8;;https://exa\n${"x".repeat(kStringCharsMax + 9)} `), ["newline", `${"x".repeat(kStringCharsMax + 9)} `]);

  // A prompt that might be the rest of an address is shown when nothing more comes.
  const parser = new AnsiParser();
  const seen: string[] = [];
  const sink = { text: (part: string): void => void seen.push(part), newline() {}, carriageReturn() {}, moveBy() {}, moveTo() {}, leaveLine() {}, erase() {} };
  parser.feed("\u001b]8;;https://exa\nName:", sink);
  assert.deepEqual(seen, []);
  parser.flush(sink);
  assert.deepEqual(seen, ["Name:"]);
});

test("moves of the cursor within the line are told, moves to another row end it", () => {
  const moves = (text: string): string[] => parse(text).filter((event) => typeof event === "string");
  assert.deepEqual(moves("\u001b[C\u001b[7C\u001b[3a\u001b[0C"), ["by 1", "by 7", "by 3", "by 1"]);
  assert.deepEqual(moves("\u001b[D\u001b[4D\u0008"), ["by -1", "by -4", "by -1"]);
  assert.deepEqual(moves("\u001b[G\u001b[20G\u001b[20`"), ["to 0", "to 19", "to 19"]);
  assert.deepEqual(moves("\u001b[K\u001b[1K\u001b[2K\u001b[3K\u001b[J\u001b[2J"), ["erase behind", "erase before", "erase all", "erase behind", "left"]);
  assert.deepEqual(moves("\u001b[5;10H\u001b[5;20H\u001b[6H"), ["left", "to 9", "to 19", "left", "to 0"]);
  assert.deepEqual(moves("\u001b[2A\u001b[B\u001b[E\u001bE"), ["left", "left", "left", "newline"]);
  assert.deepEqual(moves("\u001b[?25h\u001b[>5C\u001b[ C\u001b[99999999999C"), ["by 65535"]);
});

test("a repeated character is the last one that was shown, as often as fits on a line", () => {
  const shown = (text: string): string => parse(text).map((event) => (typeof event === "object" ? event.text : "")).join("");
  assert.equal(shown("=\u001b[9bend"), `${"=".repeat(10)}end`);
  assert.equal(shown("ab\u001b[31m\u001b[2bc"), "abbbc");
  assert.equal(shown("😀\u001b[b"), "😀😀");
  assert.equal(shown("\u001b[5bx\n\u001b[5b"), "x");
  assert.equal(shown("x\u001b[65535b").length, 1 + kRepeatMax);
  assert.deepEqual(parse("\u001b[32m-\u001b[3b"), [{ text: "----", style: styled({ foreground: 2 }) }]);
});
