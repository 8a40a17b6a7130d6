/** Numbers modulo the order of edwards25519's large subgroup: the hash, and windows of digits. */
import type { Code, Func, Local } from './assembler.ts';
import { i32, i64, v128 } from './instructions.ts';

/** Of the large subgroup (RFC 8032, section 5.1). */
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const ROUNDS = 80;
const STATE_WORDS = 8;
const BLOCK_WORDS = 16;
const WORD_BYTES = 8;

/** The first 64 bits behind the point of roots of the first primes (FIPS 180-4, section 4.2.3). */
function rootBits(degree: 2n | 3n, count: number): bigint[] {
  const bits: bigint[] = [];
  for (let n = 2n; bits.length < count; n++) {
    let isPrime = true;
    for (let divisor = 2n; divisor * divisor <= n; divisor++) {
      if (n % divisor === 0n) isPrime = false;
    }
    if (!isPrime) continue;
    const wanted = n << (64n * degree);
    let root = 0n;
    for (let bit = 1n << 72n; bit > 0n; bit >>= 1n) {
      if ((root + bit) ** degree <= wanted) root += bit;
    }
    bits.push(BigInt.asUintN(64, root));
  }
  return bits;
}

/**
 * SHA-512 (FIPS 180-4) of `message`, which leaves room for the padding in one block: pieces of 16
 * bytes, each an expression. Its 64 bytes go to `out`.
 */
export function hashBlock(f: Func, message: readonly Code[], out: Code): void {
  const words = BLOCK_WORDS;
  const w: Local[] = [];
  for (const piece of message) {
    f.do(v128.store(out, v128.reverse64(piece)));
    for (const at of [0, WORD_BYTES]) w.push(f.keep('i64', i64.load(out, at)));
  }
  const bits = w.length * 64;
  w.push(f.keep('i64', i64.const(1n << 63n)));
  while (w.length < words - 1) w.push(f.keep('i64', i64.const(0)));
  w.push(f.keep('i64', i64.const(bits)));
  const initial = rootBits(2n, STATE_WORDS);
  const constants = rootBits(3n, ROUNDS);
  let state = initial.map((value) => f.keep('i64', i64.const(value)));
  for (let round = 0; round < ROUNDS; round++) {
    const word = w[round % words] as Local;
    if (round >= words) f.do(word.set(nextWord(w, round)));
    state = hashRound(f, state, i64.add(word.get, i64.const(constants[round] as bigint)));
  }
  for (let i = 0; i < STATE_WORDS; i++) {
    const sum = i64.add((state[i] as Local).get, i64.const(initial[i] as bigint));
    f.do(i64.store(out, sum, WORD_BYTES * i));
  }
  for (let at = 0; at < STATE_WORDS * WORD_BYTES; at += 2 * WORD_BYTES) {
    f.do(v128.store(out, v128.reverse64(v128.load(out, at)), at));
  }
}

const sumOf = (...terms: readonly Code[]): Code => terms.reduce(i64.add);
const xorOf = (...terms: readonly Code[]): Code => terms.reduce(i64.xor);

function nextWord(w: readonly Local[], round: number): Code {
  const at = (back: number): Code => (w[(round - back) % w.length] as Local).get;
  const [a, b] = [at(15), at(2)];
  const small0 = xorOf(i64.rotr(a, 1), i64.rotr(a, 8), i64.shrU(a, 7));
  const small1 = xorOf(i64.rotr(b, 19), i64.rotr(b, 61), i64.shrU(b, 6));
  return sumOf(at(16), small0, at(7), small1);
}

function hashRound(f: Func, state: readonly Local[], input: Code): Local[] {
  const [a, b, c, d, e, g, h, last] = state as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const big1 = xorOf(i64.rotr(e.get, 14), i64.rotr(e.get, 18), i64.rotr(e.get, 41));
  const choice = i64.xor(i64.and(i64.xor(g.get, h.get), e.get), h.get);
  const first = f.keep('i64', sumOf(last.get, big1, choice, input)).get;
  const big0 = xorOf(i64.rotr(a.get, 28), i64.rotr(a.get, 34), i64.rotr(a.get, 39));
  const majority = i64.xor(i64.and(i64.xor(a.get, b.get), i64.xor(a.get, c.get)), a.get);
  const top = f.keep('i64', sumOf(first, big0, majority));
  f.do(d.set(i64.add(d.get, first)));
  return [top, a, b, c, d, e, g, h];
}

/** Limbs of 21 bits with sign, as in the reference implementation of Ed25519 (SUPERCOP, ref10). */
const SCALAR_BITS = 21;
const SCALAR_LIMBS = 24;
/** 2²⁵² is −(ORDER − 2²⁵²), of which these are the limbs. */
const FOLD = [666643, 470296, 654183, -997805, 136657, -683901];
const HALF_LIMBS = 12;

