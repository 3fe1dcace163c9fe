// The style rules of the 256 colours: `.f0`-`.f255` for text on the page, `.b0`-`.b255` for
// backgrounds. Runs at build time only.

import { hex, readable } from "./contrast.js";
import { kNamed, kPage, painted, type Theme } from "./palette.js";

export function textColor(index: number, theme: Theme): string {
  const named = kNamed[theme][index];
  return hex(named ?? readable(painted(index), kPage[theme]));
}

export function paletteCss(): string {
  const rules: string[] = [];
  for (let index = 0; index < 256; ++index) {
    const dark = textColor(index, "dark");
    const light = textColor(index, "light");
    rules.push(`.f${index}{color:${dark}}`);
    if (light !== dark) rules.push(`[data-theme=light] .f${index}{color:${light}}`);
    rules.push(`.b${index}{background-color:${hex(painted(index))}}`);
  }
  return `${rules.join("\n")}\n`;
}
