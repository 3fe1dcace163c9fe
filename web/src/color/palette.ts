// The 256 terminal colours, and how the sixteen named ones look in each theme. Pure; the build
// turns it into style rules with palette_css.ts.

import type { Rgb } from "./contrast.js";

export type Theme = "dark" | "light";

// The page behind the log; src/style/theme.css says the same.
export const kPage: Record<Theme, Rgb> = { dark: 0x12161b, light: 0xfbfaf6 };

// The sixteen as text on the page: black is never invisible, white never glares. Each reaches AA.
export const kNamed: Record<Theme, readonly Rgb[]> = {
  dark: [
    0x7f8995, 0xf07a73, 0x84c47a, 0xd9b45b, 0x74a9f2, 0xcf8fe0, 0x5fc2ca, 0xc9ced6, 0x949da8,
    0xff9b94, 0xa3e497, 0xf6d983, 0x9cc7ff, 0xe5b3f2, 0x8ee4e9, 0xffffff,
  ],
  light: [
    0x2a2f35, 0xad2a23, 0x2b6a2e, 0x7a5700, 0x2255b0, 0x86309a, 0x0b6670, 0x5a626b, 0x656d76,
    0xc2261d, 0x1f7527, 0x8a5d00, 0x1d61d6, 0xa02db8, 0x007480, 0x101418,
  ],
};

// The sixteen as a background, the same in both themes: a game that paints one means that colour.
const kPainted: readonly Rgb[] = [
  0x07090b, 0x9e2b25, 0x43944a, 0xb8912a, 0x2456ad, 0x7f358f, 0x2b98a3, 0xc3c8d0, 0x59616a,
  0xf07a73, 0x84c47a, 0xe8c766, 0x74a9f2, 0xcf8fe0, 0x5fc2ca, 0xffffff,
];

// The value that colour `index` (0-255) has on any terminal: cube and grey ramp as xterm has them.
export function painted(index: number): Rgb {
  if (index < 16) return kPainted[index] ?? 0;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return (grey << 16) | (grey << 8) | grey;
  }
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return (level(Math.floor(cube / 36)) << 16) | (level(Math.floor(cube / 6) % 6) << 8) | level(cube % 6);
}
