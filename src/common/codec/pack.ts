/**
 * Writes MessagePack; the only place that knows msgpackr. Values are tuples of tuples: arrays,
 * non-negative safe integers, binary, strings, booleans and null; never maps or records.
 */
import { addExtension, Packr } from 'msgpackr/pack';

/** From here on an integer takes nine bytes (`0xcf` and a big-endian u64). */
const WIDE_FROM = 2 ** 32;
const WIDE_BYTES = 9;
const WIDE_MARK = 0xcf;
/** msgpackr wants a type number; ours is never written, since `pack` writes the bytes itself. */
const UNUSED_EXTENSION_TYPE = 0x55;

/** msgpackr writes numbers from 2³² on as float64 and bigints as int64; we want unsigned. */
class WideInteger {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type Wire = number | string | boolean | null | Uint8Array | WideInteger | readonly Wire[];

interface WriteTarget {
  readonly target: Uint8Array;
  readonly targetView: DataView;
  readonly position: number;
}

addExtension({
  Class: WideInteger,
  type: UNUSED_EXTENSION_TYPE,
  // The published types lack the second parameter that msgpackr's own extensions use.
  pack: ((wide: WideInteger, allocate: (size: number) => WriteTarget): void => {
    const { target, targetView, position } = allocate(WIDE_BYTES);
    target[position] = WIDE_MARK;
    targetView.setBigUint64(position + 1, BigInt(wide.value));
  }) as unknown as (wide: WideInteger) => Uint8Array,
});

const packr = new Packr({ useRecords: false, variableMapSize: true });

/** A non-negative safe integer as it must be handed to `pack`. */
export function wireInteger(value: number): Wire {
  return value < WIDE_FROM ? value : new WideInteger(value);
}

/** Canonical bytes, in memory of their own; the caller's schema has checked the value. */
export function pack(value: Wire): Uint8Array {
  return new Uint8Array(packr.pack(value));
}
