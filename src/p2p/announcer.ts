/** Announces soon, but not too often: at once after a pause, else when the pause is over. */
export class Announcer {
  readonly #pauseMs: number;
  readonly #tell: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** @param pauseMs at least so long between two */
  constructor(pauseMs: number, tell: () => void) {
    this.#pauseMs = pauseMs;
    this.#tell = tell;
  }

  /** There is something new. */
  announce(): void {
    const wait = this.#toldAt + this.#pauseMs - performance.now();
    if (wait <= 0) this.#now();
    else this.#timer ??= setTimeout(() => this.#now(), wait);
  }

  /** Tells it where nothing was told for so long. */
  repeat(afterMs: number): void {
    if (performance.now() - this.#toldAt >= afterMs) this.#now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #now(): void {
    this.stop();
    this.#toldAt = performance.now();
    this.#tell();
  }
}
