/**
 * Things by a digest of 32 bytes that they know themselves: open addressing with linear probing
 * over one word for each place, so that a look at what isn't there touches one line of memory. A
 * Map follows a chain of strings all over memory for it, which costs as much as a hash. Where a
 * digest's place is depends on a secret, so that nobody can choose digests that get in each other's
 * way. It grows, and stays as large as it once was.
 */

const CAPACITY_FIRST = 64;
/** Probes stay short below this part of the places. */
const LOAD_MAX = 0.5;
/** Knuth's multiplier for 32-bit hashing: 2³² over the golden ratio, odd. */
const MIX = 0x9e37_79b1;
const MIX_ROTATION = 15;
/** So many characters of a digest are two words: who wants equal ones has 2⁶⁴ digests to try. */
const WORD = 4;

const SECRETS = crypto.getRandomValues(new Uint32Array(2));

export class DigestTable<T> {
  readonly #digestOf: (item: T) => string;
  /** What says where a digest belongs, by place; 0: nothing is there. */
  #marks = new Uint32Array(CAPACITY_FIRST);
  /** By place. */
  #items: (T | undefined)[] = new Array(CAPACITY_FIRST).fill(undefined);
  #size = 0;

  /** @param digestOf of an item, as `keyText` spells it; always the same */
  constructor(digestOf: (item: T) => string) {
    this.#digestOf = digestOf;
  }

  get size(): number {
    return this.#size;
  }

  get(digest: string): T | undefined {
    return this.#items[this.#find(digest)];
  }

  /** In the place of one with the same digest, if there is one. */
  set(item: T): void {
    const digest = this.#digestOf(item);
    const place = this.#find(digest);
    if (this.#marks[place] === 0) this.#size += 1;
    this.#marks[place] = markOf(digest);
    this.#items[place] = item;
    if (this.#size >= this.#marks.length * LOAD_MAX) this.#grow();
  }

  delete(digest: string): void {
    let free = this.#find(digest);
    const [marks, items] = [this.#marks, this.#items];
    if (marks[free] === 0) return;
    this.#size -= 1;
    const last = marks.length - 1;
    // Who stands behind moves up where that is no further from its own place.
    for (let place = (free + 1) & last; marks[place] !== 0; place = (place + 1) & last) {
      const home = (marks[place] as number) & last;
      if (((place - home) & last) < ((place - free) & last)) continue;
      marks[free] = marks[place] as number;
      items[free] = items[place];
      free = place;
    }
    marks[free] = 0;
    items[free] = undefined;
  }

  /** The place that holds the digest, or the free one where it belongs. */
  #find(digest: string): number {
    const marks = this.#marks;
    const last = marks.length - 1;
    const mark = markOf(digest);
    let place = mark & last;
    for (;;) {
      const there = marks[place];
      if (there === 0) return place;
      if (there === mark && this.#digestOf(this.#items[place] as T) === digest) return place;
      place = (place + 1) & last;
    }
  }

  #grow(): void {
    const [marks, items] = [this.#marks, this.#items];
    const last = 2 * marks.length - 1;
    this.#marks = new Uint32Array(2 * marks.length);
    this.#items = new Array(2 * marks.length).fill(undefined);
    for (let from = 0; from < marks.length; from++) {
      const mark = marks[from] as number;
      if (mark === 0) continue;
      let place = mark & last;
      while (this.#marks[place] !== 0) place = (place + 1) & last;
      this.#marks[place] = mark;
      this.#items[place] = items[from];
    }
  }
}

/** Never 0. */
function markOf(digest: string): number {
  const first = Math.imul(wordAt(digest, 0) ^ (SECRETS[0] as number), MIX);
  const turned = (first << MIX_ROTATION) | (first >>> (32 - MIX_ROTATION));
  const mixed = Math.imul(turned ^ wordAt(digest, WORD) ^ (SECRETS[1] as number), MIX);
  return (mixed ^ (mixed >>> MIX_ROTATION)) >>> 0 || 1;
}

function wordAt(digest: string, at: number): number {
  return (
    digest.charCodeAt(at) |
    (digest.charCodeAt(at + 1) << 8) |
    (digest.charCodeAt(at + 2) << 16) |
    (digest.charCodeAt(at + 3) << 24)
  );
}
