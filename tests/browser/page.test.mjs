// The play page in Chromium against a stub gateway: what a player sees, types and hears, at a desk and
// on a phone. web/dist must be built.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./page/comeback.mjs";
import "./page/editor.mjs";
import "./page/log.mjs";
import "./page/paste.mjs";
import "./page/reading.mjs";
import "./page/room.mjs";
import "./page/visits.mjs";
import { kDesktop, kPhone, logLines, newPage, screenshot, seriousFindings, waitForLine } from "./support/browser.mjs";
import { atEnd, browser, noSidewaysScroll, onPage, sendLine } from "./support/on_page.mjs";
import { playScene } from "./support/scene.mjs";
import { StubGateway } from "./support/stub_gateway.mjs";

for (const device of [kDesktop, kPhone]) {
  for (const colorScheme of ["dark", "light"]) {
    onPage(`a scene is drawn and accessible: ${device.name}, ${colorScheme}`, device, async ({ gateway, page }) => {
      await playScene(gateway, page);
      await screenshot(page, `page-${device.name}-${colorScheme}`);
      assert.deepEqual(await seriousFindings(page, `${device.name} ${colorScheme}`), []);
      await noSidewaysScroll(page);
      assert(await atEnd(page));

      await page.click("#settings-button");
      assert.deepEqual(await seriousFindings(page, `settings, ${device.name} ${colorScheme}`), []);
      await noSidewaysScroll(page);
      await page.keyboard.press("Escape");

      gateway.say({ type: "echo", on: false });
      await page.waitForSelector("#input[type=password]");
      assert.deepEqual(await seriousFindings(page, `password, ${device.name} ${colorScheme}`), []);

      gateway.say({ type: "bye", reason: "world_ended", text: "You left the world.", retry: false });
      gateway.close(1000, "");
      await page.waitForSelector("#closed:not([hidden])");
      assert.deepEqual(await seriousFindings(page, `closed, ${device.name} ${colorScheme}`), []);
      await noSidewaysScroll(page);
    }, { colorScheme });
  }

  onPage(`the hello tells client, size and side channels: ${device.name}`, device, async ({ page, hello }) => {
    assert.equal(hello.client, "wyldgate-web");
    assert.match(hello.version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(hello.gmcp, ["Core 1", "Char 1", "Room 1"]);
    assert.equal(hello.screen_reader, false);
    assert(device === kDesktop ? hello.columns === 100 : hello.columns >= 40 && hello.columns < 60, `${hello.columns} columns`);
    assert(hello.rows > 10 && hello.rows < 60, `${hello.rows} rows`);
    assert.equal(await page.textContent("h1 .world-name"), "Harrow Vale");
    assert.equal(await page.title(), "Harrow Vale · Wyldgate");
    assert.equal(await page.textContent("#state-words"), "Connected");
    assert(await page.isVisible("#state-words"));
  });

  onPage(`what the hello calls columns really fits on a line: ${device.name}`, device, async ({ gateway, page, hello }) => {
    gateway.text(`${"W".repeat(hello.columns)}\n${"W".repeat(hello.columns + 1)}\nend\n`);
    await waitForLine(page, "end");
    const [full, over, one] = await page.$$eval("#log .line", (lines) => lines.map((line) => line.offsetHeight));
    assert.equal(full, one, "a full line stays one");
    assert(over > one, "one more column wraps");
  });
}

onPage("colours, attributes and links become elements, never markup", kDesktop, async ({ gateway, page }) => {
  gateway.text("\u001b[31mred \u001b[1mbright\u001b[0m \u001b[38;5;208morange\u001b[0m \u001b[38;2;1");
  gateway.text("0;200;30mgreen\u001b[0m \u001b[48;2;80;0;80mplum\u001b[0m <b>no</b><img src=x onerror=alert(1)>\n");
  gateway.text("\u001b]8;;javascript:alert(1)\u0007bad\u001b]8;;\u0007 \u001b]8;;https://example.org/a\u0007good\u001b]8;;\u0007 http://example.org/b.\nend\n");
  await waitForLine(page, "end");
  const style = (text, property) =>
    page.evaluate(([wanted, name]) => {
      const run = [...document.querySelectorAll("#log .line *")].find((each) => each.textContent.trim() === wanted);
      return getComputedStyle(run)[name];
    }, [text, property]);
  assert.equal(await style("red", "color"), "rgb(240, 122, 115)");
  assert.equal(await style("bright", "color"), "rgb(255, 155, 148)");
  assert.equal(await style("bright", "fontWeight"), "700");
  assert.equal(await style("orange", "color"), "rgb(255, 135, 0)");
  assert.equal(await style("green", "color"), "rgb(10, 200, 30)", "set by script under the page's policy");
  assert.equal(await style("plum", "backgroundColor"), "rgb(80, 0, 80)");
  const [first, second] = await logLines(page);
  assert.match(first, /<b>no<\/b><img src=x onerror=alert\(1\)>$/);
  assert.equal(await page.locator("#log b, #log img").count(), 0);
  assert.equal(second, "bad good http://example.org/b.");
  const links = await page.$$eval("#log a", (found) => found.map((link) => [link.textContent, link.href, link.rel, link.target]));
  assert.deepEqual(links, [
    ["good", "https://example.org/a", "noopener noreferrer", "_blank"],
    ["http://example.org/b", "http://example.org/b", "noopener noreferrer", "_blank"],
  ]);
});

onPage("a prompt waits on its line, and the typed line stands behind it, dim", kDesktop, async ({ gateway, page }) => {
  gateway.text("Name? ");
  gateway.say({ type: "prompt" });
  await waitForLine(page, "Name? ");
  await sendLine(page, "Oda");
  await gateway.line("Oda");
  gateway.text("Hello, Oda.\n");
  await waitForLine(page, "Hello, Oda.");
  assert.deepEqual(await logLines(page), ["Name? Oda", "Hello, Oda."]);
  assert.equal(await page.textContent("#log .typed"), "Oda");
});

onPage("Enter alone is an empty line, arrows walk the history, Escape clears", kDesktop, async ({ gateway, page }) => {
  await sendLine(page, "north");
  await sendLine(page, "say hi");
  assert.equal(await page.inputValue("#input"), "");
  await page.press("#input", "Enter");
  await page.keyboard.type("look");
  await page.keyboard.press("Enter");
  await gateway.line("look");
  assert.deepEqual(gateway.heard.filter((each) => each.type === "line").map((each) => each.text), ["north", "say hi", "", "look"]);
  for (const line of ["look", "say hi", "north"]) {
    await page.keyboard.press("ArrowUp");
    assert.equal(await page.inputValue("#input"), line);
  }
  await page.keyboard.press("Escape");
  assert.equal(await page.inputValue("#input"), "");
  await page.keyboard.type("no");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.inputValue("#input"), "north");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.inputValue("#input"), "no");
});

