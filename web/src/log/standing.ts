// Where the line that is read stands, and what a change of that means: has the player scrolled, or has the
// browser moved the text? Pure; reading_place.ts measures and scrolls.

// So much of a line must show for it to be read.
export const kInSightPixels = 8;
// So much of a line is made to show where it would vanish above the edge: a little more, for rounding.
const kShownPixels = 10;

export interface Standing {
  readonly scrollTop: number;
  readonly scrollMax: number; // how far the log can be scrolled
  readonly viewHeight: number;
  readonly top: number; // of the line, from the upper edge of the log
  readonly height: number;
}

// Is the scroll from `noted` to `now` one of the player? Find-in-page and screen readers scroll without any
// input that a page can see, so every scroll is, but the one that the browser has to make because the log
// has become too short to be scrolled so far.
export function isPlayers(noted: Standing, now: Standing): boolean {
  return now.scrollTop !== noted.scrollTop && noted.scrollTop <= now.scrollMax + 1;
}

// Where the line belongs when the layout has changed.
export function placeAfterLayout(wanted: number, noted: Standing, now: Standing): number {
  // A line that wraps less than before might be all above the edge.
  return now.height < noted.height ? Math.max(wanted, kShownPixels - now.height) : wanted;
}

// Where the line belongs when the player has scrolled. If the layout has changed since `noted` too, a step
// is counted from where the line stood, so that the text moves by the step alone; a jump goes where it led.
export function placeAfterScroll(noted: Standing, now: Standing): number {
  const step = now.scrollTop - noted.scrollTop;
  return Math.abs(step) <= noted.viewHeight ? placeAfterLayout(noted.top - step, noted, now) : now.top;
}
