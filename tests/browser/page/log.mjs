// The log while text keeps coming: columns, prompts without a mark, selecting.

import assert from "node:assert/strict";
import { kDesktop, kPhone, logLines, screenshot, seriousFindings, waitForLine } from "../support/browser.mjs";
import { atEnd, onPage, sendLine } from "../support/on_page.mjs";
import { flood } from "../support/reading.mjs";

const announced = async (page) => (await page.evaluate(() => window.announced)).join("\n").split("\n");
const selected = (page) => page.evaluate(() => getSelection().toString());

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
