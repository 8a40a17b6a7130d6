/** A clock for timeouts made from one that people may set: it never goes back. */

export class Elapsed {
  #wall: number;
  #elapsed = 0;

  constructor(wall: number) {
    this.#wall = wall;
  }

  /** Elapsed ms by the given wall clock; a clock set back stands still instead. */
  at(wall: number): number {
    this.#elapsed += Math.max(0, wall - this.#wall);
    this.#wall = wall;
    return this.#elapsed;
  }

  /** A timer set for this time fired, whatever the clock says. */
  reached(elapsed: number): void {
    this.#elapsed = Math.max(this.#elapsed, elapsed);
  }
}
