// Builds the elements of a line, and changes them when the line grows: what stays the same stays in place,
// so that a selection in it lasts. Text nodes and elements only: nothing the world sends is markup.

import { AppearanceCache } from "../ansi/appearance.js";
import { kConceal, sameStyle } from "../ansi/style.js";
import type { Line } from "./line.js";
import { type Piece, pieces } from "./pieces.js";

const appearances = new AppearanceCache();

// `shown` is what the element holds already. Gives what it holds now.
export function fillLine(element: HTMLElement, line: Line, shown: readonly Piece[]): readonly Piece[] {
  const parts = pieces(line);
  let same = 0;
  while (same < parts.length && same < shown.length && isSame(parts[same] as Piece, shown[same] as Piece)) ++same;
  if (grows(shown[same], parts[same])) {
    const node = element.childNodes[same];
    const text = node instanceof Text ? node : node?.firstChild;
    const added = (parts[same] as Piece).text.slice((shown[same] as Piece).text.length);
    if (text instanceof Text) {
      text.appendData(added);
      ++same;
    }
  }
  while (element.childNodes.length > same) element.lastChild?.remove();
  element.append(...parts.slice(same).map(build));
  if (line.chars === 0) element.append(document.createElement("br"));
  return parts;
}

function looksSame(one: Piece, other: Piece): boolean {
  return (
    one.href === other.href && one.goes === other.goes && one.span.typed === other.span.typed &&
    sameStyle(one.span.style, other.span.style)
  );
}

function isSame(one: Piece, other: Piece): boolean {
  return one.text === other.text && looksSame(one, other);
}

function grows(shown: Piece | undefined, part: Piece | undefined): boolean {
  return shown !== undefined && part !== undefined && part.href === null && looksSame(shown, part) && part.text.startsWith(shown.text);
}

function build(piece: Piece): Node {
  const look = appearances.of(piece.span.style);
  const className = piece.span.typed ? "typed" : look.className;
  if (piece.href === null && className === "") return document.createTextNode(piece.text);
  let element: HTMLElement;
  if (piece.href !== null && !piece.span.typed) {
    const link = document.createElement("a");
    link.href = piece.href;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    if (piece.href !== piece.text) link.title = piece.href;
    if (piece.goes !== null) link.dataset["goes"] = piece.goes;
    element = link;
  } else {
    element = document.createElement("span");
  }
  if (className !== "") element.className = className;
  if (piece.span.style.flags & kConceal) element.setAttribute("aria-hidden", "true");
  for (const [name, value] of look.properties) element.style.setProperty(name, value);
  element.textContent = piece.text;
  return element;
}
