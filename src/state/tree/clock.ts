/**
 * Which place of the store is held in which slot of a cache. What goes is found by a CLOCK: a hand
 * goes round and takes the first slot that wasn't used since it last came by. A `Map` in order of
 * use instead takes twice the time of all the rest of an update at ten million keys.
 */

export class ClockSlots {
  readonly #max: number;
  readonly #slots = new Map<number, number>();
  /** By slot. */
  readonly #place: Float64Array;
  readonly #used: Uint8Array;
  #hand = 0;

  /** @param max how many slots there are */
  constructor(max: number) {
    this.#max = max;
    this.#place = new Float64Array(max);
    this.#used = new Uint8Array(max);
  }

  /** The slot that holds a place; it counts as used. */
  find(place: number): number | undefined {
    const slot = this.#slots.get(place);
    if (slot !== undefined) this.#used[slot] = 1;
    return slot;
  }

  /**
   * A slot for a place: that of `before`, which isn't of use any more, or the next one that was
   * never used, in order from 0 on, or that of what wasn't used for longest.
   */
  take(place: number, before: number): number {
    const slot = this.#slots.get(place) ?? this.#freed(before) ?? this.#next();
    this.#slots.set(place, slot);
    this.#place[slot] = place;
    return slot;
  }

  #freed(before: number): number | undefined {
    const slot = this.#slots.get(before);
    if (slot !== undefined) this.#slots.delete(before);
    return slot;
  }

  #next(): number {
    const { size } = this.#slots;
    if (size < this.#max) return size;
    while (this.#used[this.#hand] === 1) {
      this.#used[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#max;
    }
    const slot = this.#hand;
    this.#hand = (slot + 1) % this.#max;
    this.#slots.delete(this.#place[slot] as number);
    return slot;
  }
}
