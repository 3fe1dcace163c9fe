// The log while text keeps coming: columns, prompts without a mark, reading back, selecting.

import assert from "node:assert/strict";
import { kDesktop, kPhone, logLines, screenshot, seriousFindings, waitForLine } from "../support/browser.mjs";
import { atEnd, onPage, sendLine } from "../support/on_page.mjs";

const announced = async (page) => (await page.evaluate(() => window.announced)).join("\n").split("\n");
const selected = (page) => page.evaluate(() => getSelection().toString());

function flood(gateway, from, to, words = "line") {
  for (let line = from; line < to; line += 100) {
    gateway.text(Array.from({ length: Math.min(100, to - line) }, (_, at) => `${words} ${line + at}\n`).join(""));
  }
}

// The line at the upper edge of the log, and how far from the edge it begins. A reader sees frames: what was
// drawn, after everything that watches the layout has had its turn.
async function reading(page) {
  return page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn))));
    const edge = document.getElementById("log").getBoundingClientRect().top;
    for (const line of document.querySelectorAll("#log .line")) {
      const box = line.getBoundingClientRect();
      if (box.bottom > edge + 1) return { text: line.textContent, top: box.top - edge };
    }
    return null;
  });
}

onPage("columns that the game makes with the cursor stay apart; concealed text is neither seen nor read", kDesktop, async ({ gateway, page }) => {
  gateway.text("HP:\u001b[10C100\nName\u001b[20GLevel\n=\u001b[9bend\n10%\r20%\u001b[K\nThe answer is \u001b[8mforty-two\u001b[28m.\nend> ");
  await waitForLine(page, "end>");
  assert.deepEqual((await logLines(page)).slice(0, 4), ["HP:          100", `Name${" ".repeat(15)}Level`, "==========end", "20%"]);
  const concealed = page.locator(".conceal");
  assert.equal(await concealed.textContent(), "forty-two");
  assert.equal(await concealed.evaluate((each) => getComputedStyle(each).color), "rgba(0, 0, 0, 0)");
  assert.equal(await concealed.getAttribute("aria-hidden"), "true");
  await page.waitForFunction(() => window.announced.join("\n").includes("end>"));
  assert(!(await announced(page)).join().includes("forty-two"));
});

onPage("a prompt without a mark is announced, every question, and once", kDesktop, async ({ gateway, page }) => {
  gateway.text("The Old Keep\n\nBy what name do they call you? ");
  await page.waitForFunction(() => window.announced.join("\n").includes("By what name"));
  await sendLine(page, "oda");
  gateway.text("Did I get that right, Oda (Y/N)? ");
  await page.waitForFunction(() => window.announced.join("\n").includes("(Y/N)"));
  await sendLine(page, "y");
  gateway.text("Welcome.\n");
  await page.waitForFunction(() => window.announced.join("\n").includes("Welcome."));
  assert.deepEqual(await announced(page), ["The Old Keep", "By what name do they call you?", "Did I get that right, Oda (Y/N)?", "Welcome."]);
  assert.deepEqual(await logLines(page), ["The Old Keep", "", "By what name do they call you? oda", "Did I get that right, Oda (Y/N)? y", "Welcome."]);
});

onPage("a link dressed as another address says where it goes", kPhone, async ({ gateway, page }) => {
  gateway.text("\u001b]8;;https://evil.example/\u0007https://\u001b[1mbank.example/\u001b[0m\u001b]8;;\u0007 \u001b]8;;https://example.org/\u0007the board\u001b]8;;\u0007\nend\n");
  await waitForLine(page, "end");
  const after = await page.$$eval("#log a", (links) => links.map((link) => [link.href, getComputedStyle(link, "::after").content]));
  assert.deepEqual(after, [
    ["https://evil.example/", "none"],
    ["https://evil.example/", '" (" attr(data-goes) ")"'],
    ["https://example.org/", "none"],
  ].map(([href, content]) => [href, content === "none" ? content : after[1][1]]));
  assert.match(after[1][1], /evil\.example|data-goes/);
  assert.deepEqual(await seriousFindings(page, "links"), []);
});