onPage("who wants it can have Enter repeat the line", kDesktop, async ({ gateway, page }) => {
  await sendLine(page, "north");
  await sendLine(page, "say hi");
  assert.equal(await page.inputValue("#input"), "say hi");
  await page.press("#input", "Enter");
  await page.keyboard.type("look");
  assert.equal(await page.inputValue("#input"), "look", "typing replaces the line that was sent");
  await page.keyboard.press("Enter");
  await gateway.line("look");
  assert.deepEqual(gateway.heard.filter((each) => each.type === "line").map((each) => each.text), ["north", "say hi", "say hi", "look"]);
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.inputValue("#input"), "say hi");
}, { storage: { repeatSentLine: true } });

onPage("a password is masked, and shown, kept and announced nowhere", kDesktop, async ({ gateway, page }) => {
  const secret = "correct horse";
  await sendLine(page, "connect oda");
  gateway.text("Password: ");
  gateway.say({ type: "prompt" }, { type: "echo", on: false });
  await page.waitForSelector("#input[type=password]");
  assert.equal(await page.inputValue("#input"), "", "the line that was sent does not stand in the password field");
  assert.equal(await page.textContent("#input-label"), "Password");
  assert(await page.isVisible("#input-label"));
  await page.keyboard.type(secret);
  await screenshot(page, "page-desktop-password");
  await page.keyboard.press("Enter");
  assert.equal((await gateway.line(secret)).secret, true);
  assert.equal(await page.inputValue("#input"), "");
  await page.keyboard.type("half typed");
  gateway.text("\r\nWelcome back.\n");
  gateway.say({ type: "echo", on: true });
  await page.waitForSelector("#input[type=text]");
  assert.equal(await page.inputValue("#input"), "", "an unsent secret is wiped before the mask comes off");
  for (let press = 0; press < 4; ++press) await page.keyboard.press("ArrowUp");
  assert.equal(await page.inputValue("#input"), "connect oda");
  await waitForLine(page, "Welcome back.");
  assert.deepEqual(await logLines(page), ["connect oda", "Password: ", "Welcome back."]);
  const { body, announced, told, stored } = await page.evaluate(() => ({
    body: document.documentElement.outerHTML, announced: window.announced, told: window.told, stored: JSON.stringify({ ...localStorage, ...sessionStorage }),
  }));
  for (const place of [body, stored, ...announced, ...told]) assert(!place.includes(secret));
  assert(told.some((sentence) => /hidden/.test(sentence)) && told.some((sentence) => /visible again/.test(sentence)), told.join("|"));
});

