// Reading back: the line that is read stays where it is, whatever happens to the rest of the log.

import assert from "node:assert/strict";
import { kDesktop, kPhone, logLines, waitForLine } from "../support/browser.mjs";
import { atEnd, onPage } from "../support/on_page.mjs";
import { assertStays, flood, isUp, randomly, reading } from "../support/reading.mjs";

const kSentence = "a sentence of ordinary length for a room, which a phone has to wrap at least once,";

const kWays = [
  ["two pages up", kDesktop, async (page) => { for (let press = 0; press < 2; ++press) await page.keyboard.press("PageUp"); }],
  ["far up", kDesktop, (page) => page.evaluate(() => document.getElementById("log").scrollBy(0, -6000))],
  ["far up on a phone", kPhone, (page) => page.evaluate(() => document.getElementById("log").scrollBy(0, -9000))],
  ["at the very beginning", kDesktop, (page) => page.keyboard.press("Control+Home")],
];
for (const [name, device, goUp] of kWays) {
  onPage(`with a full log the line that is read stays: ${name}`, device, async ({ gateway, page }) => {
    flood(gateway, 0, 5300, kSentence);
    await waitForLine(page, "once, 5299");
    await goUp(page);
    await isUp(page, 500);
    const before = await reading(page);
    for (let part = 0; part < 5; ++part) {
      flood(gateway, part * 60, part * 60 + 60, "later line");
      await waitForLine(page, `later line ${part * 60 + 59}`);
      assertStays(before, await reading(page, before.text), `part ${part}`);
    }
    gateway.heard = [];
    await page.setViewportSize({ width: 700, height: 600 });
    await gateway.hear((message) => message.type === "size", "the new size");
    assertStays(before, await reading(page, before.text), "after the window changed");
    assert.equal(await page.textContent("#jump"), "300 new lines");
    await page.click("#jump");
    assert(await atEnd(page));
    flood(gateway, 0, 200, "the last");
    await waitForLine(page, "the last 199");
    assert(await atEnd(page));
    assert((await page.locator("#log .line").count()) <= 5100, "the bound holds again");
  });
}

onPage("the beginning of a log is held while it is read, but not without end", kDesktop, async ({ gateway, page }) => {
  flood(gateway, 0, 5000);
  await waitForLine(page, "line 4999");
  await page.keyboard.press("Control+Home");
  await page.waitForFunction(() => document.getElementById("log").scrollTop === 0);
  flood(gateway, 5000, 12_000);
  await waitForLine(page, "line 11999");
  const count = await page.locator("#log .line").count();
  assert(count <= 10_200 && count >= 5000, `${count} lines`);
  assert.notEqual(await reading(page), null);
});

onPage("what is being read stays in place while old lines go", kDesktop, async ({ gateway, page }) => {
  flood(gateway, 0, 5000);
  await waitForLine(page, "line 4999");
  for (let press = 0; press < 8; ++press) await page.keyboard.press("PageUp");
  await isUp(page, 6 * 600);
  const before = await reading(page);
  flood(gateway, 5000, 7500);
  await waitForLine(page, "line 7499");
  assertStays(before, await reading(page, before.text), "after the flood");
  assert.equal(await page.textContent("#jump"), "2,500 new lines");
  assert(!(await logLines(page)).includes("line 1000"), "old lines did go");
});

// Everything that changes the layout, in any order, between frames as well as before them. A line may move
// only when the log has become too short to hold it where it was, and then the log stands at its end.
const kChanges = {
  text: ({ gateway, random, next }) => flood(gateway, next.line, (next.line += 1 + random(120)), kSentence),
  window: ({ page, random }) => page.setViewportSize({ width: 360 + random(5) * 90, height: 400 + random(4) * 120 }),
  font: ({ page, random }) => page.evaluate((pixels) => document.documentElement.style.setProperty("--log-size", `${pixels}px`), 12 + random(8)),
  barsInOneFrame: ({ page, random }) =>
    page.evaluate((pixels) => {
      const { style } = document.querySelector(".bars");
      const log = document.getElementById("log");
      for (const height of [pixels, 0, pixels]) {
        style.minHeight = `${height}px`;
        log.getBoundingClientRect(); // as a mouse that moves makes the browser do
      }
    }, random(3) * 60),
  away: ({ gateway }) => gateway.say({ type: "world", here: false, text: "" }),
  back: ({ gateway }) => gateway.say({ type: "world", here: true, text: "The game is back." }),
  undrawn: ({ page }) => page.evaluate(() => document.querySelector("#log .line").getBoundingClientRect()),
};
for (const [where, device, up] of [["desktop", kDesktop, 6000], ["phone", kPhone, 9000], ["phone, near the end", kPhone, 300]]) {
  onPage(`whatever happens to the layout, the line that is read stays: ${where}`, device, async ({ gateway, page }) => {
    const seed = Number(process.env.WYLDGATE_SEED ?? 7);
    const random = randomly(seed);
    const next = { line: 5300 };
    flood(gateway, 0, next.line, kSentence);
    await waitForLine(page, `once, ${next.line - 1}`);
    const goUp = async () => {
      await page.evaluate((pixels) => document.getElementById("log").scrollBy(0, -pixels), up);
      await isUp(page, up / 2);
    };
    await goUp();
    let before = await reading(page);
    const names = Object.keys(kChanges);
    const done = [];
    for (let step = 0; step < 40; ++step) {
      const name = names[random(names.length)];
      done.push(name);
      await kChanges[name]({ gateway, page, random, next });
      if (random(3) === 0) continue; // the next one comes at once
      await waitForLine(page, `once, ${next.line - 1}`);
      const now = await reading(page, before.text);
      if ((now ?? (await reading(page))).left <= 8) {
        await goUp(); // whoever stands at the end again follows it
        before = await reading(page);
      } else {
        assertStays(before, now, `seed ${seed}: ${done.join(", ")}`);
        before = now;
      }
    }
  });
}

