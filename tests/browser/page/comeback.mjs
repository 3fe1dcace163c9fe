// The connection breaks and comes back: the page returns to the session by itself, and the player loses
// nothing without being told.

import assert from "node:assert/strict";
import { kDesktop, kPhone, logLines, screenshot, seriousFindings, waitForLine } from "../support/browser.mjs";
import { noSidewaysScroll, onPage, sendLine } from "../support/on_page.mjs";
import { kRoom, kScene, kVitals } from "../support/scene.mjs";

const told = (page) => page.evaluate(() => window.told);
const announced = async (page) => (await page.evaluate(() => window.announced)).join("\n");
const lineTexts = (gateway) => gateway.heard.filter((each) => each.type === "line").map((each) => each.text);
const stored = (page) => page.evaluate(() => JSON.stringify({ ...sessionStorage }));

async function words(page, id, pattern) {
  await page.waitForFunction(
    ([where, source]) => new RegExp(source).test(document.getElementById(where).textContent),
    [id, pattern.source],
  );
}

// Breaks the connection; the next one waits at the door.
async function away(gateway, page) {
  gateway.holding = true;
  gateway.cut();
  await page.waitForSelector("#closed:not([hidden])");
}

// A page whose clock stands still, ten minutes on.
const stopTheClock = (page) => page.clock.pauseAt(new Date("2026-11-23T21:10:00Z"));
const kFailedAttempt = /WebSocket connection to/; // the browser's own words
const withClock = { prepare: ({ page }) => page.clock.install({ time: new Date("2026-11-23T21:00:00Z") }) };

onPage("a broken connection resumes where it broke, and the replay is not read out again", kDesktop, async ({ gateway, page }) => {
  gateway.text("Grün \u001b[1mand b");
  gateway.text("old\u001b[0m.\nHP> ");
  gateway.say({ type: "prompt" }, { type: "notice", text: "Nötiz" });
  await gateway.giveToken("tok-1");
  assert(/"token":"tok-1"/.test(await page.evaluate(() => sessionStorage.getItem("wyldgate.place./ws"))));
  gateway.text("A voice sa");
  await waitForLine(page, "A voice sa");
  const offset = Buffer.byteLength("Grün \u001b[1mand bold\u001b[0m.\nHP> NötizA voice sa") + 1;

  const hello = await gateway.hello(() => gateway.cut());
  assert.deepEqual(hello.resume, { token: "tok-1", epoch: 1, offset });
  gateway.resumed({ offset, lines: 2, bytes: 20 });
  gateway.text("ys hello.\nThe bell rings.\n");
  gateway.say({ type: "replayed" });
  await words(page, "news-words", /^Reconnected, 2 lines replayed\.$/);
  await waitForLine(page, "The bell rings.");
  assert.deepEqual((await logLines(page)).slice(-2), ["A voice says hello.", "The bell rings."], "the broken line goes on");
  gateway.text("New after it.\n");
  await page.waitForFunction(() => window.announced.join("\n").includes("New after it."));
  const heard = await announced(page);
  assert(!/hello\.|bell rings/.test(heard), heard);
  assert.equal((await told(page)).filter((each) => each === "Reconnected, 2 lines replayed.").length, 1);
  await gateway.giveToken("tok-2");
  assert.equal((await gateway.hello(() => gateway.cut())).resume.token, "tok-2");
});

onPage("a reloaded page resumes, and the replay fills its log", kDesktop, async ({ gateway, page }) => {
  gateway.text("The Lantern Gate\nRain hangs in the lamplight.\n");
  await gateway.giveToken("tok-1");
  await waitForLine(page, "lamplight");
  const { resume } = await gateway.hello(() => page.reload());
  assert.deepEqual(resume, { token: "tok-1", epoch: 1, offset: 0 });
  gateway.resumed({ lines: 2, bytes: 46 });
  gateway.text("The Lantern Gate\nRain hangs in the lamplight.\n");
  gateway.say({ type: "replayed" });
  await waitForLine(page, "lamplight");
  assert.deepEqual(await logLines(page), ["The Lantern Gate", "Rain hangs in the lamplight."]);
  gateway.text("Fresh.\n");
  await page.waitForFunction(() => window.announced.join("\n").includes("Fresh."));
  assert.equal(await announced(page), "Fresh.");
  assert.deepEqual(await told(page), ["Connecting.", "Reconnected, 2 lines replayed."]);
});

