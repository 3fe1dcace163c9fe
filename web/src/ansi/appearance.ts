// From a style to what the page needs: class names, and for colours that no class can name, custom
// properties set by script (which a strict Content-Security-Policy allows). Pure.

import { hex, inkOn, readable, type Rgb } from "../color/contrast.js";
import { kPage, painted } from "../color/palette.js";
import {
  type Color, kBold, kConceal, kDefaultColor, kFaint, kInverse, kItalic, kStrike, kTrueColor, kUnderline, type Style,
} from "./style.js";

export interface Appearance {
  readonly className: string;
  readonly properties: readonly (readonly [string, string])[];
}

function rgb(color: Color): Rgb {
  return color >= kTrueColor ? color & 0xffffff : painted(color);
}

function bright(color: Color, flags: number): Color {
  return flags & kBold && color >= 0 && color < 8 ? color + 8 : color;
}

export function appearance(style: Style): Appearance {
  const classes: string[] = [];
  const properties: [string, string][] = [];
  const inverse = (style.flags & kInverse) !== 0;
  const text = bright(style.foreground, style.flags);
  const ink = inverse ? style.background : text;
  const paper = inverse ? text : style.background;

  if (paper === kDefaultColor && inverse) {
    // Nothing but the page's own two colours, exchanged; an ink of its own would be lost on them.
    classes.push("inverse");
  } else if (paper !== kDefaultColor) {
    const behind = rgb(paper);
    const color = ink === kDefaultColor ? inkOn(behind) : readable(rgb(ink), behind);
    classes.push("ink");
    properties.push(["--ink-dark", hex(color)], ["--ink-light", hex(color)]);
    if (paper < kTrueColor) {
      classes.push(`b${paper}`);
    } else {
      classes.push("paper");
      properties.push(["--paper", hex(behind)]);
    }
  } else if (ink >= kTrueColor) {
    classes.push("ink");
    properties.push(
      ["--ink-dark", hex(readable(rgb(ink), kPage.dark))],
      ["--ink-light", hex(readable(rgb(ink), kPage.light))],
    );
  } else if (ink !== kDefaultColor) {
    classes.push(`f${ink}`);
  }

  if (style.flags & kBold) classes.push("bold");
  if (style.flags & kFaint) classes.push("faint");
  if (style.flags & kItalic) classes.push("italic");
  if (style.flags & kUnderline) classes.push("underline");
  if (style.flags & kStrike) classes.push("strike");
  if (style.flags & kConceal) classes.push("conceal");
  return { className: classes.join(" "), properties };
}

// Remembers what it worked out; bounded, since a 24-bit gradient never repeats.
export class AppearanceCache {
  private readonly known = new Map<string, Appearance>();

  constructor(private readonly entriesMax: number = 1024) {}

  of(style: Style): Appearance {
    const key = `${style.foreground},${style.background},${style.flags}`;
    let found = this.known.get(key);
    if (!found) {
      if (this.known.size >= this.entriesMax) this.known.clear();
      found = appearance(style);
      this.known.set(key, found);
    }
    return found;
  }
}