onPage("every line is announced once; what the player typed never", kDesktop, async ({ gateway, page }) => {
  gateway.text("The first wo");
  gateway.text("rds.\nSecond line.\nYour name? ");
  gateway.say({ type: "prompt" });
  gateway.say({ type: "notice", text: "A notice of the gateway." });
  await sendLine(page, "echoed words");
  gateway.text("Third line.\n");
  await page.waitForFunction(() => window.announced.join("\n").includes("Third line."));
  gateway.text("Fourth line.\n");
  await page.waitForFunction(() => window.announced.join("\n").includes("Fourth line."));
  const heard = (await page.evaluate(() => window.announced)).join("\n").split("\n");
  assert.deepEqual(heard, ["The first words.", "Second line.", "Your name?", "A notice of the gateway.", "Third line.", "Fourth line."]);
  const live = await page.$$eval("[aria-live], [role=log], [role=status], [role=alert]", (found) =>
    found.map((each) => [each.id, each.getAttribute("aria-live") ?? each.getAttribute("role")]),
  );
  assert.deepEqual(live, [["log", "off"], ["announce", "polite"], ["status", "status"], ["editor-status", "status"]]);
  assert.deepEqual(await page.evaluate(() => window.told), ["Connecting.", "Connected."]);
});

onPage("a flood of 20,000 lines stays bounded, at the end, and in use", kDesktop, async ({ gateway, page }) => {
  for (let part = 0; part < 200; ++part) {
    let text = "";
    for (let line = 0; line < 100; ++line) text += `\u001b[3${line % 8}mline\u001b[0m number ${part * 100 + line}\n`;
    gateway.text(text);
  }
  await waitForLine(page, "number 19999");
  const { lines, elements, last } = await page.evaluate(() => ({
    lines: document.querySelectorAll("#log .line").length,
    elements: document.querySelectorAll("#log *").length,
    last: document.querySelector("#log .chunk:last-child .line:last-child").textContent,
  }));
  assert.equal(last, "line number 19999");
  assert(lines >= 5000 && lines <= 5100, `${lines} lines are kept`);
  assert(elements < 12_000, `${elements} elements`);
  assert(await atEnd(page));
  await sendLine(page, "still here");
  await gateway.line("still here");
  await page.waitForFunction(() => window.announced.some((batch) => batch.includes("earlier lines not read")));
  const spoken = (await page.evaluate(() => window.announced)).join("\n").split("\n").length;
  assert(spoken < 2000, `${spoken} lines spoken`);
});

