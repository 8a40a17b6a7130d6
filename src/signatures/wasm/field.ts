/**
 * The field of 2²⁵⁵ − 19, two elements at a time: one in each lane of 64 bits. An element is ten
 * limbs without sign, of 26 and 25 bits by turns (D. J. Bernstein, 'Curve25519', 2006), so limb i
 * counts 2^⌈25.5·i⌉. A pair is kept as five vectors [a₂ᵢ, b₂ᵢ, a₂ᵢ₊₁, b₂ᵢ₊₁] of 32-bit lanes, which
 * is what the multiplication of lanes takes.
 *
 * How large limbs get: 'size n' says that each is at most n · 2²⁶ or n · 2²⁵ (and the half percent
 * that a carry leaves). A product has size 1, a sum the sum of sizes, a difference the left size
 * and 2. A product's columns hold 124.5 · 2⁵² at size 1, so they fit 64 bits while the sizes of its
 * factors multiply to at most 32; the right factor is at most 3.3, since 19 of its limbs must fit
 * 32 bits. `test/unit/signatures/field.test.ts` multiplies the worst.
 */
import type { Code, Func, Local } from './assembler.ts';
import { i32x4, i64, i64x2, v128 } from './instructions.ts';

export const LIMBS = 10;
/** Of a pair. */
const VECTORS = 5;
export const VECTOR_BYTES = 16;
export const PAIR_BYTES = VECTORS * VECTOR_BYTES;

/** 2²⁵⁵ − 19. */
export const P = 2n ** 255n - 19n;

/** What has to be on the stack for each of a pair's vectors. */
export type Pair = readonly Code[];

const bitsOf = (limb: number): number => (limb % 2 === 0 ? 26 : 25);
const each = <T>(make: (index: number) => T, count = VECTORS): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Which bit of the number a limb's lowest one is. */
export const positionOf = (limb: number): number => Math.ceil(25.5 * limb);

/** A number's limbs. */
export function limbsOf(value: bigint): number[] {
  return each(
    (i) => Number((value >> BigInt(positionOf(i))) & ((1n << BigInt(bitsOf(i))) - 1n)),
    LIMBS,
  );
}

/** The pair of twice the same number. */
export function constant(value: bigint): Pair {
  const limbs = limbsOf(value);
  return each((m) => {
    const [low, high] = [limbs[2 * m] as number, limbs[2 * m + 1] as number];
    return v128.const32([low, low, high, high]);
  });
}

/** Twice the prime, limb by limb: not below any limb of size 1 but for the carry's remainder. */
const TWICE_P: Pair = each((m) => {
  const even = 2 * (2 ** 26 - (m === 0 ? 19 : 1));
  const odd = 2 * (2 ** 25 - 1);
  return v128.const32([even, even, odd, odd]);
});

export const loadPair = (address: Code, offset = 0): Pair =>
  each((m) => v128.load(address, offset + m * VECTOR_BYTES));

export function storePair(address: Code, pair: Pair, offset = 0): Code {
  return pair.map((vector, m) => v128.store(address, vector, offset + m * VECTOR_BYTES));
}

/** Evaluates once what is used more than once. */
export function keepPair(f: Func, pair: Pair): Pair {
  return pair.map((vector) => f.keep('v128', vector).get);
}

export const addPairs = (a: Pair, b: Pair): Pair =>
  a.map((vector, m) => i32x4.add(vector, b[m] as Code));

/** b of size 1. */
export const subtractPairs = (a: Pair, b: Pair): Pair =>
  a.map((vector, m) => i32x4.sub(i32x4.add(vector, TWICE_P[m] as Code), b[m] as Code));

/** a where the mask has ones, b elsewhere. */
export const selectPairs = (a: Pair, b: Pair, mask: Code): Pair =>
  a.map((vector, m) => v128.select(vector, b[m] as Code, mask));

/** The lanes the other way round. */
export const swapLanes = (a: Pair): Pair =>
  a.map((vector) => v128.shuffle32(vector, vector, [1, 0, 3, 2]));

/** The first lane of a and the second of b. */
export const blendLanes = (a: Pair, b: Pair): Pair =>
  a.map((vector, m) => v128.shuffle32(vector, b[m] as Code, [0, 5, 2, 7]));

/** Neighbouring limbs in each other's place. */
const swapLimbs = (vector: Code): Code => v128.shuffle32(vector, vector, [2, 3, 0, 1]);

/** How a function multiplies: with the code on the spot, or by a call. */
export type Multiply = (a: Pair, b: Pair) => Pair;