onPage("where storage is refused the token is kept in memory, and it is written nowhere else", kDesktop, async ({ gateway, page }) => {
  await gateway.giveToken("tok-secret");
  const hello = await gateway.hello(() => gateway.cut());
  assert.equal(hello.resume.token, "tok-secret");
  assert(!page.url().includes("tok"));
  const { body, local } = await page.evaluate(() => ({ body: document.documentElement.outerHTML, local: JSON.stringify({ ...localStorage }) }));
  assert(!body.includes("tok-secret") && !local.includes("tok-secret"));
}, {
  prepare: ({ page }) => page.addInitScript(() => {
    Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("denied", "SecurityError"); } });
  }),
});

for (const [how, wake] of [
  ["the network is back", (page) => page.evaluate(() => dispatchEvent(new Event("online")))],
  ["the page is seen again", (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")))],
  ["the page is taken out of a cache", (page) => page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })))],
  ["the player presses the button", (page) => page.click("#connect")],
  ["the player presses Enter on an empty line", (page) => page.press("#input", "Enter")],
]) {
  onPage(`a wait ends at once when ${how}`, kDesktop, async ({ gateway, page }) => {
    await gateway.giveToken("tok-1");
    await stopTheClock(page);
    gateway.cut();
    await page.waitForSelector("#closed[data-kind=waiting]:not([hidden])");
    assert.equal(gateway.connections, 1);
    const { resume } = await gateway.hello(() => wake(page));
    assert.equal(resume.token, "tok-1");
    assert.deepEqual(lineTexts(gateway), []);
  }, withClock);
}

onPage("the dot beside the state has a colour for each", kDesktop, async ({ gateway, page }) => {
  const dot = () => page.evaluate(() => getComputedStyle(document.querySelector(".state .dot")).backgroundColor);
  assert.equal(await dot(), "rgb(132, 196, 122)");
  await away(gateway, page);
  assert.equal(await dot(), "rgb(217, 180, 91)");
  await gateway.hello(() => gateway.release());
  gateway.say({ type: "bye", reason: "world_ended", text: "Farewell.", retry: false });
  gateway.close(1000, "");
  await page.waitForSelector("#closed[data-kind=stopped]");
  assert.equal(await dot(), "rgb(240, 122, 115)");
});

onPage("each attempt that fails waits longer, and is not read out again", kDesktop, async ({ gateway, page }) => {
  await gateway.giveToken("tok-1");
  await stopTheClock(page);
  gateway.refusing = true;
  gateway.cut();
  const waits = [];
  for (let attempt = 0; attempt < 7; ++attempt) {
    await page.waitForSelector("#closed[data-kind=waiting]:not([hidden])");
    const wait = Number(/^Trying again in (\d+) s\.$/.exec(await page.textContent("#closed-next"))[1]);
    waits.push(wait);
    if (wait > 1) {
      await page.clock.runFor(1000);
      assert.equal(await page.textContent("#closed-next"), `Trying again in ${wait - 1} s.`);
    }
    await page.clock.runFor(wait > 1 ? (wait - 1) * 1000 : 1000);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30]);
  const said = (await told(page)).filter((each) => each.startsWith("Disconnected"));
  assert.deepEqual(said, [
    "Disconnected. The connection was lost. Reconnecting by itself.",
    "Disconnected. The gateway does not answer. Reconnecting by itself.",
  ]);
}, {
  expected: kFailedAttempt,
  async prepare({ page }) {
    await withClock.prepare({ page });
    await page.addInitScript(() => {
      Math.random = () => 0.5;
    });
  },
});