onPage("scrolled up, the log stays put and counts; the button leads back", kDesktop, async ({ gateway, page }) => {
  gateway.text(Array.from({ length: 300 }, (_, line) => `line ${line}\n`).join(""));
  await waitForLine(page, "line 299");
  assert(await page.isHidden("#jump"));
  await page.keyboard.press("PageUp");
  await page.waitForFunction(() => {
    const log = document.getElementById("log");
    return log.scrollHeight - log.clientHeight - log.scrollTop > 100;
  });
  const place = await page.evaluate(() => document.getElementById("log").scrollTop);
  gateway.text("new one\n");
  await page.waitForSelector("#jump:not([hidden])");
  assert.equal(await page.textContent("#jump"), "1 new line");
  gateway.text("new two\nnew three\n");
  await page.waitForFunction(() => document.getElementById("jump").textContent === "3 new lines");
  await screenshot(page, "page-desktop-scrolled");
  assert.deepEqual(await seriousFindings(page, "scrolled up"), []);
  assert.equal(await page.evaluate(() => document.getElementById("log").scrollTop), place);
  await page.click("#jump");
  assert(await atEnd(page));
  assert(await page.isHidden("#jump"));
  gateway.text("new four\n");
  await waitForLine(page, "new four");
  assert(await atEnd(page));
  await page.keyboard.press("Control+Home");
  await page.waitForFunction(() => document.getElementById("log").scrollTop === 0);
  await sendLine(page, "look");
  await page.waitForFunction(() => {
    const log = document.getElementById("log");
    return log.scrollHeight - log.clientHeight - log.scrollTop < 8;
  });
});

test("the accessibility check is awake: it finds what is hard to read", async () => {
  const { context, page } = await newPage(browser(), kDesktop);
  try {
    await page.setContent("<main><p style='color:#777;background:#888'>hardly</p><input></main>");
    const found = await seriousFindings(page, "on purpose");
    assert(found.some((finding) => /color-contrast/.test(finding)), found.join("\n"));
    assert(found.some((finding) => /label/.test(finding)), found.join("\n"));
  } finally {
    await context.close();
  }
});

onPage("the keyboard alone reaches everything, and typing anywhere goes to the input", kDesktop, async ({ gateway, page }) => {
  await playScene(gateway, page);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.dataset.exit || document.activeElement.tagName);
  assert.equal(await focused(), "input");
  const visited = [];
  for (let press = 0; press < 12; ++press) {
    await page.keyboard.press("Shift+Tab");
    visited.push(await focused());
    if (visited[visited.length - 1] === "settings-button") break;
  }
  assert.deepEqual(visited, ["in", "south", "east", "north", "A", "log", "settings-button"]);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#settings:popover-open");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#settings", { state: "hidden" });
  await page.focus("#log");
  await page.keyboard.type("look");
  assert.equal(await focused(), "input");
  assert.equal(await page.inputValue("#input"), "look");
  await page.focus(".exit[data-exit=east]");
  await page.keyboard.press("Space");
  await gateway.line("east");
  assert.equal(await focused(), "east");
});

for (const device of [kDesktop, kPhone]) {
  onPage(`the status bar shows room, vitals and exits: ${device.name}`, device, async ({ gateway, page }) => {
    assert(await page.isHidden("#place"));
    gateway.say(
      { type: "gmcp", package: "Room.Info", data: { name: "<i>Mill</i>", exits: { w: 1, n: 2 } } },
      { type: "gmcp", package: "Char.Vitals", data: { hp: 50, maxhp: 200 } },
    );
    await page.waitForSelector(".vital");
    assert.equal(await page.textContent("#room"), "<i>Mill</i>");
    assert.equal(await page.textContent(".vital"), "HP 50/200");
    const bar = await page.evaluate(() => {
      const width = (selector) => document.querySelector(selector).getBoundingClientRect().width;
      return width(".vital-fill") / width(".vital-bar");
    });
    assert(Math.abs(bar - 0.25) < 0.02, `the bar is ${bar} full`);
    assert.deepEqual(await page.locator(".exit").allTextContents(), ["n", "w"]);
    assert.equal(await page.locator(".exit").first().getAttribute("aria-label"), "Go north");
    if (device === kPhone) {
      for (const selector of [".exit", ".send", "#settings-button", "#input"]) {
        const box = await page.locator(selector).first().boundingBox();
        assert(box.width >= 44 && box.height >= 44, `${selector} is ${box.width} x ${box.height}`);
      }
      const font = await page.evaluate(() => parseFloat(getComputedStyle(document.getElementById("input")).fontSize));
      assert(font >= 16, `the input's text is ${font} px: a phone would zoom in`);
      await page.tap(".exit[data-exit=w]");
    } else {
      await page.click(".exit[data-exit=w]");
    }
    await gateway.line("w");
    await waitForLine(page, "w");
    gateway.say({ type: "gmcp", package: "Room.Info", data: { name: "Hub", exits: Array.from({ length: 24 }, (_, door) => `door ${door}`) } });
    await page.waitForFunction(() => document.querySelectorAll(".exit").length === 24);
    await noSidewaysScroll(page);
  });
}

