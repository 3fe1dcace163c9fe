// The elements of index.html by id; a missing one is a mistake of ours and stops the page at once.

export function element<T extends HTMLElement>(id: string, kind: abstract new (...given: never[]) => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html lacks #${id}`);
  return found;
}

// Shows or hides a bar; one that appears is in sight, even where the bars scroll.
export function showBar(bar: HTMLElement, shown: boolean): void {
  const appears = bar.hidden && shown;
  bar.hidden = !shown;
  if (appears && bar.parentElement) bar.parentElement.scrollTop = 0;
}
