// Text for a log, and what its reader sees.

import assert from "node:assert/strict";

export function flood(gateway, from, to, words = "line") {
  for (let line = from; line < to; line += 100) {
    gateway.text(Array.from({ length: Math.min(100, to - line) }, (_, at) => `${words} ${line + at}\n`).join(""));
  }
}

// Two frames later everything that watches the layout has had its turn.
const kDrawn = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn))))";

// The first line that shows, or the one with this text: how far from the upper edge of the log it begins, and
// how far the end is away. Lines that the browser does not draw are no reader's concern: they may lie over others.
export async function reading(page, text = null) {
  await page.evaluate(kDrawn);
  return page.evaluate((wanted) => {
    const log = document.getElementById("log");
    const edge = log.getBoundingClientRect().top;
    const line = [...log.querySelectorAll(".line")].find(
      (each) =>
        each.checkVisibility({ contentVisibilityAuto: true }) &&
        (wanted === null ? each.getBoundingClientRect().bottom >= edge + 8 : each.textContent === wanted),
    );
    const box = line?.getBoundingClientRect();
    return line ? { text: line.textContent, top: box.top - edge, height: box.height, left: log.scrollHeight - log.clientHeight - log.scrollTop } : null;
  }, text);
}

// Asserts that the line stands where it stood. One that wraps less than before, and would be above the edge,
// has come down to show. And when lines change their height, the line that keeps its place may be the one
// above, of which barely enough shows.
export function assertStays(before, now, said) {
  assert(now !== null, `${said}: the line is not drawn any more`);
  const moved = now.top - before.top;
  const cameDown = moved > 0 && now.height < before.height && now.top + now.height < 14;
  const bound = 2 + Math.abs(now.height - before.height);
  assert(Math.abs(moved) < bound || cameDown, `${said}: it moved by ${moved} px: ${JSON.stringify([before, now])}`);
}

export function isUp(page, pixels) {
  return page.waitForFunction((wanted) => {
    const log = document.getElementById("log");
    return log.scrollHeight - log.clientHeight - log.scrollTop > wanted;
  }, pixels);
}

// The same every time, for one seed.
export function randomly(seed) {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}