const kWays = [
  ["two pages up", kDesktop, async (page) => { for (let press = 0; press < 2; ++press) await page.keyboard.press("PageUp"); }],
  ["far up", kDesktop, (page) => page.evaluate(() => document.getElementById("log").scrollBy(0, -6000))],
  ["far up on a phone", kPhone, (page) => page.evaluate(() => document.getElementById("log").scrollBy(0, -9000))],
  ["at the very beginning", kDesktop, (page) => page.keyboard.press("Control+Home")],
];
for (const [name, device, goUp] of kWays) {
  onPage(`with a full log the line that is read stays: ${name}`, device, async ({ gateway, page }) => {
    flood(gateway, 0, 5300, "a sentence of ordinary length for a room, which a phone has to wrap at least once,");
    await waitForLine(page, "once, 5299");
    await goUp(page);
    await page.waitForFunction(() => {
      const log = document.getElementById("log");
      return log.scrollHeight - log.clientHeight - log.scrollTop > 500;
    });
    const before = await reading(page);
    for (let part = 0; part < 5; ++part) {
      flood(gateway, part * 60, part * 60 + 60, "later line");
      await waitForLine(page, `later line ${part * 60 + 59}`);
      const now = await reading(page);
      assert.equal(now.text, before.text);
      assert(Math.abs(now.top - before.top) < 2, `it moved by ${now.top - before.top} px`);
    }
    gateway.heard = [];
    await page.setViewportSize({ width: 700, height: 600 });
    await gateway.hear((message) => message.type === "size", "the new size");
    const wrapped = await reading(page);
    assert.equal(wrapped.text, before.text, "after the window changed");
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

onPage("a selection lasts while text comes, and the text does not run away under the mouse", kDesktop, async ({ gateway, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  flood(gateway, 0, 200, "story");
  gateway.text("Prompt part");
  await waitForLine(page, "Prompt part");
  const pick = (text) => page.evaluate((wanted) => {
    const line = [...document.querySelectorAll("#log .line")].reverse().find((each) => each.textContent.startsWith(wanted));
    const range = document.createRange();
    range.selectNodeContents(line);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }, text);

  await pick("Prompt part");
  gateway.text(" and more");
  await waitForLine(page, "and more");
  assert.match(await selected(page), /^Prompt part/, "in the line that grows");
  gateway.text("\nPrompt \u001b[1mbold\u001b[0m");
  await pick("story 190");
  flood(gateway, 0, 50, "spam");
  await waitForLine(page, "spam 49");
  assert.equal((await selected(page)).trim(), "story 190");
  assert.equal(await atEnd(page), false, "the end is not followed");
  assert.match(await page.textContent("#jump"), /new lines$/);
  await page.evaluate(() => getSelection().removeAllRanges());
  await page.waitForFunction(() => document.getElementById("jump").hidden);
  assert(await atEnd(page), "and is when nothing is selected any more");

  const box = await page.locator("#log .line", { hasText: "spam 45" }).boundingBox();
  const middle = box.y + box.height / 2;
  await page.mouse.move(box.x + 2, middle);
  await page.mouse.down();
  await page.mouse.move(box.x + 30, middle, { steps: 3 });
  flood(gateway, 100, 140, "spam");
  await waitForLine(page, "spam 139");
  await page.mouse.move(box.x + 60, middle, { steps: 3 });
  await page.mouse.up();
  assert.match(await selected(page), /^[spam 45]+$/);
  assert.equal((await selected(page)).split("\n").length, 1);
  await sendLine(page, "look");
  assert(await atEnd(page), "what the player sends leads to the end");

  await page.evaluate(() => {
    const lines = document.querySelectorAll("#log .line");
    const range = document.createRange();
    range.setStart(lines[3], 0);
    range.setEnd(lines[6], 0);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  });
  await page.keyboard.press("Control+C");
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).replaceAll("\r", ""), "story 3\nstory 4\nstory 5\n");
  await screenshot(page, "page-desktop-selection");
});
