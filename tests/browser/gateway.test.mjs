// The play page of a real, running gateway, in Chromium, at a desk and on a phone:
//
//   WYLDGATE_URL          page of a gateway with the demo world, "http://127.0.0.1:4080/"
//   WYLDGATE_TINYMUX_URL  page of a gateway in front of a fresh TinyMUX
//
// Whoever starts the gateways sets both; without them these tests fail.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, before, test } from "node:test";
import { kDesktop, kPhone, launch, logLines, newPage, screenshot, seriousFindings, violations } from "./support/browser.mjs";

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

function address(variable) {
  const url = process.env[variable];
  assert(url, `${variable} must hold the address of a gateway's play page, for example http://127.0.0.1:4080/`);
  return url;
}

// The demo world takes letters only, and keeps a name for itself while its owner is there.
function newName() {
  const letters = Array.from({ length: 6 }, () => String.fromCharCode(97 + randomInt(26))).join("");
  return `Fern${letters}`;
}

// One player at one page.
class Player {
  static async sitDown(url, device, options) {
    const player = Object.assign(new Player(), await newPage(browser, device, options));
    player.device = device;
    const response = await player.page.goto(url);
    assert.match(response.headers()["content-security-policy"] ?? "", /default-src 'self'/);
    await player.page.waitForFunction(() => document.getElementById("state-words").textContent === "Connected");
    return player;
  }

  async send(line) {
    await this.page.fill("#input", line);
    if (this.device === kPhone) await this.page.tap(".send");
    else await this.page.press("#input", "Enter");
  }

  // Waits until the log, from `since` on, holds `pattern`.
  async sees(pattern, since = 0) {
    try {
      await this.page.waitForFunction(
        ([source, from]) => {
          const lines = [...document.querySelectorAll("#log .line")].map((line) => line.textContent);
          return new RegExp(source).test(lines.slice(from).join("\n"));
        },
        [pattern.source, since],
      );
    } catch (error) {
      throw new Error(`the log never showed ${pattern}; it shows:\n${(await logLines(this.page)).slice(-40).join("\n")}`, { cause: error });
    }
  }

  lineCount() {
    return this.page.locator("#log .line").count();
  }

  async does(line, pattern) {
    const since = await this.lineCount();
    await this.send(line);
    await this.sees(pattern, Math.max(0, since - 1));
  }

  room() {
    return this.page.textContent("#room");
  }

  async check(where) {
    assert.deepEqual(await seriousFindings(this.page, where), []);
    assert.deepEqual(await violations(this.page), [], "violations of the Content-Security-Policy");
    assert.deepEqual(this.complaints, [], "complaints in the console");
    const { content, window } = await this.page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: innerWidth }));
    assert(content <= window, `the page is ${content} px wide in a window of ${window}`);
  }

  async standUp() {
    await this.context.close();
  }
}

async function enterDemo(player, name) {
  await player.sees(/Your name: /);
  await player.send(name);
  await player.page.waitForSelector("#place:not([hidden])");
  await player.sees(/The Lamplit Court/);
}

for (const [device, colorScheme] of [[kDesktop, "dark"], [kDesktop, "light"], [kPhone, "dark"], [kPhone, "light"]]) {
  test(`the demo world is played to its end: ${device.name}, ${colorScheme}`, async () => {
    const player = await Player.sitDown(address("WYLDGATE_URL"), device, { colorScheme });
    try {
      const { page } = player;
      const name = newName();
      await enterDemo(player, name);
      assert.notEqual(await page.textContent(".world-name"), "", "the page says which world this is");

      const start = await player.room();
      assert.equal(start, "The Lamplit Court");
      assert.match(await page.textContent("[data-vital=HP]"), /^HP \d+\/\d+$/);
      const exits = await page.locator(".exit").allTextContents();
      assert(exits.includes("n"), `exits: ${exits.join(" ")}`);

      await player.does("look", /The Lamplit Court/);
      await player.does("say Good evening!", /You (say|exclaim), "Good evening!"/);
      await screenshot(page, `demo-${device.name}-${colorScheme}`);
      await player.check(`demo, ${device.name} ${colorScheme}`);

      // There by its button, back by its word.
      if (device === kPhone) await page.tap(".exit[data-exit=n]");
      else await page.click(".exit[data-exit=n]");
      await page.waitForFunction((left) => document.getElementById("room").textContent !== left, start);
      const next = await player.room();
      await player.sees(new RegExp(next.replace(/[^A-Za-z ]/g, ".")));
      await player.send("south");
      await page.waitForFunction((back) => document.getElementById("room").textContent === back, start);
      await player.does("who", new RegExp(name));

      await player.send("quit");
      await page.waitForSelector("#closed:not([hidden])");
      assert.equal(await page.textContent("#state-words"), "Disconnected");
      await player.check(`demo after quit, ${device.name} ${colorScheme}`);

      await page.click("#connect");
      await page.waitForFunction(() => document.getElementById("state-words").textContent === "Connected");
      assert(await page.isHidden("#place"), "the bar of the player who left is gone");
    } finally {
      await player.standUp();
    }
  });
}

test("a player at a desk and one on a phone meet in the demo world", async () => {
  const url = address("WYLDGATE_URL");
  const desk = await Player.sitDown(url, kDesktop);
  const phone = await Player.sitDown(url, kPhone);
  try {
    const deskName = newName();
    const phoneName = newName();
    await enterDemo(desk, deskName);
    await enterDemo(phone, phoneName);
    await desk.sees(new RegExp(`${phoneName} .*looks around`));
    await phone.send("say I am on the tram.");
    await desk.sees(new RegExp(`${phoneName} says, "I am on the tram\\."`));
    await desk.send(`tell ${phoneName} Mind the gap.`);
    await phone.sees(new RegExp(`${deskName} tells you, "Mind the gap\\."`));
    await desk.page.waitForFunction((spoken) => window.announced.join("\n").includes(spoken), "I am on the tram.");
    const announced = (await desk.page.evaluate(() => window.announced)).join("\n");
    assert.equal(announced.split("I am on the tram.").length, 2, "announced once");
    await screenshot(desk.page, "demo-desktop-together");
    await screenshot(phone.page, "demo-phone-together");
  } finally {
    await desk.standUp();
    await phone.standUp();
  }
});

for (const device of [kDesktop, kPhone]) {
  test(`TinyMUX is played through the gateway: ${device.name}`, async () => {
    const player = await Player.sitDown(address("WYLDGATE_TINYMUX_URL"), device);
    try {
      const { page } = player;
      await player.sees(/connect/i);
      await player.does("connect wizard potrzebie", /Last connect was/);
      await player.does("look", /look\n.*\(#\d+\w*\)/); // a wizard sees every place's number
      await player.does("say hello", /You say, .hello./);
      await screenshot(page, `tinymux-${device.name}`);
      await player.check(`TinyMUX, ${device.name}`);
      await player.send("QUIT");
      await page.waitForSelector("#closed:not([hidden])");
      assert.equal(await page.textContent("#state-words"), "Disconnected");
      assert.notEqual(await page.textContent("#closed-why"), "");
    } finally {
      await player.standUp();
    }
  });
}
