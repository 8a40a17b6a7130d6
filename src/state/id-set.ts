/**
 * A set of 32-byte ids in two flat arrays: millions of them, without an object for each. Open
 * addressing with linear probing; where an id starts to look depends on a secret, so that nobody
 * can choose ids that collide.
 */
import { HASH_BYTES } from '../common/hash.ts';

const CAPACITY_FIRST = 64;
/** Probes stay short below this part of the slots. */
const LOAD_MAX = 0.5;
/** Knuth's multiplier for 32-bit hashing: 2³² over the golden ratio, odd. */
const MIX = 0x9e37_79b1;
const MIX_ROTATION = 15;

const secret = crypto.getRandomValues(new Uint32Array(HASH_BYTES / 4));

/** Shared by all sets without an id: most blocks are empty. */
const NO_SLOTS = new Uint32Array(1);
const NO_IDS = new Uint8Array(0);

export class IdSet {
  /** Position of an id in `#ids` plus one, by slot; 0 = free. */
  #slots = NO_SLOTS;
  #ids = NO_IDS;
  #size = 0;

  /** @param expected how many ids are about to be added; more are welcome */
  constructor(expected = 0) {
    if (expected > 0) this.#allocate(expected);
  }

  get size(): number {
    return this.#size;
  }

  has(id: Uint8Array): boolean {
    return this.#slots[this.#find(id)] !== 0;
  }

  /** Adds an id of 32 bytes; false where it was there. */
  add(id: Uint8Array): boolean {
    if (this.#ids.length === 0) this.#allocate(1);
    const slot = this.#find(id);
    if (this.#slots[slot] !== 0) return false;
    this.#ids.set(id, this.#size * HASH_BYTES);
    this.#slots[slot] = ++this.#size;
    if (this.#size >= this.#slots.length * LOAD_MAX) this.#grow();
    return true;
  }

  #allocate(ids: number): void {
    let capacity = CAPACITY_FIRST;
    while (capacity * LOAD_MAX <= ids) capacity *= 2;
    this.#slots = new Uint32Array(capacity);
    this.#ids = new Uint8Array(capacity * LOAD_MAX * HASH_BYTES);
  }

  /** The slot that holds the id, or the free one where it belongs. */
  #find(id: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = mixed(id, 0) & mask;
    while (true) {
      const entry = this.#slots[slot] as number;
      if (entry === 0 || this.#holds(entry - 1, id)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #holds(position: number, id: Uint8Array): boolean {
    const at = position * HASH_BYTES;
    for (let i = 0; i < HASH_BYTES; i++) if (this.#ids[at + i] !== id[i]) return false;
    return true;
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const ids = new Uint8Array(this.#ids.length * 2);
    ids.set(this.#ids);
    this.#ids = ids;
    const mask = this.#slots.length - 1;
    for (let position = 0; position < this.#size; position++) {
      let slot = mixed(ids, position * HASH_BYTES) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = position + 1;
    }
  }
}

/** A 32-bit hash of the id at `at`, keyed by the secret. */
function mixed(bytes: Uint8Array, at: number): number {
  let hash = 0;
  for (let word = 0; word < HASH_BYTES / 4; word++) {
    const i = at + 4 * word;
    const value =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    hash = Math.imul(hash ^ value ^ (secret[word] as number), MIX);
    hash ^= hash >>> MIX_ROTATION;
  }
  return hash >>> 0;
}
