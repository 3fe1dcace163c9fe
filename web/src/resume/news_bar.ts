// The bar for what is new while connected: the player is back, the game is away, commands wait for it.

import { element, showBar } from "../page.js";
import { waitingWords } from "./words.js";

const kFlashMilliseconds = 8000;
const kWorldAway = "The game is away; your commands wait.";
const kWorldBack = "The game is back.";

export class NewsBar {
  private readonly bar = element("news", HTMLElement);
  private readonly words = element("news-words", HTMLElement);
  private readonly count = element("waiting", HTMLElement);
  private away = ""; // the sentence, while the game is away
  private flashed = "";
  private waiting = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (sentence: string) => void) {}

  // A sentence that goes by itself.
  flash(sentence: string): void {
    clearTimeout(this.timer);
    this.flashed = sentence;
    this.timer = setTimeout(() => {
      this.flashed = "";
      this.show();
    }, kFlashMilliseconds);
    this.show();
  }

  world(here: boolean, sentence: string): void {
    const wasAway = this.away !== "";
    if (here && !wasAway) return;
    const words = sentence !== "" ? sentence : here ? kWorldBack : kWorldAway;
    if (words === this.away) return;
    this.away = here ? "" : words;
    if (here) this.flash(words);
    this.show();
    this.tell(words);
  }

  setWaiting(count: number): void {
    const before = this.waiting;
    this.waiting = count;
    this.show();
    // A queue that shrinks tells by its output.
    if (count > before) this.tell(`${waitingWords(count)}.`);
  }

  // Nothing of this holds for the next connection.
  clear(): void {
    clearTimeout(this.timer);
    this.away = this.flashed = "";
    this.waiting = 0;
    this.show();
  }

  private show(): void {
    this.words.textContent = this.away !== "" ? this.away : this.flashed;
    this.count.textContent = this.waiting > 0 ? waitingWords(this.waiting) : "";
    this.bar.dataset["kind"] = this.away !== "" || this.waiting > 0 ? "away" : "good";
    showBar(this.bar, this.words.textContent !== "" || this.waiting > 0);
  }
}
