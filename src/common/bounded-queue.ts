/** A first-in first-out queue that refuses instead of growing. */

/** Holds at most `capacity` items; `push` answers false, and counts, when it is full. */
export class BoundedQueue<T> {
  readonly capacity: number;
  #items: (T | undefined)[] = [];
  #head = 0;
  #refused = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** How many items were refused so far. */
  get refused(): number {
    return this.#refused;
  }

  push(item: T): boolean {
    if (this.size >= this.capacity) {
      this.#refused++;
      return false;
    }
    this.#items.push(item);
    return true;
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined; // what was taken out must not be kept alive
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
