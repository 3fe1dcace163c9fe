// One player at the play page, driven over standard input: "send TEXT" types a line, "see PATTERN" waits until
// the log shows it, "once PATTERN" wants it there exactly once, "offline" and "online" speak of the network. Each
// command is answered by a line "ok" or "no REASON".

import { createInterface } from "node:readline";
import { kDesktop, launch, logLines, newPage } from "../browser/support/browser.mjs";

const browser = await launch();
const { page } = await newPage(browser, kDesktop);
await page.goto(process.env.WYLDGATE_URL);
process.stdout.write("ok\n");

for await (const line of createInterface({ input: process.stdin })) {
  const verb = line.slice(0, 4);
  const argument = line.slice(5).trim();
  try {
    if (verb === "send") {
      await page.fill("#input", argument);
      await page.press("#input", "Enter");
    } else if (line === "offline" || line === "online") {
      await page.context().setOffline(line === "offline");
    } else if (verb === "once") {
      const text = (await logLines(page)).join("\n");
      const found = text.match(new RegExp(argument, "g"))?.length ?? 0;
      if (found !== 1) throw new Error(`${argument} is there ${found} times`);
    } else {
      await page.waitForFunction(
        (source) =>
          new RegExp(source).test([...document.querySelectorAll("#log .line")].map((each) => each.textContent).join("\n")),
        line.slice(4).trim(),
      );
    }
    process.stdout.write("ok\n");
  } catch (error) {
    const shown = (await logLines(page)).slice(-20).join(" | ");
    process.stdout.write(`no ${error.message.split("\n")[0]}; the log shows: ${shown}\n`);
  }
}
await browser.close();
