// When a page that was left alone stops connecting: it must not dial the game for ever. Pure.
//
// Sessions that are resumed cost the game nothing and are not counted; new ones are, until the player
// does something.

export const kNewSessionsMax = 3;

export class Patience {
  private begun = 0;

  // A new session began: the game was dialled.
  sessionBegan(): void {
    ++this.begun;
  }

  playerActed(): void {
    this.begun = 0;
  }

  get isOver(): boolean {
    return this.begun >= kNewSessionsMax;
  }
}
