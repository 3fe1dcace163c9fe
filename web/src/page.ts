// The elements of index.html by id; a missing one is a mistake of ours and stops the page at once.

export function element<T extends HTMLElement>(id: string, kind: abstract new (...given: never[]) => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html lacks #${id}`);
  return found;
}
