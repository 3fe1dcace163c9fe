// When to connect: at once, after a while, when the world outside changes, at the player's word, or no
// more. Pure; the socket, the clock and chance are passed in.

import { Backoff } from "./backoff.js";
import type { Clock } from "./clock.js";

export type LinkState =
  // `why` is how the last connection ended; empty at the very first attempt.
  | { readonly kind: "connecting"; readonly why: string }
  | { readonly kind: "open" }
  | { readonly kind: "waiting"; readonly why: string; readonly until: number }
  | { readonly kind: "stopped"; readonly why: string };

export interface Attempts {
  open(): void;
  // Gives up the attempt under way, without a word.
  abandon(): void;
  changed(state: LinkState): void;
}

export class Reconnector {
  private current: LinkState = { kind: "stopped", why: "" };
  private readonly backoff: Backoff;
  private openedAt: number | null = null;
  private cancelWait: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    random: () => number,
    private readonly attempts: Attempts,
  ) {
    this.backoff = new Backoff(random);
  }

  get state(): LinkState {
    return this.current;
  }

  // The player's word, and the start: connects now unless connected.
  connect(): void {
    if (this.current.kind === "open") return;
    if (this.current.kind === "connecting") this.attempts.abandon();
    this.attempt();
  }

  // Something changed for the better: a wait is over. `restart`: so is an attempt that began before.
  wake(restart: boolean): void {
    if (this.current.kind === "waiting" || (restart && this.current.kind === "connecting")) this.connect();
  }

  opened(): void {
    this.openedAt = this.clock.now();
    this.change({ kind: "open" });
  }

  closed(why: string, retry: boolean): void {
    const lived = this.openedAt === null ? 0 : this.clock.now() - this.openedAt;
    this.openedAt = null;
    if (!retry) {
      this.change({ kind: "stopped", why });
      return;
    }
    const wait = this.backoff.next(lived);
    this.cancelWait = this.clock.after(wait, () => this.attempt());
    this.change({ kind: "waiting", why, until: this.clock.now() + wait });
  }

  private attempt(): void {
    this.cancelWait?.();
    this.cancelWait = null;
    this.change({ kind: "connecting", why: this.current.kind === "open" ? "" : this.current.why });
    this.attempts.open();
  }

  private change(state: LinkState): void {
    this.current = state;
    this.attempts.changed(state);
  }
}
