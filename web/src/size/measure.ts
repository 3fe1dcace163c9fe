// How many characters fit. Pure; the caller measures the pixels.

import type { WindowSize } from "../protocol/messages.js";

export const kColumnsMax = 500;
export const kRowsMax = 500;

export interface Measured {
  readonly width: number; // of the text area, without padding
  readonly height: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

// Null while the page is not laid out (a hidden tab, a font that has not come).
export function windowSize(measured: Measured): WindowSize | null {
  const { width, height, cellWidth, cellHeight } = measured;
  if (!(cellWidth > 0) || !(cellHeight > 0) || !(width > 0) || !(height > 0)) return null;
  // A line that fits exactly must not lose a column to rounding.
  const fit = (room: number, cell: number, most: number): number =>
    Math.max(1, Math.min(most, Math.floor(room / cell + 0.001)));
  return { columns: fit(width, cellWidth, kColumnsMax), rows: fit(height, cellHeight, kRowsMax) };
}

export function sameSize(one: WindowSize | null, other: WindowSize | null): boolean {
  return one?.columns === other?.columns && one?.rows === other?.rows;
}
