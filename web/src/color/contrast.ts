// Colours as 0xRRGGBB numbers, and the contrast of WCAG 2.1 between them. Pure.

export type Rgb = number;

// The least contrast of ordinary text, WCAG 2.1 level AA.
export const kContrastText = 4.5;

function linear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

export function luminance(color: Rgb): number {
  return (
    0.2126 * linear((color >> 16) & 255) +
    0.7152 * linear((color >> 8) & 255) +
    0.0722 * linear(color & 255)
  );
}

export function contrast(one: Rgb, other: Rgb): number {
  const a = luminance(one);
  const b = luminance(other);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

export function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const channel = (shift: number): number => {
    const start = (from >> shift) & 255;
    const end = (to >> shift) & 255;
    return Math.round(start + (end - start) * share) << shift;
  };
  return channel(16) | channel(8) | channel(0);
}

// Black or white, whichever reads better on `background`.
export function inkOn(background: Rgb): Rgb {
  return contrast(0x000000, background) >= contrast(0xffffff, background) ? 0x000000 : 0xffffff;
}

// `color` itself where it can be read on `background`, otherwise the nearest step towards black or
// white that can. A game chooses colours for a black terminal; this keeps them legible on paper too.
export function readable(color: Rgb, background: Rgb, least: number = kContrastText): Rgb {
  if (contrast(color, background) >= least) return color;
  const ink = inkOn(background);
  let low = 0;
  let high = 1;
  for (let step = 0; step < 8; ++step) {
    const middle = (low + high) / 2;
    if (contrast(mix(color, ink, middle), background) >= least) high = middle;
    else low = middle;
  }
  return mix(color, ink, high);
}

export function hex(color: Rgb): string {
  return `#${color.toString(16).padStart(6, "0")}`;
}
