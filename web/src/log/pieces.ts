// Cuts a line's spans at the borders of links, so that the view only has to build elements. Pure.

import { disguised, findLinks } from "../ansi/links.js";
import { kConceal } from "../ansi/style.js";
import type { Line, Span } from "./line.js";

export interface Piece {
  readonly text: string;
  readonly span: Span;
  readonly href: string | null;
  readonly goes: string | null; // behind the link's last piece: where it really goes, when its text says otherwise
}

export function pieces(line: Line): Piece[] {
  const ranges = findLinks(line.text);
  const out: { text: string; span: Span; href: string | null; goes: string | null }[] = [];
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
        href: span.style.flags & kConceal ? null : span.style.link ?? (inside ? range.href : null),
        goes: null,
      });
      at = stop;
    }
    offset = end;
  }
  let text = "";
  out.forEach((piece, at) => {
    const { link } = piece.span.style;
    if (link === null) return;
    text += piece.text;
    if (out[at + 1]?.span.style.link === link) return;
    piece.goes = piece.href === null ? null : disguised(text, link);
    text = "";
  });
  return out;
}
