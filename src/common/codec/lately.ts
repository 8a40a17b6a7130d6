/**
 * Short values that were read lately, by their encoding. Names, keys and chains come again and
 * again: finding one costs less than making it, checking it once more and collecting it as garbage,
 * and who looks it up in a map finds the same string with its hash. Bounded whatever comes: a value
 * has one place, which the next one of that place takes.
 */

const PLACES = 64;
/** Of an encoding with its head: a key, a chain, a name. */
const ENCODED_BYTES_MAX = 64;
/** So many bytes, the last ones, say which place it is. */
const TOLD_BY = 4;
/** The usual multiplier of such sums. */
const MULTIPLIER = 31;

interface Known<T> {
  readonly encoded: Uint8Array;
  readonly value: T;
}

export class Lately<T> {
  readonly #places: (Known<T> | undefined)[] = new Array(PLACES).fill(undefined);

  /** The value that is encoded at `at`, if it was kept; its encoding tells where it ends. */
  find(bytes: Uint8Array, at: number): Known<T> | undefined {
    const end = endOf(bytes, at);
    if (end === undefined) return undefined;
    const known = this.#places[placeOf(bytes, at, end)];
    if (known === undefined || known.encoded.length !== end - at) return undefined;
    for (let i = at; i < end; i++) if (bytes[i] !== known.encoded[i - at]) return undefined;
    return known;
  }

  /** Keeps a value that is good, and was read from there; one of bytes as a copy. */
  keep(bytes: Uint8Array, at: number, value: T): void {
    const end = endOf(bytes, at);
    if (end === undefined) return;
    const own = value instanceof Uint8Array ? (value.slice() as T) : value;
    this.#places[placeOf(bytes, at, end)] = { encoded: bytes.slice(at, end), value: own };
  }
}

/** Where short text or binary ends that begins at `at`; undefined where it is something else. */
function endOf(bytes: Uint8Array, at: number): number | undefined {
  const mark = bytes[at] as number;
  const length = mark >= 0xa0 && mark <= 0xbf ? 1 + (mark & 31) : longer(bytes, at, mark);
  return length <= ENCODED_BYTES_MAX && at + length <= bytes.length ? at + length : undefined;
}

/** Text of 32 bytes and more, and binary, that say their length in one byte. */
function longer(bytes: Uint8Array, at: number, mark: number): number {
  const has = (mark === 0xd9 || mark === 0xc4) && at + 1 < bytes.length;
  return has ? 2 + (bytes[at + 1] as number) : ENCODED_BYTES_MAX + 1;
}

function placeOf(bytes: Uint8Array, at: number, end: number): number {
  let sum = end - at;
  for (let i = Math.max(at, end - TOLD_BY); i < end; i++) {
    sum = Math.imul(sum, MULTIPLIER) + (bytes[i] as number);
  }
  return (sum >>> 0) % PLACES;
}