onPage("a connection that is open but dead is found, and one that speaks is not", kDesktop, async ({ gateway, page }) => {
  await gateway.giveToken("tok-1");
  await stopTheClock(page);
  gateway.deaf = true;
  await page.clock.runFor(20_000);
  await gateway.hear((message) => message.type === "ping", "a ping");
  gateway.say({ type: "waiting", count: 1 }); // anything is a sign of life
  await words(page, "waiting", /1 command waiting/);
  await page.clock.runFor(15_000);
  assert.equal(gateway.connections, 1);
  await page.clock.runFor(5000);
  await gateway.hear((message) => message.type === "ping" && message.id > 1, "another ping");
  await page.clock.runFor(10_000);
  await words(page, "closed-why", /The gateway does not answer\./);
  gateway.deaf = false;
  const { resume } = await gateway.hello(() => page.clock.runFor(2000));
  assert.equal(resume.token, "tok-1");
}, withClock);

onPage("off line the page says so, and comes back with the network", kDesktop, async ({ gateway, page, context }) => {
  await gateway.giveToken("tok-1");
  await context.setOffline(true);
  gateway.cut();
  await words(page, "closed-why", /^You are offline\.$/);
  const { resume } = await gateway.hello(() => context.setOffline(false));
  assert.equal(resume.token, "tok-1");
  gateway.resumed();
  gateway.say({ type: "replayed" });
  await words(page, "news-words", /^Reconnected\.$/);
  assert(await page.isHidden("#closed"));
}, { expected: kFailedAttempt });

onPage("lines typed while away are shown, held, and sent in order when the replay is over", kDesktop, async ({ gateway, page }) => {
  gateway.text("HP> ");
  gateway.say({ type: "prompt" });
  await gateway.giveToken("tok-1");
  await away(gateway, page);
  await sendLine(page, "stand");
  await sendLine(page, "north");
  assert.deepEqual(await page.locator("#held-lines li").allTextContents(), ["stand", "north"]);
  assert.deepEqual(await logLines(page), ["HP> "]);
  for (let line = 2; line < 20; ++line) await sendLine(page, `wait ${line}`);
  await sendLine(page, "one too many");
  await words(page, "held-words", /20 lines wait already/);
  assert.equal(await page.inputValue("#input"), "one too many", "what is not kept stays in the input");

  await gateway.hello(() => gateway.release());
  gateway.resumed({ offset: 5, lines: 1 });
  gateway.text("A hound growls.\n");
  await waitForLine(page, "A hound growls.");
  assert.deepEqual(lineTexts(gateway), [], "nothing goes out before the replay is over");
  gateway.say({ type: "replayed" });
  await gateway.line("wait 19");
  assert.deepEqual(lineTexts(gateway), ["stand", "north", ...Array.from({ length: 18 }, (_, at) => `wait ${at + 2}`)]);
  await waitForLine(page, "wait 19");
  const log = await logLines(page);
  assert.deepEqual(log.slice(0, 4), ["HP> ", "A hound growls.", "stand  (typed while away)", "north  (typed while away)"]);
  assert(await page.isHidden("#held"));
}, { expected: kFailedAttempt });

onPage("what is typed while held lines wait for their turn does not overtake them", kDesktop, async ({ gateway, page }) => {
  await gateway.giveToken("tok-1");
  await away(gateway, page);
  await sendLine(page, "first");
  gateway.deaf = true;
  await gateway.hello(() => gateway.release());
  gateway.resumed();
  gateway.say({ type: "replayed" });
  const { id } = await gateway.hear((message) => message.type === "ping", "a ping");
  await sendLine(page, "second");
  gateway.say({ type: "pong", id: id - 1 });
  gateway.text("A bell.\n");
  await waitForLine(page, "A bell.");
  assert.deepEqual(lineTexts(gateway), []);
  gateway.say({ type: "pong", id });
  await gateway.line("second");
  assert.deepEqual(lineTexts(gateway), ["first", "second"]);
  await sendLine(page, "third");
  await gateway.line("third");
});

