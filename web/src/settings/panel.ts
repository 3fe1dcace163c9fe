// The settings popover: shows the values, hands on every change at once.

import { clampFont, kFontPixelsMax, kFontPixelsMin, type Settings, type ThemeChoice } from "./settings.js";
import { element } from "../page.js";

const kSwitches = [
  ["set-wrap", "wrap"],
  ["set-full-width", "fullWidth"],
  ["set-keep", "repeatSentLine"],
  ["set-reader", "screenReader"],
] as const;

export function connectPanel(initial: Settings, changed: (settings: Settings) => void): void {
  let settings = initial;
  const size = element("set-size", HTMLOutputElement);
  const smaller = element("set-smaller", HTMLButtonElement);
  const larger = element("set-larger", HTMLButtonElement);

  const show = (): void => {
    size.value = `${settings.fontPixels} px`;
    smaller.disabled = settings.fontPixels <= kFontPixelsMin;
    larger.disabled = settings.fontPixels >= kFontPixelsMax;
    for (const [id, key] of kSwitches) element(id, HTMLInputElement).checked = settings[key];
    for (const choice of ["system", "dark", "light"] as const) {
      element(`set-theme-${choice}`, HTMLInputElement).checked = settings.theme === choice;
    }
  };
  const change = (part: Partial<Settings>): void => {
    settings = { ...settings, ...part };
    show();
    changed(settings);
  };

  const resize = (by: number): void => change({ fontPixels: clampFont(settings.fontPixels + by, settings.fontPixels) });
  smaller.addEventListener("click", () => resize(-1));
  larger.addEventListener("click", () => resize(1));
  for (const [id, key] of kSwitches) {
    const box = element(id, HTMLInputElement);
    box.addEventListener("change", () => change({ [key]: box.checked }));
  }
  for (const choice of ["system", "dark", "light"] as const satisfies readonly ThemeChoice[]) {
    element(`set-theme-${choice}`, HTMLInputElement).addEventListener("change", () => change({ theme: choice }));
  }
  show();
}
