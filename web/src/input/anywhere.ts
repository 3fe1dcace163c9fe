// Typing anywhere goes to the input; page keys move the log from wherever the player is.

import type { LogView } from "../log/view.js";

export function typeAnywhere(input: HTMLInputElement, log: HTMLElement, view: LogView, touch: boolean): void {
  const focus = (): void => input.focus({ preventScroll: true });

  // A press on these leaves the focus where it is: on a phone the keyboard stays up, or down.
  for (const id of ["send", "exits", "jump"]) {
    document.getElementById(id)?.addEventListener("mousedown", (event) => event.preventDefault());
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    if (document.querySelector(":popover-open, dialog[open]")) return;
    const control = event.ctrlKey || event.metaKey;
    if (event.key === "PageUp" || event.key === "PageDown") {
      view.scrollPages(event.key === "PageUp" ? -1 : 1);
      event.preventDefault();
    } else if (control && (event.key === "Home" || event.key === "End")) {
      if (event.key === "Home") view.toStart();
      else view.toEnd();
      event.preventDefault();
    } else if (event.target !== input) {
      const onControl = event.target instanceof Element && event.target.closest("button, a, input, summary") !== null;
      if (event.key === "Escape") focus();
      else if (event.key.length === 1 && !control && !(onControl && event.key === " ")) focus();
      else if (control && event.key.toLowerCase() === "v") focus();
    }
  });

  // A click into the text means "let me type", unless it selects or follows something. Not on a phone,
  // where it would bring up the keyboard.
  log.addEventListener("click", (event) => {
    const selection = getSelection();
    if (touch || (selection && !selection.isCollapsed)) return;
    if (event.target instanceof Element && event.target.closest("a")) return;
    focus();
  });
}
