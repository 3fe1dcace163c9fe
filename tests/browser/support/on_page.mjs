// A test on a connected page with a gateway of its own. One browser serves all tests of a run.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, newPage, violations } from "./browser.mjs";
import { StubGateway } from "./stub_gateway.mjs";

let launched;

before(async () => {
  launched = await launch();
});

after(async () => {
  await launched?.close();
});

export function browser() {
  return launched;
}

// Afterwards nothing may have been complained of but what `expected` matches.
export function onPage(name, device, body, { prepare, expected = /^$/, ...options } = {}) {
  test(name, async () => {
    const gateway = new StubGateway();
    await gateway.start();
    const { context, page, complaints } = await newPage(launched, device, options);
    try {
      await prepare?.({ gateway, page, context });
      const hello = await gateway.hello(() => page.goto(gateway.url));
      await page.waitForFunction(() => document.title.includes("Harrow Vale"));
      await body({ gateway, page, hello, complaints, context });
      assert.deepEqual(await violations(page), [], "violations of the Content-Security-Policy");
      assert.deepEqual(complaints.filter((each) => !expected.test(each)), [], "complaints in the console");
    } finally {
      await context.close();
      await gateway.stop();
    }
  });
}

export async function sendLine(page, text) {
  await page.fill("#input", text);
  await page.press("#input", "Enter");
}

export async function noSidewaysScroll(page) {
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: innerWidth,
  }));
  assert(content <= window, `the page is ${content} px wide in a window of ${window}`);
}

export function atEnd(page) {
  return page.evaluate(() => {
    const log = document.getElementById("log");
    return log.scrollHeight - log.clientHeight - log.scrollTop < 8;
  });
}
