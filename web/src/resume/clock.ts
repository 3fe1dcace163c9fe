// Time as the modules here see it: passed in, so that tests have their own.

export interface Clock {
  now(): number; // milliseconds of a clock that only goes forward
  // Runs `run` once; the answer calls it off.
  after(milliseconds: number, run: () => void): () => void;
}

export const kPageClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