/** The 64 bytes at `from` as a number modulo ORDER; its 32 bytes go to `out`. */
export function reduceScalar(f: Func, from: Code, out: Code): void {
  const s = Array.from({ length: SCALAR_LIMBS }, (_, i) => {
    const bit = SCALAR_BITS * i;
    const isLast = i === SCALAR_LIMBS - 1;
    const word = (isLast ? i64.load32 : i64.load)(from, bit >> 3);
    const shifted = i64.shrU(word, bit & 7);
    return f.keep('i64', isLast ? shifted : i64.and(shifted, i64.const(2 ** SCALAR_BITS - 1)));
  });
  const fold = (limb: number): void => {
    const high = (s[limb] as Local).get;
    FOLD.forEach((factor, j) => {
      const target = s[limb - HALF_LIMBS + j] as Local;
      f.do(target.set(i64.add(target.get, i64.mul(high, i64.const(factor)))));
    });
    f.do((s[limb] as Local).set(i64.const(0)));
  };
  /** To the nearest, so that what stays has a sign and is small. */
  const carry = (limb: number, nearest: boolean): void => {
    const [here, next] = [s[limb] as Local, s[limb + 1] as Local];
    const rounded = nearest ? i64.add(here.get, i64.const(2 ** (SCALAR_BITS - 1))) : here.get;
    const above = f.keep('i64', i64.shrS(rounded, SCALAR_BITS)).get;
    f.do(next.set(i64.add(next.get, above)));
    f.do(here.set(i64.sub(here.get, i64.shl(above, SCALAR_BITS))));
  };
  const range = (start: number, end: number, step = 1): number[] =>
    Array.from({ length: Math.ceil((end - start) / step) }, (_, i) => start + i * step);
  for (const limb of [23, 22, 21, 20, 19, 18]) fold(limb);
  for (const limb of [...range(6, 17, 2), ...range(7, 16, 2)]) carry(limb, true);
  for (const limb of [17, 16, 15, 14, 13, 12]) fold(limb);
  for (const limb of [...range(0, 12, 2), ...range(1, 12, 2)]) carry(limb, true);
  fold(HALF_LIMBS);
  for (const limb of range(0, 12)) carry(limb, false);
  fold(HALF_LIMBS);
  for (const limb of range(0, 11)) carry(limb, false);
  storeScalar(f, s.slice(0, HALF_LIMBS), out);
}

function storeScalar(f: Func, limbs: readonly Local[], out: Code): void {
  const words: Code[] = [0, 1, 2, 3].map(() => i64.const(0));
  for (const [i, { get }] of limbs.entries()) {
    const [word, bit] = [(SCALAR_BITS * i) >> 6, (SCALAR_BITS * i) & 63];
    words[word] = i64.or(words[word] as Code, i64.shl(get, bit));
    if (bit + SCALAR_BITS > 64 && word < 3) {
      words[word + 1] = i64.or(words[word + 1] as Code, i64.shrU(get, 64 - bit));
    }
  }
  words.forEach((word, i) => {
    f.do(i64.store(out, word, WORD_BYTES * i));
  });
}

/** Bits of a number below ORDER. */
const ORDER_BITS = 253;
const SCALAR_BYTES = 32;

/** How many digits of `width` bits a number has, of which half are negative: one bit more. */
export const digitsOf = (width: number): number => Math.ceil((ORDER_BITS + 1) / width);

/**
 * The digits of the 32 bytes at `from`, which are below ORDER, lowest first, each from −2^(width−1)
 * to 2^(width−1): calls `use` with the digit's place, its magnitude and, if negative, −1, else 0.
 */
export function digits(
  f: Func,
  from: Code,
  width: number,
  use: (place: number, magnitude: Code, negative: Code) => void,
): void {
  let carry: Code = i32.const(0);
  for (let place = 0; place < digitsOf(width); place++) {
    const bit = place * width;
    const bits = Math.min(width, 8 * SCALAR_BYTES - bit);
    const raw = i32.and(
      i32.shrU(i32.load(from, bit >> 3), i32.const(bit & 7)),
      i32.const(2 ** bits - 1),
    );
    const digit = f.keep('i32', i32.add(raw, carry)).get;
    const half = i32.const(2 ** (width - 1));
    const negative = f.keep('i32', i32.shrS(i32.sub(half, digit), i32.const(31))).get;
    const whole = i32.and(negative, i32.const(2 ** width));
    const flipped = i32.sub(i32.xor(digit, negative), negative);
    use(place, i32.add(flipped, whole), negative);
    carry = f.keep('i32', i32.and(negative, i32.const(1))).get;
  }
}
