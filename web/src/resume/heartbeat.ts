// Finds a connection that is open but dead: asks while the page is seen, and takes silence for an answer.
// A hidden page does not ask, because browsers hold back its timers. Pure; clock and socket are passed in.

import type { Clock } from "./clock.js";

export interface HeartbeatEvents {
  ping(id: number): void;
  dead(): void; // nothing at all has come since the ping
}

export interface HeartbeatOptions {
  readonly everyMilliseconds: number;
  readonly answerMilliseconds: number;
}

export const kHeartbeatDefaults: HeartbeatOptions = { everyMilliseconds: 20_000, answerMilliseconds: 10_000 };

export class Heartbeat {
  private open = false;
  private visible = true;
  private nextId = 1;
  private cancelNext: (() => void) | null = null;
  private cancelDeadline: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly events: HeartbeatEvents,
    private readonly options: HeartbeatOptions = kHeartbeatDefaults,
  ) {}

  opened(): void {
    this.open = true;
    this.arm();
  }

  closed(): void {
    this.open = false;
    this.disarm();
  }

  // Anything came from the gateway: it lives.
  heard(): void {
    this.cancelDeadline?.();
    this.cancelDeadline = null;
  }

  // Something may have happened to the way there: ask at once.
  check(): void {
    if (this.open && !this.cancelDeadline) this.ping();
  }

  // Asks in any case. The number of the ping; later ones have higher numbers.
  ask(): number {
    this.heard();
    return this.ping();
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.disarm();
    if (visible) this.check();
  }

  private ping(): number {
    this.cancelDeadline = this.clock.after(this.options.answerMilliseconds, () => {
      this.closed();
      this.events.dead();
    });
    this.arm();
    const id = this.nextId++;
    this.events.ping(id);
    return id;
  }

  private arm(): void {
    this.cancelNext?.();
    this.cancelNext = null;
    if (!this.visible) return;
    this.cancelNext = this.clock.after(this.options.everyMilliseconds, () => this.ping());
  }

  private disarm(): void {
    this.cancelNext?.();
    this.cancelNext = null;
    this.heard();
  }
}
