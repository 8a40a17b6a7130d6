/**
 * A map that forgets the older half at once, in constant time. One whose oldest are deleted one by
 * one is searched from its front, past all that are gone.
 */
export class Generations<T> {
  readonly #size: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** @param size of one generation: at least so many of the newest are kept, twice that at most */
  constructor(size: number) {
    this.#size = size;
  }

  /** Whether the next new item begins a generation. */
  get isFull(): boolean {
    return this.#young.size >= this.#size;
  }

  get(key: string): T | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, item: T): void {
    if (this.isFull && !this.#young.has(key)) this.turn();
    this.#young.set(key, item);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Forgets the old ones; the young ones are old from now on. */
  turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
