// The hidden live region: what is added is read once, and taken away again when it has been, so
// that someone browsing the page does not meet the text a second time.

const kKeptMilliseconds = 10_000;

export function speakInto(region: HTMLElement): (lines: readonly string[]) => void {
  return (lines) => {
    const batch = document.createElement("div");
    batch.textContent = lines.join("\n");
    region.append(batch);
    setTimeout(() => batch.remove(), kKeptMilliseconds);
  };
}