onPage("lines that wait can be dropped, and secrets never wait", kDesktop, async ({ gateway, page }) => {
  await gateway.giveToken("tok-1");
  await away(gateway, page);
  await sendLine(page, "north");
  await page.click("#held-drop");
  assert(await page.isHidden("#held"));
  await gateway.hello(() => gateway.release());
  gateway.resumed();
  gateway.text("Password: ");
  gateway.say({ type: "echo", on: false }, { type: "replayed" });
  await page.waitForSelector("#input[type=password]");
  assert.deepEqual(lineTexts(gateway), []);

  await away(gateway, page);
  assert.equal(await page.getAttribute("#input", "type"), "password", "still a secret");
  await sendLine(page, "correct horse");
  await words(page, "held-words", /hidden input was not kept/);
  assert.equal(await page.inputValue("#input"), "");
  assert((await told(page)).some((each) => /was not kept/.test(each)));
  await gateway.hello(() => gateway.release());
  gateway.resumed();
  gateway.say({ type: "replayed" });
  gateway.text("Again: ");
  await waitForLine(page, "Again");
  assert.deepEqual(lineTexts(gateway), []);
  for (const place of [await stored(page), (await logLines(page)).join(), await announced(page)]) assert(!place.includes("horse"));
});

onPage("lines that wait are not typed into a password prompt", kDesktop, async ({ gateway, page }) => {
  await gateway.giveToken("tok-1");
  await away(gateway, page);
  await sendLine(page, "say hello");
  await gateway.hello(() => gateway.release());
  gateway.resumed();
  gateway.say({ type: "replayed" }, { type: "echo", on: false }); // even where that is told late
  await waitForLine(page, "Not sent, because the game asks for a password now: “say hello”.");
  assert.deepEqual(lineTexts(gateway), []);
});

onPage("when the place is gone, what waited is named and not sent into the login", kDesktop, async ({ gateway, page }) => {
  gateway.say(kRoom);
  await gateway.giveToken("tok-1");
  await page.waitForSelector("#place:not([hidden])");
  await away(gateway, page);
  await sendLine(page, "north");
  await sendLine(page, "say hello");
  gateway.position = { epoch: 7, offset: 30 };
  await gateway.hello(() => gateway.release());
  gateway.resumed({ result: "gone", final: true, text: "Your place was held for 15 minutes and is gone." });
  gateway.text("Your name: ");
  await waitForLine(page, "Your name:");
  assert.deepEqual(await logLines(page), [
    "Your place was held for 15 minutes and is gone.",
    "Not sent, because your place in the game is gone: “north”, “say hello”.",
    "Your name: ",
  ]);
  assert.deepEqual(lineTexts(gateway), []);
  assert.equal(await stored(page), "{}");
  assert(await page.isHidden("#place"));
  await sendLine(page, "Oda");
  await gateway.line("Oda");
  await gateway.giveToken("tok-new");
  const { resume } = await gateway.hello(() => gateway.cut());
  assert.deepEqual(resume, { token: "tok-new", epoch: 7, offset: 30 + "Your name: ".length });
});

onPage("a gateway that is busy is asked again for the same place", kDesktop, async ({ gateway, page }) => {
  gateway.text("12345\n");
  await gateway.giveToken("tok-1");
  await gateway.hello(() => gateway.cut());
  gateway.resumed({ result: "busy", text: "Your place is not free yet." });
  gateway.text("not for this count\n");
  const { resume } = await gateway.hello(() => gateway.close(1013, ""));
  assert.deepEqual(resume, { token: "tok-1", epoch: 1, offset: 6 });
  assert((await told(page)).some((each) => each.includes("Your place is not free yet.")));
});

