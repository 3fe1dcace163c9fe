// The log: columns, prompts without a mark, links.

import assert from "node:assert/strict";
import { kDesktop, kPhone, logLines, seriousFindings, waitForLine } from "../support/browser.mjs";
import { onPage, sendLine } from "../support/on_page.mjs";

const announced = async (page) => (await page.evaluate(() => window.announced)).join("\n").split("\n");

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
