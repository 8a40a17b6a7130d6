/**
 * Which place of the store is held in which slot of a cache. What goes is found by a CLOCK: a hand
 * goes round and takes the first slot that wasn't used since it last came by. A `Map` in order of
 * use instead takes twice the time of all the rest of an update at ten million keys.
 */

const TWO_TO_32 = 2 ** 32;
/** Knuth's multiplier for 32-bit hashing: 2³² over the golden ratio, odd. */
const MIX = 0x9e37_79b1;

export class ClockSlots {
  readonly #max: number;
  /** How many slots are taken. */
  #size = 0;
  /**
   * Slots by place, plus one; 0 is free. Open addressing with linear probing: a `Map` of as many
   * numbers is what the garbage collector goes through again and again.
   */
  readonly #table: Int32Array;
  /** By slot. */
  readonly #place: Float64Array;
  readonly #used: Uint8Array;
  #hand = 0;

  /** @param max how many slots there are */
  constructor(max: number) {
    this.#max = max;
    this.#place = new Float64Array(max);
    this.#used = new Uint8Array(max);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(max) + 1));
  }

  /** The slot that holds a place; it counts as used. */
  find(place: number): number | undefined {
    const slot = (this.#table[this.#entryOf(place)] as number) - 1;
    if (slot < 0) return undefined;
    this.#used[slot] = 1;
    return slot;
  }

  /**
   * A slot for a place: that of `before`, which isn't of use any more, or the next one that was
   * never used, in order from 0 on, or that of what wasn't used for longest.
   */
  take(place: number, before: number): number {
    const entry = this.#entryOf(place);
    const held = (this.#table[entry] as number) - 1;
    if (held >= 0) return held;
    const slot = this.#freed(before) ?? this.#next();
    // Freeing may have moved entries.
    this.#table[this.#entryOf(place)] = slot + 1;
    this.#place[slot] = place;
    return slot;
  }

  #freed(before: number): number | undefined {
    const entry = this.#entryOf(before);
    const slot = (this.#table[entry] as number) - 1;
    if (slot < 0) return undefined;
    this.#remove(entry);
    return slot;
  }

  #next(): number {
    if (this.#size < this.#max) return this.#size++;
    while (this.#used[this.#hand] === 1) {
      this.#used[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#max;
    }
    const slot = this.#hand;
    this.#hand = (slot + 1) % this.#max;
    this.#remove(this.#entryOf(this.#place[slot] as number));
    return slot;
  }

  /** The entry that holds a place, or the free one where it belongs. */
  #entryOf(place: number): number {
    const mask = this.#table.length - 1;
    for (let entry = this.#home(place); ; entry = (entry + 1) & mask) {
      const slot = (this.#table[entry] as number) - 1;
      if (slot < 0 || this.#place[slot] === place) return entry;
    }
  }

  /** Where a place is looked for first. */
  #home(place: number): number {
    const low = place % TWO_TO_32;
    const high = (place - low) / TWO_TO_32;
    const mixed = Math.imul((low ^ Math.imul(high, MIX)) | 0, MIX);
    return (mixed ^ (mixed >>> 15)) & (this.#table.length - 1);
  }

  /** Frees an entry, and moves up what was found past it. */
  #remove(entry: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = entry;
    for (let next = (hole + 1) & mask; table[next] !== 0; next = (next + 1) & mask) {
      const slot = (table[next] as number) - 1;
      const home = this.#home(this.#place[slot] as number);
      // Its way from home to here leads over the hole.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      table[hole] = table[next] as number;
      hole = next;
    }
    table[hole] = 0;
  }
}
