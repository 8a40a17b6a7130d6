/**
 * Writes items one behind the other into chunks: each after a number, which is 0 for none and else
 * 1 + 3 length + kind. An item is written where it stays, so that nothing is copied.
 */
import { invariant } from '../../common/errors.ts';
import { SLOTS } from './place.ts';
import { NumberWriter } from './writer.ts';

/** What an item is; one that is kept stays whatever becomes of the keys that have it as value. */
export const ITEM = { VALUE: 0, RECORD: 1, KEPT: 2 } as const;
/** How many kinds there are. */
export const KINDS = 3;
export type ItemKind = (typeof ITEM)[keyof typeof ITEM];

/**
 * A chunk with more bytes gets no more items: about a block of LevelDB's tables, which is read as a
 * whole anyway.
 */
const CHUNK_BYTES = 4_096;
/** Chunks are windows into arrays of this size, since an array of its own costs more than it. */
const ARRAY_BYTES = 65_536;
/** Of kind and length: LEB128 of a number below 2³⁴. */
const HEAD_BYTES_MAX = 5;
/** Of an item of 43 to 5,460 bytes, as most are. */
const HEAD_BYTES_USUAL = 2;

export class ItemWriter extends NumberWriter {
  /** The chunks that are full. */
  readonly done: Uint8Array[] = [];
  /** How many slots of the current chunk are taken. */
  slots = 0;
  /** Where the current chunk begins. */
  #start = 0;
  /** Where the item begins that is being written. */
  #item = 0;

  constructor(height = 0) {
    super();
    this.height = height;
  }

  get current(): Uint8Array {
    return this.target.subarray(this.#start, this.at);
  }

  get isFull(): boolean {
    return this.slots === SLOTS || this.at - this.#start >= CHUNK_BYTES;
  }

  /** Begins an item of at most `bytesMax`; what it consists of follows, then `end`. */
  begin(bytesMax: number): void {
    this.#reserve(HEAD_BYTES_MAX + bytesMax);
    this.at += HEAD_BYTES_USUAL;
    this.#item = this.at;
  }

  end(kind: ItemKind): void {
    const [from, to] = [this.#item, this.at];
    invariant(to <= this.target.length, 'an item has no more bytes than it was said to have');
    const head = 1 + KINDS * (to - from) + kind;
    this.at = from - HEAD_BYTES_USUAL;
    const start = this.at + numberBytes(head);
    if (start !== from) this.target.copyWithin(start, from, to);
    this.number(head);
    this.at = start + to - from;
    this.slots++;
  }

  add(item: Uint8Array, kind: ItemKind): void {
    this.begin(item.length);
    this.copy(item, 0, item.length);
    this.end(kind);
  }

  /** Leaves a slot empty. */
  skip(): void {
    this.#reserve(1);
    this.byte(0);
    this.slots++;
  }

  /** Ends a chunk. */
  finish(): void {
    this.done.push(this.current);
    this.#start = this.at;
    this.slots = 0;
  }

  #reserve(more: number): void {
    if (this.at + more <= this.target.length) return;
    const begun = this.current;
    this.target = new Uint8Array(Math.max(ARRAY_BYTES, begun.length + more));
    this.target.set(begun);
    [this.#start, this.at] = [0, begun.length];
  }
}

function numberBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}
