// What is pasted reaches the game line by line and whole, or the player hears why not.

import assert from "node:assert/strict";
import { kDesktop, kPhone, logLines, screenshot, seriousFindings, waitForLine } from "../support/browser.mjs";
import { noSidewaysScroll, onPage } from "../support/on_page.mjs";

const told = (page) => page.evaluate(() => window.told);
const sent = (gateway) => gateway.heard.filter((each) => each.type === "line").map((each) => each.text);
const shown = (page) => page.locator("#pasted-lines li").allTextContents();

async function paste(page, text) {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate((wanted) => navigator.clipboard.writeText(wanted), text);
  await page.focus("#input");
  await page.keyboard.press("Control+V");
}

for (const device of [kDesktop, kPhone]) {
  onPage(`several lines that are pasted are shown, and sent one by one: ${device.name}`, device, async ({ gateway, page }) => {
    await page.fill("#input", "say ");
    await paste(page, "hello\n\neast\nlook\n");
    await page.waitForSelector("#pasted:not([hidden])");
    assert.deepEqual(await shown(page), ["say hello", "", "east", "look"]);
    assert.equal(await page.textContent("#pasted-words"), "4 lines pasted.");
    assert.equal(await page.isVisible("#pasted .key-words"), device === kDesktop);
    assert((await told(page)).includes("4 lines pasted. Enter sends them, Escape discards them."));
    assert.deepEqual(sent(gateway), [], "nothing goes out by itself");
    assert.deepEqual(await seriousFindings(page, `pasted, ${device.name}`), []);
    await noSidewaysScroll(page);
    await screenshot(page, `page-${device.name}-pasted`);
    if (device === kPhone) await page.tap("#pasted-send");
    else await page.keyboard.press("Enter");
    await gateway.line("look");
    assert.deepEqual(sent(gateway), ["say hello", "", "east", "look"]);
    assert(await page.isHidden("#pasted"));
    await waitForLine(page, "look");
    assert.deepEqual(await logLines(page), ["say hello", "east", "look"]);
    await page.press("#input", "ArrowUp");
    assert.equal(await page.inputValue("#input"), "look");
  });
}

onPage("pasted lines can be dropped, one line is pasted as ever, and too many are refused in words", kDesktop, async ({ gateway, page }) => {
  await page.fill("#input", "tell oda ");
  await paste(page, "one\ntwo");
  await page.waitForSelector("#pasted:not([hidden])");
  await page.keyboard.press("Escape");
  assert(await page.isHidden("#pasted"));
  assert.equal(await page.inputValue("#input"), "tell oda ", "what was typed is back");
  await paste(page, "hello\n");
  assert.equal(await page.inputValue("#input"), "tell oda hello");
  assert(await page.isHidden("#pasted"));
  await paste(page, "x\n".repeat(201));
  await waitForLine(page, "Not pasted: that is 201 lines, and at most 200 can be pasted at once.");
  assert.equal(await page.inputValue("#input"), "tell oda hello");
  assert.deepEqual(sent(gateway), []);
});

onPage("pasted lines never go where a password is asked for", kDesktop, async ({ gateway, page }) => {
  await paste(page, "north\neast");
  await page.waitForSelector("#pasted:not([hidden])");
  gateway.say({ type: "echo", on: false });
  await page.waitForSelector("#input[type=password]");
  assert(await page.isDisabled("#pasted-send"));
  await page.keyboard.type("hunter2");
  await page.keyboard.press("Enter");
  await gateway.line("hunter2");
  assert.deepEqual(sent(gateway), ["hunter2"]);
  gateway.say({ type: "echo", on: true });
  await page.waitForSelector("#input[type=text]");
  await page.press("#input", "Enter");
  await gateway.line("east");
  assert.deepEqual(sent(gateway), ["hunter2", "north", "east"]);
});

onPage("a long line is sent whole as far as the gateway takes it, and otherwise kept and named", kDesktop, async ({ gateway, page }) => {
  const long = `@desc here=${"word ".repeat(1400)}THE END`;
  await paste(page, long);
  assert.equal(await page.inputValue("#input"), long, "nothing is cut");
  await page.press("#input", "Enter");
  await gateway.line(long);
  await page.fill("#input", `${long}${"x".repeat(65_536 - long.length)}ä`);
  await page.press("#input", "Enter");
  await waitForLine(page, "That line is too long to send, by 2 bytes.");
  assert.equal((await page.inputValue("#input")).length, 65_537, "it stays in the input");
  assert.deepEqual(sent(gateway), [long]);
}, { prepare: async ({ gateway }) => { gateway.lineBytes = 65_536; } });