for (const [where, device] of [["desktop", kDesktop], ["phone", kPhone]]) {
  onPage(`a place at another gateway is asked for until the player starts over: ${where}`, device, async ({ gateway, page }) => {
    const words = "This gateway does not have your place in the game; another one may.";
    gateway.text("12345\n");
    await gateway.giveToken("tok-1");
    await stopTheClock(page);
    const refuse = async () => {
      gateway.resumed({ result: "busy", text: words });
      gateway.say({ type: "bye", reason: "busy", text: words, retry: true });
      gateway.close(1013, "");
      await page.waitForSelector("#closed[data-kind=waiting]:not([hidden])");
    };
    gateway.cut();
    await page.waitForSelector("#closed[data-kind=waiting]:not([hidden])");
    await gateway.hello(() => page.click("#connect"));
    for (let refused = 1; refused <= 3; ++refused) {
      await refuse();
      assert.equal(await page.textContent("#closed-why"), words);
      assert.match(await page.textContent("#closed-next"), /^Trying again in \d+ s\.$/);
      assert.equal(await page.isVisible("#start-over"), refused === 3, `after ${refused}`);
      if (refused === 3) break;
      const { resume } = await gateway.hello(() => page.click("#connect"));
      assert.deepEqual(resume, { token: "tok-1", epoch: 1, offset: 6 }, "the token is kept");
    }
    await screenshot(page, `elsewhere-${where}`);
    assert.equal((await told(page)).filter((each) => each.includes(words)).length, 1, "said aloud once");
    assert.match(await stored(page), /tok-1/);
    await sendLine(page, "look");
    const { resume } = await gateway.hello(() => page.click("#start-over"));
    assert.equal(resume, undefined);
    assert.equal(await stored(page), "{}");
    await page.waitForSelector("#closed", { state: "hidden" });
    await page.clock.runFor(100); // the log is drawn
    const shown = await logLines(page);
    assert(shown.includes("You have started over."), shown.join());
    assert(shown.includes("Not sent, because your place in the game is gone: “look”."), shown.join());
    assert.deepEqual(lineTexts(gateway), []);
  }, withClock);
}

