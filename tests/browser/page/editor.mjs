// The dialog for a text of the game.

import assert from "node:assert/strict";
import { kDesktop, kPhone, screenshot, seriousFindings } from "../support/browser.mjs";
import { noSidewaysScroll, onPage } from "../support/on_page.mjs";

const kNote = { type: "edit", edit: 7, title: "A note for the board", text: "Lost: one lantern.\r\nAsk for Oda." };

const open = (page) => page.waitForSelector("#editor[open]");
const shut = (page) => page.waitForSelector("#editor", { state: "hidden" });
const edited = (gateway) => gateway.hear((message) => message.type === "edited", "that the text is edited");

async function status(page, pattern) {
  await page.waitForFunction((source) => new RegExp(source).test(document.getElementById("editor-status").textContent), pattern.source);
}

onPage("a text is edited and saved with Ctrl+Enter", kDesktop, async ({ gateway, page }) => {
  gateway.say(kNote);
  await open(page);
  assert.equal(await page.textContent("#editor-title"), "A note for the board");
  assert.equal(await page.inputValue("#editor-text"), "Lost: one lantern.\nAsk for Oda.");
  assert.equal(await page.evaluate(() => document.activeElement.id), "editor-text");
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("It is <b>brass</b>.");
  await page.keyboard.press("Control+Enter");
  assert.deepEqual(await edited(gateway), { type: "edited", edit: 7, text: "Lost: one lantern.\nAsk for Oda.\nIt is <b>brass</b>." });
  await shut(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), "input", "the focus is back where it was");
});

onPage("Escape closes an untouched text, and asks before dropping changes", kDesktop, async ({ gateway, page }) => {
  gateway.say(kNote);
  await open(page);
  await page.keyboard.press("Escape");
  assert.deepEqual(await edited(gateway), { type: "edited", edit: 7, cancelled: true });
  await shut(page);

  gateway.heard = [];
  gateway.say(kNote);
  await open(page);
  await page.keyboard.type("Changed. ");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#editor-question:not([hidden])");
  assert.equal(await page.evaluate(() => document.activeElement.id), "editor-keep");
  assert.deepEqual(await seriousFindings(page, "the question"), []);
  await page.keyboard.press("Escape");
  await page.waitForSelector("#editor-buttons:not([hidden])");
  assert.match(await page.inputValue("#editor-text"), /^Changed\. /);
  assert.deepEqual(gateway.heard, []);
  await page.click("#editor-cancel");
  await page.click("#editor-drop");
  assert.deepEqual(await edited(gateway), { type: "edited", edit: 7, cancelled: true });
  await shut(page);
});

onPage("the text survives a reconnect, and is saved afterwards", kDesktop, async ({ gateway, page }) => {
  await gateway.giveToken("tok-1");
  gateway.say(kNote);
  await open(page);
  await page.keyboard.type("Changed. ");
  gateway.holding = true;
  gateway.cut();
  await gateway.knock();
  await page.click("#editor-save");
  await status(page, /There is no connection now/);
  await gateway.hello(() => gateway.release());
  gateway.resumed();
  gateway.say({ type: "replayed" }, kNote);
  await status(page, /^$/);
  assert.match(await page.inputValue("#editor-text"), /^Changed\. /, "asked again, the player's text stands");
  await page.click("#editor-save");
  assert.equal((await edited(gateway)).text, "Changed. Lost: one lantern.\nAsk for Oda.");
  await shut(page);
});

onPage("a text that was saved into a dying connection comes back as the player wrote it", kDesktop, async ({ gateway, page }) => {
  gateway.deaf = true;
  await gateway.giveToken("tok-1");
  gateway.say(kNote);
  await open(page);
  await page.keyboard.type("Changed. ");
  await page.click("#editor-save");
  await shut(page);
  await gateway.hello(() => gateway.cut());
  gateway.resumed();
  gateway.say({ type: "replayed" }, kNote);
  await open(page);
  assert.match(await page.inputValue("#editor-text"), /^Changed\. /);
  await status(page, /Save it once more/);
});

onPage("a text that nobody waits for any more can still be copied", kDesktop, async ({ gateway, page }) => {
  await gateway.giveToken("tok-1");
  gateway.say(kNote);
  await open(page);
  await page.keyboard.type("Changed. ");
  await gateway.hello(() => gateway.cut());
  gateway.resumed({ result: "gone", final: true, text: "Gone." });
  await status(page, /no longer waits/);
  assert(await page.isDisabled("#editor-save"));
  assert.match(await page.inputValue("#editor-text"), /^Changed\. /);
  await page.click("#editor-cancel");
  await page.click("#editor-drop");
  await shut(page);
  assert.equal(gateway.heard.filter((each) => each.type === "edited").length, 0);

  gateway.say(kNote);
  await open(page);
  gateway.say({ type: "edit_closed", edit: 7 });
  await shut(page);
});

onPage("a second text waits for the first where that was changed", kDesktop, async ({ gateway, page }) => {
  gateway.say(kNote);
  await open(page);
  gateway.say({ ...kNote, edit: 8, title: "Another" });
  await page.waitForFunction(() => document.getElementById("editor-title").textContent === "Another");
  await page.keyboard.type("Changed. ");
  gateway.say({ ...kNote, edit: 9, title: "A third" });
  await status(page, /another text for you/);
  await page.click("#editor-cancel");
  await page.click("#editor-drop");
  await page.waitForFunction(() => document.getElementById("editor-title").textContent === "A third");
  await page.click("#editor-save");
  assert.deepEqual(await edited(gateway), { type: "edited", edit: 9, text: "Lost: one lantern.\nAsk for Oda." });
});

onPage("a text over the gateway's bound is not sent", kDesktop, async ({ gateway, page }) => {
  gateway.say(kNote);
  await open(page);
  await page.fill("#editor-text", "\"".repeat(65_537));
  await page.click("#editor-save");
  await status(page, /^This is too long by 1 byte\.$/);
  await page.fill("#editor-text", "\"".repeat(65_536));
  await page.click("#editor-save");
  assert.equal((await edited(gateway)).text.length, 65_536);
});

for (const device of [kDesktop, kPhone]) {
  for (const colorScheme of ["dark", "light"]) {
    onPage(`the editor is accessible and fits: ${device.name}, ${colorScheme}`, device, async ({ gateway, page }) => {
      gateway.say({ ...kNote, text: `${kNote.text}\n\n${"The hinges of the mill door want oil, and the miller wants company. ".repeat(6)}` });
      await open(page);
      const where = `${device.name}-${colorScheme}`;
      await screenshot(page, `editor-${where}`);
      assert.deepEqual(await seriousFindings(page, `editor, ${where}`), []);
      await noSidewaysScroll(page);
      for (const id of ["editor-save", "editor-cancel"]) {
        const box = await page.locator(`#${id}`).boundingBox();
        assert(box.height >= 44, `#${id} is ${box.height} px high`);
        assert(box.y + box.height <= device.viewport.height, `#${id} is out of sight`);
      }
      await page.keyboard.type("Changed. ");
      await page.click("#editor-cancel");
      await page.waitForSelector("#editor-question:not([hidden])");
      await screenshot(page, `editor-question-${where}`);
      if (device === kPhone) {
        await page.setViewportSize({ width: 360, height: 400 });
        await page.tap("#editor-keep");
        const save = await page.locator("#editor-save").boundingBox();
        assert(save.y + save.height <= 400, "Save is above the keyboard");
        await screenshot(page, `editor-keyboard-${where}`);
      }
    }, { colorScheme });
  }
}
