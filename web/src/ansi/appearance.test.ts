import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, inkOn, kContrastText, readable } from "../color/contrast.js";
import { kNamed, kPage, painted } from "../color/palette.js";
import { paletteCss, textColor } from "../color/palette_css.js";
import { appearance, AppearanceCache } from "./appearance.js";
import { kBold, kFaint, kInverse, kItalic, kPlain, kStrike, kTrueColor, kUnderline, type Style } from "./style.js";

function look(part: Partial<Style>): { className: string; [property: string]: string } {
  const { className, properties } = appearance({ ...kPlain, ...part });
  return { className, ...Object.fromEntries(properties) };
}

function value(color: string | undefined): number {
  assert(color !== undefined && /^#[0-9a-f]{6}$/.test(color), String(color));
  return parseInt(color.slice(1), 16);
}

test("palette colours are classes, bold brightens the first eight", () => {
  assert.deepEqual(look({}), { className: "" });
  assert.deepEqual(look({ foreground: 1 }), { className: "f1" });
  assert.deepEqual(look({ foreground: 1, flags: kBold }), { className: "f9 bold" });
  assert.deepEqual(look({ foreground: 9, flags: kBold }), { className: "f9 bold" });
  assert.deepEqual(look({ foreground: 200, flags: kBold }), { className: "f200 bold" });
  assert.equal(look({ flags: kFaint | kItalic | kUnderline | kStrike }).className, "faint italic underline strike");
});

test("inverse exchanges the two colours", () => {
  assert.deepEqual(look({ flags: kInverse }), { className: "inverse" });
  assert.equal(look({ foreground: 1, flags: kInverse }).className, "ink b1");
  assert.equal(look({ foreground: 7, background: 4, flags: kInverse }).className, "ink b7");
  assert.equal(look({ background: 4, flags: kInverse }).className, "inverse");
});

test("24-bit colours are properties: one for each theme, and the background as given", () => {
  const dark = look({ foreground: kTrueColor | 0x000040 });
  assert.equal(dark.className, "ink");
  assert(contrast(value(dark["--ink-dark"]), kPage.dark) >= kContrastText);
  assert.equal(dark["--ink-light"], "#000040");
  const painted24 = look({ background: kTrueColor | 0x123456 });
  assert.equal(painted24.className, "ink paper");
  assert.equal(painted24["--paper"], "#123456");
});

test("text on any painted background can be read in both themes", () => {
  for (let paper = 0; paper < 256; ++paper) {
    for (const foreground of [-1, 0, 1, 4, 7, 15, 196, 232, kTrueColor | 0x808080]) {
      const seen = look({ foreground, background: paper });
      assert(contrast(value(seen["--ink-dark"]), painted(paper)) >= 4.45, `${foreground} on ${paper}`);
      assert.equal(seen["--ink-dark"], seen["--ink-light"]);
    }
  }
});

test("all 256 colours reach AA on the page of both themes", () => {
  for (const theme of ["dark", "light"] as const) {
    assert.equal(kNamed[theme].length, 16);
    for (let index = 0; index < 256; ++index) {
      const ratio = contrast(value(textColor(index, theme)), kPage[theme]);
      assert(ratio >= kContrastText, `${theme} ${index}: ${ratio.toFixed(2)}`);
    }
  }
});

test("the palette is xterm's beyond the sixteen, and a colour that can be read stays itself", () => {
  assert.equal(painted(16), 0x000000);
  assert.equal(painted(208), 0xff8700);
  assert.equal(painted(231), 0xffffff);
  assert.equal(painted(232), 0x080808);
  assert.equal(painted(255), 0xeeeeee);
  assert.equal(textColor(208, "dark"), "#ff8700");
  assert.match(paletteCss(), /^\.f0\{color:#[0-9a-f]{6}\}/);
  assert.equal(paletteCss().match(/^\.b\d+\{/gm)?.length, 256);
});

test("contrast is WCAG's, and there is an ink for every paper", () => {
  assert.equal(contrast(0x000000, 0xffffff), 21);
  assert.equal(contrast(0x777777, 0x777777), 1);
  assert.equal(inkOn(0xffff00), 0x000000);
  assert.equal(inkOn(0x000080), 0xffffff);
  assert.equal(readable(0xffffff, 0x000000), 0xffffff);
});

test("the cache gives the same answer and stays bounded", () => {
  const cache = new AppearanceCache(4);
  for (let color = 0; color < 50; ++color) {
    const style = { ...kPlain, foreground: kTrueColor | color };
    assert.deepEqual(cache.of(style), appearance(style));
    assert.equal(cache.of(style), cache.of({ ...style }));
  }
});
