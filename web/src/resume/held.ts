// Lines typed while the connection was away, to be sent when it is back. Never secrets. Pure.

export const kHeldMax = 20;

export class HeldLines {
  private held: string[] = [];

  // False: there are too many, this one is not taken.
  add(line: string): boolean {
    if (this.held.length >= kHeldMax) return false;
    this.held.push(line);
    return true;
  }

  get lines(): readonly string[] {
    return this.held;
  }

  // Hands them over, in order.
  take(): string[] {
    const held = this.held;
    this.held = [];
    return held;
  }
}
