import { SECRET_WORDS } from '../common/digest-map.ts';
import { Generations } from '../common/generations.ts';

/** What forgets, by digests: an item is kept for at least so long, a few times that at most. */
export class Recent<T> {
  readonly #keepMs: number;
  readonly #now: () => number;
  readonly #items: Generations<T>;
  #turnedAt: number;

  /**
   * @param itemsMax above so many the older half is forgotten early
   * @param now milliseconds of any clock that does not go back
   */
  constructor(keepMs: number, itemsMax: number, now: () => number = () => performance.now()) {
    this.#keepMs = keepMs;
    const secret = crypto.getRandomValues(new Uint32Array(SECRET_WORDS));
    this.#items = new Generations(itemsMax / 2, secret);
    this.#now = now;
    this.#turnedAt = now();
  }

  get(key: string): T | undefined {
    this.#turn();
    return this.#items.get(key);
  }

  set(key: string, item: T): void {
    this.#turn();
    this.#items.set(key, item);
  }

  delete(key: string): void {
    this.#items.delete(key);
  }

  #turn(): void {
    const now = this.#now();
    const passed = now - this.#turnedAt;
    if (passed < this.#keepMs && !this.#items.isFull) return;
    this.#items.turn();
    if (passed >= 2 * this.#keepMs) this.#items.turn();
    this.#turnedAt = now;
  }
}
