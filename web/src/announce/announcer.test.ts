import assert from "node:assert/strict";
import { test } from "node:test";
import { Announcer, type AnnouncerOptions } from "./announcer.js";

const kOptions: AnnouncerOptions = { gatherMilliseconds: 200, pauseMilliseconds: 1000, linesMax: 4, charsMax: 100 };

// An announcer on a clock of its own: `spoken` holds [time, lines...] of every batch.
function setUp(options = kOptions): { announcer: Announcer; spoken: [number, ...string[]][]; pass: (time: number) => void } {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const spoken: [number, ...string[]][] = [];
  const announcer = new Announcer(
    (lines) => spoken.push([now, ...lines]),
    (run, milliseconds) => timers.push({ at: now + milliseconds, run }),
    options,
  );
  const pass = (time: number): void => {
    const end = now + time;
    for (;;) {
      const due = timers.filter((timer) => timer.at <= end).sort((one, other) => one.at - other.at)[0];
      if (!due) break;
      timers = timers.filter((timer) => timer !== due);
      now = due.at;
      due.run();
    }
    now = end;
  };
  return { announcer, spoken, pass };
}

test("lines that arrive together are spoken together, once", () => {
  const { announcer, spoken, pass } = setUp();
  announcer.line("A room.");
  announcer.line("Exits: north.");
  pass(5000);
  assert.deepEqual(spoken, [[200, "A room.", "Exits: north."]]);
});

test("between two batches there is a pause", () => {
  const { announcer, spoken, pass } = setUp();
  announcer.line("one");
  pass(300);
  announcer.line("two");
  pass(100);
  announcer.line("three");
  pass(5000);
  announcer.line("four");
  pass(5000);
  assert.deepEqual(spoken, [[200, "one"], [1200, "two", "three"], [5600, "four"]]);
});

test("a flood is summarised: the newest lines and how many were left out", () => {
  const { announcer, spoken, pass } = setUp();
  for (let number = 1; number <= 1000; ++number) announcer.line(`line ${number}`);
  pass(10_000);
  assert.deepEqual(spoken, [[200, "996 earlier lines not read.", "line 997", "line 998", "line 999", "line 1000"]]);
});

test("characters are bounded as well as lines", () => {
  const { announcer, spoken, pass } = setUp();
  announcer.line("a".repeat(500));
  announcer.line("b".repeat(60));
  announcer.line("c".repeat(60));
  pass(10_000);
  assert.deepEqual(spoken, [[200, "2 earlier lines not read.", "c".repeat(60)]]);
});

test("lines without a word are not read out", () => {
  const { announcer, spoken, pass } = setUp();
  for (const text of ["", "   ", "----====----", "|  *  |", "> "]) announcer.line(text);
  announcer.prompt("> ");
  pass(10_000);
  assert.deepEqual(spoken, []);
});

test("borders beside words are left out, punctuation stays", () => {
  const { announcer, spoken, pass } = setUp();
  for (const text of ["=====[ News ]=====", "\\\\__________/  W Y L D", "Well... no!!!! (3-4) a/b"]) announcer.line(text);
  pass(10_000);
  assert.deepEqual(spoken, [[200, "[ News ]", "W Y L D", "Well... no!!!! (3-4) a/b"]]);
});

test("a question that is asked again is read again", () => {
  const { announcer, spoken, pass } = setUp();
  for (const prompt of ["Password: ", "Password: ", "Is that right (Y/N)? ", "Is that right (Y/N)? "]) {
    announcer.prompt(prompt);
    pass(5000);
  }
  assert.equal(spoken.length, 4);
});

test("a prompt is read when it says something new", () => {
  const { announcer, spoken, pass } = setUp();
  for (const prompt of ["HP 10> ", "", "HP 10> ", "", "HP 9> ", "HP 10> "]) {
    announcer.prompt(prompt);
    pass(5000);
  }
  assert.deepEqual(spoken.map((batch) => batch[1]), ["HP 10>", "HP 9>", "HP 10>"]);
});
