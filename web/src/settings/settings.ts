// What the player prefers, and how it is kept. Reading is forgiving: storage may hold anything. Pure.

export type ThemeChoice = "system" | "dark" | "light";

export interface Settings {
  readonly theme: ThemeChoice;
  readonly fontPixels: number;
  readonly wrap: boolean;
  readonly fullWidth: boolean;
  readonly repeatSentLine: boolean; // it stays selected, so that Enter sends it again
  readonly screenReader: boolean; // told to the game, which may leave out its drawings
}

export const kFontPixelsMin = 11;
export const kFontPixelsMax = 28;
const kStorageKey = "wyldgate.settings";

export function defaults(touch: boolean): Settings {
  return {
    theme: "system",
    fontPixels: touch ? 14 : 15,
    wrap: true,
    fullWidth: false,
    repeatSentLine: false, // games ask for an empty line: "press RETURN"
    screenReader: false,
  };
}

export function parseSettings(text: string | null, base: Settings): Settings {
  let value: unknown = null;
  try {
    value = text === null ? null : JSON.parse(text);
  } catch {
    return base;
  }
  if (typeof value !== "object" || value === null) return base;
  const fields = value as Record<string, unknown>;
  const flag = (name: keyof Settings): boolean =>
    typeof fields[name] === "boolean" ? (fields[name] as boolean) : (base[name] as boolean);
  const theme = fields["theme"];
  return {
    theme: theme === "system" || theme === "dark" || theme === "light" ? theme : base.theme,
    fontPixels: clampFont(fields["fontPixels"], base.fontPixels),
    wrap: flag("wrap"),
    fullWidth: flag("fullWidth"),
    repeatSentLine: flag("repeatSentLine"),
    screenReader: flag("screenReader"),
  };
}

export function clampFont(value: unknown, otherwise: number): number {
  if (typeof value !== "number" || !Number.isFinite(value)) return otherwise;
  return Math.max(kFontPixelsMin, Math.min(kFontPixelsMax, Math.round(value)));
}

// Private windows may refuse storage; the page then forgets, and says nothing.
export function loadSettings(base: Settings): Settings {
  try {
    return parseSettings(localStorage.getItem(kStorageKey), base);
  } catch {
    return base;
  }
}

export function storeSettings(settings: Settings): void {
  try {
    localStorage.setItem(kStorageKey, JSON.stringify(settings));
  } catch {
    // Nothing to do: see above.
  }
}