onPage("a final refusal ends it, whatever happens around the page", kDesktop, async ({ gateway, page }) => {
  await gateway.giveToken("tok-1");
  await stopTheClock(page);
  gateway.say({ type: "bye", reason: "taken_over", text: "You went on from another place.", retry: true });
  gateway.close(1000, "");
  await page.waitForSelector("#closed[data-kind=stopped]:not([hidden])");
  assert.equal(await page.textContent("#closed-why"), "You went on from another place.");
  assert.equal(await page.textContent("#state-words"), "Disconnected");
  await page.clock.runFor(120_000);
  await page.evaluate(() => {
    dispatchEvent(new Event("online"));
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.clock.runFor(120_000);
  assert.equal(gateway.connections, 1);
  assert.equal(await stored(page), "{}");
  const hello = await gateway.hello(() => page.click("#connect"));
  assert.equal(hello.resume, undefined, "the token is forgotten");
}, withClock);

for (const [what, answer, line] of [
  ["known", { missing: 3100, since: "2026-11-23T21:05:00Z" }, /^About 3 KB of output is missing \(since .+\)\.$/],
  ["unknown", { missing: null, since: "2026-11-23T21:05:00Z" }, /^Some output may be missing \(since .+\)\.$/],
]) {
  onPage(`missing output stays marked in the log: ${what}`, kDesktop, async ({ gateway, page }) => {
    gateway.text("\u001b[31mbefore the g");
    await gateway.giveToken("tok-1");
    await gateway.hello(() => gateway.cut());
    gateway.resumed({ result: "resumed_with_gap", epoch: 2, offset: 9, lines: 1, ...answer });
    gateway.text("after the gap\n");
    gateway.say({ type: "replayed" });
    await waitForLine(page, "after the gap");
    const log = await logLines(page);
    assert.deepEqual([log[0], log[2]], ["before the g", "after the gap"]);
    assert.match(log[1], line);
    assert.equal(await page.locator("#log .gap").count(), 1);
    assert.equal(await page.locator("#log .line:last-child span").count(), 0, "no colour runs over the gap");
    assert((await told(page)).some((each) => each.endsWith(log[1])));
    gateway.say({ type: "position", epoch: 2, offset: 5000 });
    gateway.text("more\n");
    await waitForLine(page, "more");
    assert.deepEqual((await gateway.hello(() => gateway.cut())).resume, { token: "tok-1", epoch: 2, offset: 5005 });
  });
}

onPage("the game goes away and returns: the page says so once, and counts what waits", kDesktop, async ({ gateway, page }) => {
  gateway.say({ type: "world", here: false, text: "" });
  await words(page, "news-words", /^The game is away; your commands wait\.$/);
  gateway.say({ type: "waiting", count: 1 }, { type: "waiting", count: 3 });
  await words(page, "waiting", /^3 commands waiting$/);
  gateway.say({ type: "waiting", count: 2 }, { type: "waiting", count: 0 }, { type: "world", here: false, text: "" });
  gateway.say({ type: "world", here: true, text: "The game is back." });
  await words(page, "news-words", /^The game is back\.$/);
  assert.equal(await page.textContent("#waiting"), "");
  assert.deepEqual((await told(page)).slice(2), [
    "The game is away; your commands wait.", "1 command waiting.", "3 commands waiting.", "The game is back.",
  ]);
});

onPage("the settings ask for a code to go on with another client, and forget it when they close", kDesktop, async ({ gateway, page }) => {
  gateway.say({ type: "code", code: "NOT-ASKED-FOR" });
  await page.click("#settings-button");
  await page.click("#device");
  await gateway.hear((message) => message.type === "code", "that it wants a code");
  gateway.say({ type: "code", code: "7KQ2-M9XP-4DTH" });
  await words(page, "device-resume", /^resume 7KQ2-M9XP-4DTH$/);
  await page.keyboard.press("Escape");
  await page.waitForSelector("#settings", { state: "hidden" });
  await page.click("#settings-button");
  assert(await page.isHidden("#device-code"));
  assert.equal(await page.textContent("#device-resume"), "");
});

for (const device of [kDesktop, kPhone]) {
  for (const colorScheme of ["dark", "light"]) {
    const where = `${device.name}-${colorScheme}`;
    onPage(`every state of coming back is accessible: ${device.name}, ${colorScheme}`, device, async ({ gateway, page }) => {
      const looks = async (what) => {
        await screenshot(page, `${what}-${where}`);
        assert.deepEqual(await seriousFindings(page, `${what}, ${where}`), []);
        await noSidewaysScroll(page);
      };
      gateway.say(kRoom, kVitals);
      gateway.text(kScene);
      await gateway.giveToken("tok-1");
      gateway.refusing = true;
      gateway.cut();
      await words(page, "closed-why", /The gateway does not answer\./);
      await looks("away");
      await sendLine(page, "say Wait for me by the mill, I will be there in a moment.");
      await sendLine(page, "north");
      await looks("held");
      gateway.refusing = false;
      await gateway.hello(() => page.click("#connect").catch(() => {})); // the button or the page's own attempt
      gateway.resumed({ result: "resumed_with_gap", missing: 3100, since: new Date(Date.now() - 300_000).toISOString(), lines: 12 });
      gateway.text("A thorn hound leaps out of the hedge!\nOda says, \"Hurry!\"\n");
      gateway.say({ type: "replayed" });
      await waitForLine(page, "typed while away");
      await looks("reconnected");
      gateway.say({ type: "world", here: false, text: "The game is away; your commands wait." }, { type: "waiting", count: 3 });
      await words(page, "waiting", /3/);
      await looks("world-away");
      await page.click("#settings-button");
      await page.click("#device");
      gateway.say({ type: "code", code: "7KQ2-M9XP-4DTH" });
      await words(page, "device-resume", /7KQ2/);
      await looks("code");
    }, { colorScheme, expected: kFailedAttempt });
  }
}
