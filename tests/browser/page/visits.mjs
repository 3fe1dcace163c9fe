// Where the page may live, and when it stops knocking.

import assert from "node:assert/strict";
import { kDesktop, kPhone, waitForLine } from "../support/browser.mjs";
import { onPage, sendLine } from "../support/on_page.mjs";

const stopped = (page) => page.waitForSelector("html[data-connection=stopped]");

onPage("below a path of another web server everything stays under it", kDesktop, async ({ gateway, page, complaints }) => {
  assert.equal(await page.textContent("#state-words"), "Connected");
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).display), "flex", "the style sheet came");
  for (const link of ["icon", "manifest"]) {
    const address = await page.evaluate((rel) => document.querySelector(`link[rel=${rel}]`).href, link);
    assert(address.startsWith(gateway.url), address);
  }
  const manifest = await (await page.request.get(new URL("manifest.webmanifest", gateway.url).href)).json();
  const from = new URL("manifest.webmanifest", gateway.url);
  for (const address of [manifest.start_url, manifest.scope, manifest.icons[0].src]) {
    assert(new URL(address, from).href.startsWith(gateway.url), address);
  }
  assert.deepEqual(complaints, []);
}, { prepare: async ({ gateway }) => gateway.moveTo("/play/") });

onPage("a visit that ended at the login prompt waits for the player", kDesktop, async ({ gateway, page }) => {
  gateway.text("Your name? ");
  await waitForLine(page, "Your name?");
  gateway.say({ type: "bye", reason: "login_deadline", text: "Nobody logged in; closing.", retry: true });
  gateway.close(1000, "");
  await stopped(page);
  assert.equal(await page.textContent("#closed-why"), "Nobody logged in; closing.");
  assert.equal(await page.textContent("#connect"), "Connect again");
  assert.equal(gateway.connections, 1);
  await gateway.hello(() => sendLine(page, "oda"));
  assert.equal(await page.inputValue("#input"), "oda", "what was typed meanwhile is kept, not sent into the void");
});

onPage("a page that is left alone stops beginning new visits; any word of the player lets it go on", kPhone, async ({ gateway, page }) => {
  const endVisit = async () => {
    gateway.say({ type: "bye", reason: "world_lost", text: "The game went away.", retry: true });
    gateway.close(1000, "");
  };
  for (let visit = 1; visit < 3; ++visit) {
    await endVisit();
    await gateway.hello(() => page.click("#connect").catch(() => {})); // the button or the page's own attempt
  }
  await sendLine(page, "look");
  await gateway.line("look");
  for (let visit = 1; visit < 3; ++visit) {
    await endVisit();
    await page.waitForFunction(() => document.getElementById("state-words").textContent !== "Connected");
    await gateway.hello(() => {});
  }
  await endVisit();
  await gateway.hello(() => {});
  await endVisit();
  await stopped(page);
  assert.match(await page.textContent("#closed-why"), /^The game went away\. .*waits for you\.$/);
  await gateway.hello(() => page.click("#connect"));
  await page.waitForFunction(() => document.getElementById("state-words").textContent === "Connected");
});

onPage("while the game waits for a secret, no exit can be taken for it", kDesktop, async ({ gateway, page }) => {
  gateway.say({ type: "gmcp", package: "Room.Info", data: { name: "Gate", exits: [{ dir: "n", to: 2 }, { dir: "e", to: 3 }] } });
  await page.waitForSelector(".exit");
  assert.deepEqual(await page.locator(".exit").allTextContents(), ["n", "e"]);
  await page.focus(".exit[data-exit=e]");
  gateway.say({ type: "echo", on: false });
  await page.waitForSelector("#input[type=password]");
  assert(await page.isDisabled(".exit[data-exit=n]"));
  assert.equal(await page.evaluate(() => document.activeElement.id), "input", "the focus is not lost with the button");
  gateway.say({ type: "gmcp", package: "Room.Info", data: { name: "Mill", exits: { w: 1 } } });
  await page.waitForSelector(".exit[data-exit=w]");
  assert(await page.isDisabled(".exit[data-exit=w]"), "a new room's exits are off as well");
  gateway.say({ type: "echo", on: true });
  await page.waitForSelector("#input[type=text]");
  await page.click(".exit[data-exit=w]");
  assert.equal((await gateway.line("w")).secret, undefined);
});
