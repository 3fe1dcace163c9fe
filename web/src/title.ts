// The title of the tab: the world's name, and how many lines came while nobody looked.

export class TabTitle {
  private world = "";
  private unread = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      this.unread = 0;
      this.show();
    });
    this.show();
  }

  setWorld(name: string): void {
    this.world = name;
    this.show();
  }

  lineCame(): void {
    if (document.hidden && ++this.unread <= 100) this.show();
  }

  private show(): void {
    const name = this.world === "" ? "Wyldgate" : `${this.world} · Wyldgate`;
    document.title = this.unread > 0 ? `(${this.unread > 99 ? "99+" : this.unread}) ${name}` : name;
  }
}
