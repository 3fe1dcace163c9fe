// Says when the player selects text of the log, or may be about to: then the text must not run away.

export function watchSelecting(log: HTMLElement, changed: (selecting: boolean) => void): void {
  let pressed = false;
  let selecting = false;
  const look = (): void => {
    const selection = getSelection();
    const now = pressed || (selection !== null && !selection.isCollapsed && log.contains(selection.anchorNode));
    if (now === selecting) return;
    selecting = now;
    changed(now);
  };
  log.addEventListener("pointerdown", (event) => {
    // Not on the scroll bar: its release is not always told. A finger scrolls.
    if (event.pointerType !== "mouse" || event.button !== 0 || event.offsetX >= log.clientWidth) return;
    pressed = true;
    look();
  });
  const release = (): void => {
    pressed = false;
    look();
  };
  for (const ending of ["pointerup", "pointercancel", "blur"]) addEventListener(ending, release);
  document.addEventListener("selectionchange", look);
}
