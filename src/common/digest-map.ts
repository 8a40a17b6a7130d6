/**
 * A map by digests of 32 bytes, as `keyText` spells them: open addressing with linear probing over
 * one word for each place, so that a look at what isn't there touches one line of memory. A Map
 * follows a chain of strings all over memory for it, which costs as much as a hash. Where a
 * digest's place is depends on a secret, so that nobody can choose digests that get in each other's
 * way. It grows, and stays as large as it once was.
 */

const CAPACITY_FIRST = 64;
/** Probes stay short up to this part of the places. */
const LOAD_MAX = 0.5;
/** Knuth's multiplier for 32-bit hashing: 2³² over the golden ratio, odd. */
const MIX = 0x9e37_79b1;
const MIX_ROTATION = 15;
/** So many characters of a digest are two words: who wants equal ones has 2⁶⁴ digests to try. */
const WORD = 4;
/** Of a secret. */
export const SECRET_WORDS = 2;

export class DigestMap<V> {
  readonly #secret: Uint32Array;
  /** What says where a digest belongs, by place; 0: nothing is there. */
  #marks = new Uint32Array(CAPACITY_FIRST);
  /** By place, as the values. */
  #digests: string[] = new Array(CAPACITY_FIRST).fill('');
  #values: (V | undefined)[] = new Array(CAPACITY_FIRST).fill(undefined);
  #size = 0;

  /** @param secret SECRET_WORDS random words; several maps may have the same */
  constructor(secret: Uint32Array) {
    this.#secret = secret;
  }

  get size(): number {
    return this.#size;
  }

  get(digest: string): V | undefined {
    return this.#values[this.#find(digest, markOf(digest, this.#secret))];
  }

  /** In the place of what the digest had before. */
  set(digest: string, value: V): void {
    const mark = markOf(digest, this.#secret);
    const place = this.#find(digest, mark);
    this.#values[place] = value;
    if (this.#marks[place] !== 0) return;
    this.#marks[place] = mark;
    this.#digests[place] = digest;
    this.#size += 1;
    if (this.#size > this.#marks.length * LOAD_MAX) this.#grow();
  }

  delete(digest: string): void {
    let free = this.#find(digest, markOf(digest, this.#secret));
    const [marks, digests, values] = [this.#marks, this.#digests, this.#values];
    if (marks[free] === 0) return;
    this.#size -= 1;
    const last = marks.length - 1;
    // Who stands behind moves up where that is no further from its own place.
    for (let place = (free + 1) & last; marks[place] !== 0; place = (place + 1) & last) {
      const home = (marks[place] as number) & last;
      if (((place - home) & last) < ((place - free) & last)) continue;
      marks[free] = marks[place] as number;
      digests[free] = digests[place] as string;
      values[free] = values[place];
      free = place;
    }
    marks[free] = 0;
    digests[free] = '';
    values[free] = undefined;
  }

  clear(): void {
    this.#marks.fill(0);
    this.#digests.fill('');
    this.#values.fill(undefined);
    this.#size = 0;
  }

  /** The place that holds the digest, or the free one where it belongs. */
  #find(digest: string, mark: number): number {
    const marks = this.#marks;
    const last = marks.length - 1;
    let place = mark & last;
    for (;;) {
      const there = marks[place];
      if (there === 0 || (there === mark && this.#digests[place] === digest)) return place;
      place = (place + 1) & last;
    }
  }

  #grow(): void {
    const [marks, digests, values] = [this.#marks, this.#digests, this.#values];
    const last = 2 * marks.length - 1;
    this.#marks = new Uint32Array(2 * marks.length);
    this.#digests = new Array(2 * marks.length).fill('');
    this.#values = new Array(2 * marks.length).fill(undefined);
    for (let from = 0; from < marks.length; from++) {
      const mark = marks[from] as number;
      if (mark === 0) continue;
      let place = mark & last;
      while (this.#marks[place] !== 0) place = (place + 1) & last;
      this.#marks[place] = mark;
      this.#digests[place] = digests[from] as string;
      this.#values[place] = values[from];
    }
  }
}

/** Never 0. */
function markOf(digest: string, secret: Uint32Array): number {
  const first = Math.imul(wordAt(digest, 0) ^ (secret[0] as number), MIX);
  const turned = (first << MIX_ROTATION) | (first >>> (32 - MIX_ROTATION));
  const mixed = Math.imul(turned ^ wordAt(digest, WORD) ^ (secret[1] as number), MIX);
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