// A game that never falls silent: a full log loses lines at its beginning all the time.
function keepTalking(gateway, from) {
  let line = from;
  const timer = setInterval(() => flood(gateway, line, (line += 20), kSentence), 100);
  return () => clearInterval(timer);
}

// Waits until the line stands `wanted` pixels from the edge, which only a scroll of just that far does.
function standsAt(page, text, wanted) {
  return page.waitForFunction(([words, top]) => {
    const log = document.getElementById("log");
    const line = [...log.querySelectorAll(".line")].find((each) => each.textContent === words);
    return Math.abs(line.getBoundingClientRect().top - log.getBoundingClientRect().top - top) < 3;
  }, [text, wanted]);
}

onPage("wheel and keys scroll just as far as they should while text keeps coming", kDesktop, async ({ gateway, page }) => {
  flood(gateway, 0, 5300, kSentence);
  await waitForLine(page, "once, 5299");
  const stop = keepTalking(gateway, 5300);
  try {
    await page.hover("#log");
    await page.keyboard.press("PageUp");
    await isUp(page, 300);
    const view = await page.evaluate(() => document.getElementById("log").clientHeight);
    let { text, top } = await reading(page);
    const scroll = async (pixels, act) => {
      await act();
      await standsAt(page, text, (top -= pixels));
    };
    for (let turn = 0; turn < 5; ++turn) await scroll(-400, () => page.mouse.wheel(0, -400));
    await scroll(300, () => page.mouse.wheel(0, 300));
    for (let press = 0; press < 3; ++press) await scroll(-0.9 * view, () => page.keyboard.press("PageUp"));
    await scroll(0.9 * view, () => page.keyboard.press("PageDown"));
    await scroll(-1234, () => page.evaluate(() => document.getElementById("log").scrollBy(0, -1234)));
    await page.keyboard.press("Control+Home");
    await page.waitForFunction(() => document.getElementById("log").scrollTop < 2);
    await page.keyboard.press("Control+End");
    await page.waitForSelector("#jump", { state: "hidden" });
  } finally {
    stop();
  }
  assert(await atEnd(page));
});

onPage("a finger throws the log up while text keeps coming, and it rests where it comes to rest", kPhone, async ({ gateway, page, context }) => {
  flood(gateway, 0, 5300, kSentence);
  await waitForLine(page, "once, 5299");
  const finger = await context.newCDPSession(page);
  const touch = (type, touchPoints) => finger.send("Input.dispatchTouchEvent", { type, touchPoints });
  const stop = keepTalking(gateway, 5300);
  try {
    for (let push = 0; push < 3; ++push) {
      await touch("touchStart", [{ x: 180, y: 150 }]);
      for (let y = 160; y <= 500; y += 10) await touch("touchMove", [{ x: 180, y }]);
      await touch("touchEnd", []);
    }
    await isUp(page, 600);
    // The throw is over when the first line stands where it stood some frames ago.
    let last = null; // while it flies nothing may be drawn yet
    for (let still = 0; still < 5; ) {
      const now = await reading(page);
      still = now !== null && now.text === last?.text && Math.abs(now.top - last.top) < 0.5 ? still + 1 : 0;
      last = now;
    }
    const rests = await reading(page);
    for (let look = 0; look < 10; ++look) assertStays(rests, await reading(page, rests.text), `look ${look}`);
  } finally {
    stop();
  }
});

// As find-in-page and screen readers do it: without any input that the page could see.
onPage("text that the browser scrolls to, far up and not drawn yet, is shown and stays", kPhone, async ({ gateway, page }) => {
  flood(gateway, 0, 5300, kSentence);
  await waitForLine(page, "once, 5299");
  await page.waitForFunction(() => document.querySelector(".chunk.unmeasured, .chunk.drawn") === null);
  const stop = keepTalking(gateway, 5300);
  try {
    for (const number of [4900, 3750, 3720, 4321]) {
      const found = `${kSentence} ${number}`;
      await page.evaluate((words) => {
        [...document.querySelectorAll("#log .line")].find((each) => each.textContent === words).scrollIntoView({ block: "center" });
      }, found);
      const now = await reading(page, found);
      const view = await page.evaluate(() => document.getElementById("log").clientHeight);
      assert(now !== null && now.top > -now.height && now.top < view, `${number} is shown: ${JSON.stringify(now)}`);
      for (let look = 0; look < 3; ++look) assertStays(now, await reading(page, found), `${number}, look ${look}`);
    }
  } finally {
    stop();
  }
});