onPage("pressing Send or an exit leaves a phone's keyboard as it is", kPhone, async ({ gateway, page }) => {
  const focused = () => page.evaluate(() => document.activeElement.id);
  gateway.say({ type: "gmcp", package: "Room.Info", data: { name: "Gate", exits: ["north"] } });
  await page.waitForSelector(".exit");
  assert.notEqual(await focused(), "input", "the keyboard does not come up by itself");
  await page.tap(".exit");
  await gateway.line("north");
  assert.notEqual(await focused(), "input", "nor by walking");
  await page.tap("#log");
  assert.notEqual(await focused(), "input", "nor by touching the text");
  await page.tap("#input");
  await page.keyboard.type("look");
  await page.tap("#send");
  await gateway.line("look");
  assert.equal(await focused(), "input");
  await page.tap(".exit");
  assert.equal(await focused(), "input");
});

onPage("words that never end do not widen a phone's page", kPhone, async ({ gateway, page }) => {
  gateway.text(`${"x".repeat(2000)}\nhttps://example.org/${"y".repeat(500)}\n`);
  gateway.say({ type: "notice", text: "z".repeat(500) });
  gateway.say({ type: "gmcp", package: "Room.Info", data: { name: "n".repeat(200), exits: ["o".repeat(30)] } });
  await page.waitForSelector("#place:not([hidden])");
  await waitForLine(page, "zzz");
  await noSidewaysScroll(page);
  await sendLine(page, "look");
  assert.equal(await page.inputValue("#input"), "", "on a phone the sent line is cleared");
});

onPage("a phone whose keyboard comes up keeps the input and the end of the log in sight", kPhone, async ({ gateway, page }) => {
  await playScene(gateway, page);
  await page.setViewportSize({ width: 360, height: 400 });
  await gateway.hear((message) => message.type === "size" && message.rows < 20, "a smaller size");
  const input = await page.locator("#input").boundingBox();
  assert(input.y + input.height <= 400, "the input is above the keyboard");
  assert(await atEnd(page));
  await screenshot(page, "page-phone-keyboard");
});

onPage("a resized window and a new text size are told to the game, and no size twice", kDesktop, async ({ gateway, page, hello }) => {
  await page.setViewportSize({ width: 640, height: 500 });
  const narrow = await gateway.hear((message) => message.type === "size", "a size");
  assert(narrow.columns < hello.columns && narrow.rows < hello.rows);
  gateway.heard = [];
  await page.click("#settings-button");
  await page.click("#set-larger");
  await page.click("#set-larger");
  assert.equal(await page.textContent("#set-size"), "17 px");
  const expected = Math.floor((narrow.columns * 15) / 17);
  await gateway.hear((message) => message.type === "size" && Math.abs(message.columns - expected) <= 1, "the final size");
  const sizes = gateway.heard.map((message) => `${message.columns}x${message.rows}`);
  assert.equal(new Set(sizes).size, sizes.length, sizes.join(" "));
});

onPage("settings last, and a theme that was chosen wins over the system's", kDesktop, async ({ gateway, page }) => {
  const theme = () => page.evaluate(() => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]);
  assert.deepEqual(await theme(), ["dark", "rgb(18, 22, 27)"]);
  await page.emulateMedia({ colorScheme: "light" });
  await page.waitForSelector("[data-theme=light]");
  assert.deepEqual(await theme(), ["light", "rgb(251, 250, 246)"]);
  await page.click("#settings-button");
  await page.check("#set-theme-dark");
  await page.uncheck("#set-wrap");
  await screenshot(page, "page-desktop-settings");
  assert.deepEqual(await theme(), ["dark", "rgb(18, 22, 27)"]);
  await gateway.hello(() => page.reload());
  assert.deepEqual(await theme(), ["dark", "rgb(18, 22, 27)"]);
  gateway.text(`${"x".repeat(400)}\n`);
  await waitForLine(page, "xxx");
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector(".line")).whiteSpace), "pre");
  await noSidewaysScroll(page);
});