/** Products in both lanes; see above for how large the factors may be. */
export function multiply(f: Func, a: Pair, b: Pair): Pair {
  const keep = (vector: Code): Code => f.keep('v128', vector).get;
  const left = keepPair(f, a);
  // An odd limb's weight is half a bit above what its index says; two of them make one.
  const doubled = left.map((vector) => keep(i32x4.mul(vector, v128.const32([1, 1, 2, 2]))));
  const right = keepPair(f, b);
  const folded = right.map((vector) => keep(i32x4.mul(vector, v128.const32([19, 19, 19, 19]))));
  const swapped = right.map((vector) => keep(swapLimbs(vector)));
  const foldedSwapped = folded.map((vector) => keep(swapLimbs(vector)));
  const columns = each((k) => {
    const products = each((i) => {
      const j = (k - i + LIMBS) % LIMBS;
      const isFolded = i > k;
      const isAligned = (i - j) % 2 === 0;
      const factor = i % 2 === 1 && j % 2 === 1 ? doubled : left;
      const other = isAligned ? (isFolded ? folded : right) : isFolded ? foldedSwapped : swapped;
      const product = i % 2 === 0 ? i64x2.productsLow : i64x2.productsHigh;
      return product(factor[i >> 1] as Code, other[j >> 1] as Code);
    }, LIMBS);
    return f.keep('v128', products.reduce(i64x2.add));
  }, LIMBS);
  carryProduct(f, columns);
  return keepPair(f, packed(columns));
}

/** Columns to limbs of size 1. Two chains by turns, since each step waits for the one before. */
function carryProduct(f: Func, columns: readonly Local[]): void {
  for (const limb of [0, 4, 1, 5, 2, 6, 3, 7, 4, 8, 9, 0]) carry(f, columns, limb);
}

/** What is above a limb's bits goes to the next one, and from the last one 19-fold to the first. */
function carry(f: Func, limbs: readonly Local[], from: number): void {
  const [limb, next] = [limbs[from] as Local, limbs[(from + 1) % LIMBS] as Local];
  const bits = bitsOf(from);
  const above = f.keep('v128', i64x2.shrU(limb.get, bits)).get;
  f.do(limb.set(v128.and(limb.get, maskOf(bits))));
  f.do(next.set(i64x2.add(next.get, from === LIMBS - 1 ? times19(above) : above)));
}

const maskOf = (bits: number): Code => v128.const32([2 ** bits - 1, 0, 2 ** bits - 1, 0]);

const times19 = (a: Code): Code => i64x2.add(i64x2.add(i64x2.shl(a, 4), i64x2.shl(a, 1)), a);

/** Limbs in lanes of 64 bits side by side in 32. */
function packed(limbs: readonly Local[]): Pair {
  return each((m) => {
    const [even, odd] = [limbs[2 * m] as Local, limbs[2 * m + 1] as Local];
    return v128.shuffle32(even.get, odd.get, [0, 2, 4, 6]);
  });
}

/** The one representation below the prime, of any sum or difference. */
export function freeze(f: Func, a: Pair): Pair {
  const kept = keepPair(f, a);
  const one = v128.const32([1, 1, 1, 1]);
  const limbs = each((i) => {
    const widen = i % 2 === 0 ? i64x2.productsLow : i64x2.productsHigh;
    return f.keep('v128', widen(kept[i >> 1] as Code, one));
  }, LIMBS);
  const all = each((i) => i, LIMBS);
  for (const limb of [...all, 0]) carry(f, limbs, limb);
  // Now below twice the prime: it has to go once exactly where 19 more reach the bit 255.
  let over = v128.const32([19, 0, 19, 0]);
  for (const i of all) {
    const sum = i64x2.add((limbs[i] as Local).get, over);
    over = f.keep('v128', i64x2.shrU(sum, bitsOf(i))).get;
  }
  const first = limbs[0] as Local;
  f.do(first.set(i64x2.add(first.get, times19(over))));
  for (const limb of all.slice(0, -1)) carry(f, limbs, limb);
  const last = limbs[LIMBS - 1] as Local;
  f.do(last.set(v128.and(last.get, maskOf(bitsOf(LIMBS - 1)))));
  return packed(limbs);
}

/** The first lane's element, frozen, as four numbers of 64 bits from the lowest. */
export function wordsOf(f: Func, frozen: Pair): Code[] {
  const limb = each(
    (i) => f.keep('i64', i64.extendU(i32x4.lane(frozen[i >> 1] as Code, 2 * (i % 2)))).get,
    LIMBS,
  );
  const words: Code[] = each(() => i64.const(0), 4);
  for (const [i, value] of limb.entries()) {
    const [word, bit] = [positionOf(i) >> 6, positionOf(i) & 63];
    words[word] = i64.or(words[word] as Code, i64.shl(value, bit));
    if (bit + bitsOf(i) > 64) {
      words[word + 1] = i64.or(words[word + 1] as Code, i64.shrU(value, 64 - bit));
    }
  }
  return words.map((word) => f.keep('i64', word).get);
}
