// Debian's Chromium, driven by playwright-core with a fresh profile; and a page that remembers every
// complaint the browser makes about it.

import path from "node:path";
import { mkdir } from "node:fs/promises";
import { axeSource, chromium } from "./packages.mjs";

export const kDesktop = { name: "desktop", viewport: { width: 1280, height: 800 } };
export const kPhone = {
  name: "phone",
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
};

// How many times slower than this machine the pages run: WYLDGATE_SLOWDOWN=6 shows what a slow phone would.
const kSlowdown = Number(process.env.WYLDGATE_SLOWDOWN ?? 1);

export function launch() {
  return chromium.launch({
    executablePath: process.env.WYLDGATE_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

// A page in a context of its own. `complaints` gathers script errors, console errors, refused
// resources and violations of the Content-Security-Policy.
export async function newPage(browser, device, { colorScheme = "dark", storage } = {}) {
  const { name: _name, ...options } = device;
  const context = await browser.newContext({ ...options, colorScheme, reducedMotion: "reduce", locale: "en" });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  if (kSlowdown > 1) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: kSlowdown });
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`console: ${message.text()}`);
  });
  await page.addInitScript((stored) => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
    // What a screen reader would be told: every addition to a live region, as it happens.
    window.announced = [];
    window.told = [];
    document.addEventListener("DOMContentLoaded", () => {
      const listen = (id, heard) => {
        new MutationObserver((changes) => {
          for (const change of changes) for (const node of change.addedNodes) heard.push(node.textContent);
        }).observe(document.getElementById(id), { childList: true, subtree: true, characterData: true });
      };
      listen("announce", window.announced);
      listen("status", window.told);
    });
    if (stored) localStorage.setItem("wyldgate.settings", JSON.stringify(stored));
  }, storage);
  return { context, page, complaints };
}

export async function violations(page) {
  return page.evaluate(() => window.violations);
}

// Runs axe in the page (by the debugger, which the page's policy does not concern). Minor findings
// are printed; serious and critical ones are returned.
export async function seriousFindings(page, where) {
  await page.evaluate(axeSource);
  const { violations: found } = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const words = found.map((each) => ({
    impact: each.impact,
    text: `${each.impact} ${each.id}: ${each.help}: ${each.nodes.map((node) => node.target.join(" ")).slice(0, 5).join(", ")}`,
  }));
  const isSerious = (finding) => finding.impact === "serious" || finding.impact === "critical";
  for (const finding of words.filter((each) => !isSerious(each))) console.log(`axe (${where}): ${finding.text}`);
  return words.filter(isSerious).map((finding) => finding.text);
}

export async function screenshot(page, name) {
  const folder = process.env.WYLDGATE_SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

// The lines of the log as they stand on the page.
export async function logLines(page) {
  return page.locator("#log .line").allTextContents();
}

export async function waitForLine(page, text) {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll("#log .line")].slice(-300).some((line) => line.textContent.includes(wanted)),
    text,
  );
}
