// Char.Vitals and Char.MaxStats as games send them: numbers or strings, names as each engine likes. Pure.

export interface Vital {
  readonly label: string;
  readonly now: number;
  readonly most: number | null; // null: the game never said
}

interface Kind {
  readonly label: string;
  readonly keys: readonly string[];
}

// Shown in this order.
export const kVitals: readonly Kind[] = [
  { label: "HP", keys: ["hp", "health", "hitpoints"] },
  { label: "MP", keys: ["mp", "mana", "sp"] },
  { label: "EP", keys: ["ep", "endurance", "stamina"] },
  { label: "WP", keys: ["wp", "willpower"] },
  { label: "MV", keys: ["mv", "moves", "move", "movement"] },
];

function number(value: unknown): number | null {
  if (typeof value === "string" && value.trim() === "") return null;
  const found = typeof value === "string" || typeof value === "number" ? Number(value) : NaN;
  return Number.isFinite(found) && Math.abs(found) < 1e12 ? found : null;
}

// Keeps what earlier messages said: Aardwolf sends the maxima apart, others only what changed.
export class VitalsReader {
  private readonly known = new Map<string, number>();

  read(data: unknown): Vital[] {
    if (typeof data === "object" && data !== null && !Array.isArray(data)) {
      for (const kind of kVitals) {
        for (const key of kind.keys) {
          const fields = data as Record<string, unknown>;
          for (const name of [key, `max${key}`, `max_${key}`, `${key}max`]) {
            const value = number(fields[name]);
            if (value !== null) this.known.set(name, value);
          }
        }
      }
    }
    return this.current();
  }

  clear(): void {
    this.known.clear();
  }

  current(): Vital[] {
    const vitals: Vital[] = [];
    for (const kind of kVitals) {
      const key = kind.keys.find((name) => this.known.has(name));
      if (key === undefined) continue;
      const most = [`max${key}`, `max_${key}`, `${key}max`].map((name) => this.known.get(name)).find((value) => value !== undefined);
      vitals.push({ label: kind.label, now: this.known.get(key) ?? 0, most: most !== undefined && most > 0 ? most : null });
    }
    return vitals;
  }
}

// Share of a full bar, 0 to 1.
export function share(vital: Vital): number {
  return vital.most === null ? 1 : Math.max(0, Math.min(1, vital.now / vital.most));
}
