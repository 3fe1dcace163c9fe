// How long to wait before the next attempt to connect: 1 s, 2 s, 4 s … 30 s, each spread from half to one
// and a half of it, so that a thousand players do not come back in the same moment. Pure.

export interface BackoffOptions {
  readonly firstMilliseconds: number;
  readonly mostMilliseconds: number;
  // A connection that lived so long was a good one: the next wait is the first again.
  readonly settledMilliseconds: number;
}

export const kBackoffDefaults: BackoffOptions = {
  firstMilliseconds: 1000,
  mostMilliseconds: 30_000,
  settledMilliseconds: 10_000,
};

export class Backoff {
  private base: number;

  // `random` gives numbers from 0 to below 1.
  constructor(
    private readonly random: () => number,
    private readonly options: BackoffOptions = kBackoffDefaults,
  ) {
    this.base = options.firstMilliseconds;
  }

  // The wait after an attempt whose connection was open for `lived`; 0: it never opened.
  next(livedMilliseconds: number): number {
    if (livedMilliseconds >= this.options.settledMilliseconds) this.base = this.options.firstMilliseconds;
    const wait = Math.round(this.base * (0.5 + this.random()));
    this.base = Math.min(this.base * 2, this.options.mostMilliseconds);
    return wait;
  }
}