onPage("the end of a visit is told in words, and a new one can be had", kDesktop, async ({ gateway, page }) => {
  gateway.say({ type: "echo", on: false });
  await page.waitForSelector("#input[type=password]");
  gateway.say({ type: "bye", reason: "world_ended", text: "You left the world.", retry: false });
  gateway.close(1000, "");
  await page.waitForSelector("#closed:not([hidden])");
  await screenshot(page, "page-desktop-closed");
  assert.equal(await page.textContent("#state-words"), "Disconnected");
  assert.equal(await page.textContent("#closed-why"), "You left the world.");
  assert.equal(await page.textContent("#connect"), "Connect again");
  assert.equal(await page.getAttribute("#input", "type"), "text");
  await waitForLine(page, "You left the world.");
  assert((await page.evaluate(() => window.told)).includes("Disconnected. You left the world."));

  await gateway.hello(() => page.click("#connect"));
  await page.waitForFunction(() => document.getElementById("state-words").textContent === "Connected");
  assert(await page.isHidden("#closed"));
  gateway.text("Back again.\n");
  await waitForLine(page, "Back again.");
  assert.equal(gateway.connections, 2);
});

onPage("a line typed where no session can come back is neither sent nor lost", kDesktop, async ({ gateway, page }) => {
  gateway.holding = true;
  gateway.cut();
  await page.waitForSelector("#closed:not([hidden])");
  assert.equal(await page.textContent("#closed-why"), "The connection was lost.");
  await sendLine(page, "look");
  assert.equal(await page.inputValue("#input"), "look");
  assert(await page.isHidden("#held"));
  await gateway.hello(() => gateway.release());
  await page.waitForFunction(() => document.getElementById("state-words").textContent === "Connected");
  assert.equal(await page.inputValue("#input"), "look");
  assert.equal(gateway.heard.filter((each) => each.type === "line").length, 0);
});

onPage("a gateway that does not answer is told in words, and tried again", kPhone, async ({ gateway, page, complaints }) => {
  gateway.refusing = true;
  gateway.cut();
  await page.waitForFunction(() => document.getElementById("closed-why").textContent === "The gateway does not answer.");
  await page.waitForFunction(() => /^(Trying again in \d+ s\.|Connecting…)$/.test(document.getElementById("closed-next").textContent));
  await noSidewaysScroll(page);
  gateway.refusing = false;
  await gateway.hello(() => {});
  await page.waitForFunction(() => document.getElementById("state-words").textContent === "Connected");
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !/WebSocket connection to/.test(each)));
});

test("a world named by its address is shown without the scheme", async () => {
  const gateway = new StubGateway();
  gateway.world = "telnet://mux.example:2860";
  await gateway.start();
  const { context, page } = await newPage(browser(), kDesktop);
  try {
    await gateway.hello(() => page.goto(gateway.url));
    await page.waitForFunction(() => document.title === "mux.example:2860 · Wyldgate");
    assert.equal(await page.textContent("h1 .world-name"), "mux.example:2860");
  } finally {
    await context.close();
    await gateway.stop();
  }
});

onPage("messages that are not of the form do no harm", kDesktop, async ({ gateway, page }) => {
  gateway.say(null, 7, [], {}, { type: "text" }, { type: "weather" }, { type: "gmcp", package: "Room.Info", data: 7 }, { type: "gmcp", package: "Char.Vitals", data: [null] });
  gateway.say({ type: "error", text: "line too long" });
  gateway.text("fine\n");
  await waitForLine(page, "fine");
  assert.deepEqual(await logLines(page), ["The gateway did not understand this page: line too long", "fine"]);
});
