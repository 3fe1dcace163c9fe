// Cuts a line's spans at the borders of links, so that the view only has to build elements. Pure.

import { findLinks } from "../ansi/links.js";
import type { Line, Span } from "./lines.js";

export interface Piece {
  readonly text: string;
  readonly span: Span;
  readonly href: string | null;
}

export function pieces(line: Line): Piece[] {
  const ranges = findLinks(line.text);
  const out: Piece[] = [];
  let offset = 0;
  let next = 0;
  for (const span of line.spans) {
    const end = offset + span.text.length;
    let at = offset;
    while (at < end) {
      while (next < ranges.length && (ranges[next]?.end ?? 0) <= at) ++next;
      const range = ranges[next];
      const inside = range !== undefined && range.start <= at;
      const stop = Math.min(end, range === undefined ? end : inside ? range.end : range.start);
      out.push({
        text: span.text.slice(at - offset, stop - offset),
        span,
        href: span.style.link ?? (inside ? range.href : null),
      });
      at = stop;
    }
    offset = end;
  }
  return out;
}
