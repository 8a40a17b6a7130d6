/** The module at work: one instance with its memory, for one thread. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { limbsOf } from './field.ts';
import { BASE_WINDOWS, CHECK, KEY_WINDOWS, PAGE_BYTES, PLACE, type Windows } from './layout.ts';
import { moduleBytes } from './module.ts';
import { ORDER } from './scalars.ts';

/** What the module exports; addresses and counts are numbers. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  sum(index: number, table: number): void;
  compare(count: number): void;
  build(table: number, width: number, windows: number): void;
}

type Point = InstanceType<typeof ed25519.Point>;

/** One signature to check by a table. All parts have their full length. */
export interface TableCheck {
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly key: Uint8Array;
  /** The number of the key's table. */
  readonly table: number;
}

const ORDER_BYTES = Uint8Array.from({ length: 32 }, (_, i) =>
  Number((ORDER >> BigInt(8 * i)) & 255n),
);

/** What takes a tenth of a second to make, and can be sent to other threads. */
export interface Prepared {
  readonly module: WebAssembly.Module;
  /** The table of the base point, once there is one. */
  readonly base?: Uint8Array;
}

/** @param keyTables for how many keys there is room at most; memory is taken as they are built */
export function prepare(keyTables: number): Prepared {
  return { module: new WebAssembly.Module(moduleBytes(keyTables)) };
}

export class Arithmetic {
  /** For another thread's. */
  readonly prepared: Required<Prepared>;
  readonly #exports: Exports;
  #bytes: Uint8Array;

  constructor({ module, base }: Prepared) {
    this.#exports = new WebAssembly.Instance(module).exports as unknown as Exports;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    if (base === undefined) this.#build(ed25519.Point.BASE, PLACE.base, BASE_WINDOWS);
    else this.#bytes.set(base, PLACE.base);
    const own = this.#bytes.slice(PLACE.base, PLACE.base + BASE_WINDOWS.bytes);
    this.prepared = { module, base: base ?? own };
  }

  /**
   * Builds the table of a key of 32 bytes; takes about a millisecond.
   * @returns false where it is no canonical encoding of a point, or of one of small order
   */
  build(table: number, key: Uint8Array): boolean {
    const point = pointOf(key);
    if (point === undefined || point.isSmallOrder()) return false;
    const address = addressOf(table);
    const missing = address + KEY_WINDOWS.bytes - this.#bytes.length;
    if (missing > 0) {
      this.#exports.memory.grow(Math.ceil(missing / PAGE_BYTES));
      this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    }
    this.#build(point.negate(), address, KEY_WINDOWS);
    return true;
  }

  /** The bytes of a table that was built. */
  table(table: number): Uint8Array {
    const address = addressOf(table);
    return this.#bytes.subarray(address, address + KEY_WINDOWS.bytes);
  }

  /** A byte for each check, at most ROOM: 1 = good under ZIP-215, 0 = not known. */
  check(checks: readonly TableCheck[]): Uint8Array {
    const [bytes, { sum, compare }] = [this.#bytes, this.#exports];
    const places: number[] = [];
    const outcomes = new Uint8Array(checks.length);
    for (let i = 0; i < checks.length; i++) {
      const { signature, message, key, table } = checks[i] as TableCheck;
      if (!isBelowOrder(signature, CHECK.s)) continue;
      const at = PLACE.checks + places.length * CHECK.bytes;
      bytes.set(signature, at);
      bytes.set(message, at + CHECK.message);
      bytes.set(key, at + CHECK.key - 1);
      sum(places.length, addressOf(table));
      places.push(i);
    }
    if (places.length === 0) return outcomes;
    compare(places.length);
    for (let i = 0; i < places.length; i++) {
      outcomes[places[i] as number] = bytes[PLACE.outcomes + i] as number;
    }
    return outcomes;
  }

  #build(point: Point, address: number, { width, count }: Windows): void {
    const { x, y } = point.toAffine();
    const words = new Uint32Array(this.#exports.memory.buffer, PLACE.points);
    const all = [x, y, 1n, ed25519.Point.Fp.mul(x, y)].flatMap(limbsOf);
    for (const [i, limb] of all.entries()) {
      words[2 * i] = limb;
      words[2 * i + 1] = limb;
    }
    this.#exports.build(address, width, count);
  }
}

const addressOf = (table: number): number => PLACE.keys + table * KEY_WINDOWS.bytes;

function pointOf(key: Uint8Array): Point | undefined {
  try {
    return ed25519.Point.fromBytes(key);
  } catch {
    return undefined; // noble throws where a point does not decode
  }
}

/** Is the number of 32 bytes at `from`, lowest first, below ORDER? */
function isBelowOrder(bytes: Uint8Array, from: number): boolean {
  for (let i = 31; i >= 0; i--) {
    const [ours, limit] = [bytes[from + i] as number, ORDER_BYTES[i] as number];
    if (ours !== limit) return ours < limit;
  }
  return false;
}
