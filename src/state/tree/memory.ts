/**
 * Flat memory that stays: arrays that grow, and copying between them. What an update needs for
 * itself lies in arrays that the next one uses again, so that it leaves little to the garbage
 * collector.
 */

/** From so many bytes on, calling the machine's own copying takes less time than a loop. */
const LONG_BYTES = 192;
const WORD_BYTES = 4;
/** It takes every Uint8Array; without it, each copy needs a view, and those were most garbage. */
const { copy } = Buffer.prototype;

export function copyBytes(
  target: Uint8Array,
  to: number,
  source: Uint8Array,
  from: number,
  length: number,
): void {
  if (length >= LONG_BYTES) copy.call(source as Buffer, target, to, from, from + length);
  else for (let i = 0; i < length; i++) target[to + i] = source[from + i] as number;
}

/** Memory as bytes and as words of 32 bits. */
interface Words {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

export function copyWords(target: Words, to: number, source: Words, from: number, count: number) {
  if (WORD_BYTES * count >= LONG_BYTES) {
    const [start, length] = [WORD_BYTES * from, WORD_BYTES * count];
    copyBytes(target.bytes, WORD_BYTES * to, source.bytes, start, length);
  } else {
    const { words } = target;
    for (let i = 0; i < count; i++) words[to + i] = source.words[from + i] as number;
  }
}

/** The array, or a larger one with what is in it, so that `length` fits. */
export function enlarged<T extends Uint8Array | Int32Array | Float64Array>(
  array: T,
  length: number,
): T {
  if (length <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(2 * length);
  larger.set(array);
  return larger;
}

/** A list of numbers that keeps its memory when it is cleared, which an array doesn't. */
export class Numbers {
  count = 0;
  #items = new Float64Array(0);

  push(value: number): void {
    if (this.count === this.#items.length) this.#items = enlarged(this.#items, this.count + 1);
    this.#items[this.count++] = value;
  }

  at(index: number): number {
    return this.#items[index] as number;
  }

  clear(): void {
    this.count = 0;
  }
}
