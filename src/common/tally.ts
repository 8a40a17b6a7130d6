/**
 * Counts by name on paths where a counter with labels would cost as much as the work that it
 * counts; whoever reads the counter fetches what has come together.
 */
export class Tally<N extends string = string> {
  readonly #counts = new Map<N, number>();

  add(name: N, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** Gives each count once. */
  take(each: (name: N, count: number) => void): void {
    for (const [name, count] of this.#counts) if (count > 0) each(name, count);
    this.#counts.clear();
  }
}
