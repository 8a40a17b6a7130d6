/** A map that forgets: an item is kept for at least so long, a few times that at most. */
export class Recent<T> {
  readonly #keepMs: number;
  readonly #itemsMax: number;
  readonly #now: () => number;
  #newer = new Map<string, T>();
  #older = new Map<string, T>();
  #turnedAt: number;

  /**
   * @param itemsMax above so many the older half is forgotten early
   * @param now milliseconds of any clock that does not go back
   */
  constructor(keepMs: number, itemsMax: number, now: () => number = () => performance.now()) {
    this.#keepMs = keepMs;
    this.#itemsMax = itemsMax;
    this.#now = now;
    this.#turnedAt = now();
  }

  get(key: string): T | undefined {
    this.#turn();
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  set(key: string, item: T): void {
    this.#turn();
    this.#newer.set(key, item);
  }

  delete(key: string): void {
    this.#newer.delete(key);
    this.#older.delete(key);
  }

  #turn(): void {
    const now = this.#now();
    const passed = now - this.#turnedAt;
    if (passed < this.#keepMs && this.#newer.size < this.#itemsMax / 2) return;
    this.#older = passed < 2 * this.#keepMs ? this.#newer : new Map();
    this.#newer = new Map();
    this.#turnedAt = now;
  }
}
