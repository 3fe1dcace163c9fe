// Where room is scarce: a page at 400 %, a phone with its keyboard up, a banner on top of it. There are always
// some lines of text and the input, and nothing is out of reach.

import assert from "node:assert/strict";
import { kDesktop, screenshot, seriousFindings } from "../support/browser.mjs";
import { noSidewaysScroll, onPage, sendLine } from "../support/on_page.mjs";
import { kRoom, kScene, kVitals } from "../support/scene.mjs";

const kSmall = [
  { name: "zoomed to 400 %", viewport: { width: 320, height: 256 } },
  { name: "small phone with its keyboard", viewport: { width: 360, height: 340 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  { name: "phone on its side with its keyboard", viewport: { width: 640, height: 200 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
];

// Scrolls there as a keyboard user does, and says whether it can be seen then.
async function inReach(page, selector) {
  return page.locator(selector).first().evaluate((each) => {
    each.scrollIntoView({ block: "nearest" });
    const box = each.getBoundingClientRect();
    const at = document.elementFromPoint(box.left + Math.min(box.width, innerWidth) / 2, box.top + box.height / 2);
    return at !== null && (each.contains(at) || at.contains(each));
  });
}

async function hasTextAndInput(page, where) {
  const { lines, input, window } = await page.evaluate(() => {
    const log = document.getElementById("log");
    const box = document.getElementById("input").getBoundingClientRect();
    return { lines: log.clientHeight / document.querySelector(".line").offsetHeight, input: [box.top, box.bottom], window: innerHeight };
  });
  assert(lines > 2.9, `${where}: ${lines} lines of text`);
  assert(input[0] >= 0 && input[1] <= window, `${where}: the input is at ${input} of ${window}`);
}

for (const device of kSmall) {
  onPage(`nothing is out of reach: ${device.name}`, device, async ({ gateway, page }) => {
    gateway.text(`one\n${kScene}> `);
    gateway.say(kRoom, kVitals, { type: "prompt" });
    await page.waitForSelector(".exit");
    await page.focus("#input");
    await hasTextAndInput(page, "in play");
    for (const each of ["#settings-button", "#room", ".vital", ".exit[data-exit=in]", "#send", "#input"]) assert(await inReach(page, each), each);

    gateway.say({ type: "world", here: false, text: "The game is away; your commands wait." }, { type: "waiting", count: 3 });
    await page.waitForSelector("#news:not([hidden])");
    const seen = await page.locator("#news-words").evaluate((each) => {
      const box = each.getBoundingClientRect();
      return document.elementFromPoint(box.left + 5, box.top + 5) === each;
    });
    assert(seen, "a banner that appears is in sight");
    await page.focus("#input");
    await hasTextAndInput(page, "with a banner");
    await noSidewaysScroll(page);
    assert.deepEqual(await seriousFindings(page, device.name), []);
    for (const each of ["#settings-button", "#news-words", "#waiting", "#room", ".exit[data-exit=in]", "#input"]) assert(await inReach(page, each), each);
    await screenshot(page, `room-${device.viewport.width}x${device.viewport.height}`);

    await page.click("#settings-button");
    for (const each of ["#set-theme-light", "#set-larger", "#set-reader", "#device"]) assert(await inReach(page, each), each);
    await page.keyboard.press("Escape");

    await gateway.giveToken("tok-1");
    gateway.holding = true;
    gateway.cut();
    await page.waitForSelector("#closed:not([hidden])");
    await sendLine(page, "say wait for me");
    await page.waitForSelector("#held:not([hidden])");
    await page.focus("#input");
    await hasTextAndInput(page, "away");
    for (const each of ["#connect", "#held-lines", "#held-drop", "#input"]) assert(await inReach(page, each), each);
  });
}

for (const colorScheme of ["dark", "light"]) {
  onPage(`with the colours of a high contrast theme all states can be told apart: ${colorScheme}`, kDesktop, async ({ gateway, page }) => {
    gateway.text(`${kScene}> `);
    gateway.say(kRoom, kVitals, { type: "prompt" });
    await page.waitForSelector(".exit");
    await sendLine(page, "look");
    const style = (selector, name) => page.locator(selector).first().evaluate((each, wanted) => getComputedStyle(each)[wanted], name);
    const canvas = await style("body", "backgroundColor");
    assert.notEqual(await style(".inverse", "backgroundColor"), canvas, "inverse text");
    assert.notEqual(await style(".vital-fill", "backgroundColor"), canvas, "the bars");
    assert.equal(await style(".typed", "fontStyle"), "italic", "the player's own words");
    for (const each of [".exit", "#input", "#send"]) assert.equal(await style(each, "borderTopStyle"), "solid", each);
    await page.click("#settings-button");
    const [chosen, other] = await page.$$eval(".choice span", (each) => each.map((span) => getComputedStyle(span).backgroundColor));
    assert.notEqual(chosen, other, "the chosen theme");
    await screenshot(page, `forced-colours-${colorScheme}`);
  }, { colorScheme, prepare: ({ page }) => page.emulateMedia({ forcedColors: "active", colorScheme }) });
}
