// How a run of text looks, as the game's SGR sequences say it. Plain immutable data.

// -1 is the terminal's own colour, 0-255 the palette, kTrueColor | 0xRRGGBB a 24-bit one.
export type Color = number;
export const kDefaultColor = -1;
export const kTrueColor = 0x1000000;

export const kBold = 1;
export const kFaint = 2;
export const kItalic = 4;
export const kUnderline = 8;
export const kInverse = 16;
export const kStrike = 32;
export const kConceal = 64;

export interface Style {
  readonly foreground: Color;
  readonly background: Color;
  readonly flags: number;
  readonly link: string | null; // OSC 8 target, already checked
}

export const kPlain: Style = Object.freeze({
  foreground: kDefaultColor,
  background: kDefaultColor,
  flags: 0,
  link: null,
});

export function sameStyle(one: Style, other: Style): boolean {
  return (
    one === other ||
    (one.foreground === other.foreground &&
      one.background === other.background &&
      one.flags === other.flags &&
      one.link === other.link)
  );
}

// Applies the parameters of one SGR sequence. Each element is a parameter with its colon-separated
// parts; an empty part is -1. Unknown ones change nothing (ECMA-48 8.3.117, ITU T.416 13.1.8).
export function applySgr(style: Style, parameters: readonly (readonly number[])[]): Style {
  let { foreground, background, flags } = style;
  for (let at = 0; at < parameters.length; ++at) {
    const parts = parameters[at] ?? [];
    const code = Math.max(parts[0] ?? 0, 0);
    if (code === 38 || code === 48 || code === 58) {
      let color: Color | null;
      if (parts.length > 1) {
        color = colonColor(parts);
      } else {
        const [found, used] = semicolonColor(parameters, at + 1);
        color = found;
        at += used;
      }
      // 58 colours the underline, which we do not; its parameters are no attributes.
      if (color !== null && code === 38) foreground = color;
      if (color !== null && code === 48) background = color;
      continue;
    }
    switch (code) {
      case 0:
        foreground = kDefaultColor;
        background = kDefaultColor;
        flags = 0;
        break;
      case 1: flags |= kBold; break;
      case 2: flags |= kFaint; break;
      case 3: flags |= kItalic; break;
      case 4: // "4:0" is no underline; the other shapes are one to us.
        flags = parts[1] === 0 ? flags & ~kUnderline : flags | kUnderline;
        break;
      case 7: flags |= kInverse; break;
      case 8: flags |= kConceal; break;
      case 9: flags |= kStrike; break;
      case 21: flags |= kUnderline; break;
      case 22: flags &= ~(kBold | kFaint); break;
      case 23: flags &= ~kItalic; break;
      case 24: flags &= ~kUnderline; break;
      case 27: flags &= ~kInverse; break;
      case 28: flags &= ~kConceal; break;
      case 29: flags &= ~kStrike; break;
      case 39: foreground = kDefaultColor; break;
      case 49: background = kDefaultColor; break;
      default:
        if (code >= 30 && code <= 37) foreground = code - 30;
        else if (code >= 40 && code <= 47) background = code - 40;
        else if (code >= 90 && code <= 97) foreground = code - 90 + 8;
        else if (code >= 100 && code <= 107) background = code - 100 + 8;
    }
  }
  return { foreground, background, flags, link: style.link };
}

function palette(index: number | undefined): Color | null {
  return index !== undefined && index >= 0 && index <= 255 ? index : null;
}

function trueColor(red: number | undefined, green: number | undefined, blue: number | undefined): Color | null {
  let color = 0;
  for (const channel of [red, green, blue]) {
    if (channel === undefined || channel > 255) return null;
    color = (color << 8) | Math.max(channel, 0);
  }
  return kTrueColor | color;
}

// 38:5:N, 38:2:R:G:B and, with a colour space, 38:2:[S]:R:G:B[:...].
function colonColor(parts: readonly number[]): Color | null {
  if (parts[1] === 5) return palette(parts[2]);
  if (parts[1] !== 2) return null;
  return parts.length > 5 ? trueColor(parts[3], parts[4], parts[5]) : trueColor(parts[2], parts[3], parts[4]);
}

// 38;5;N and 38;2;R;G;B. Also says how many parameters belong to it, so that a bad one is skipped whole.
function semicolonColor(parameters: readonly (readonly number[])[], at: number): [Color | null, number] {
  const value = (offset: number): number | undefined => {
    const part = parameters[at + offset]?.[0];
    return part === undefined ? undefined : Math.max(part, 0);
  };
  if (value(0) === 5) return [palette(value(1)), 2];
  if (value(0) === 2) return [trueColor(value(1), value(2), value(3)), 4];
  return [null, 1];
}
