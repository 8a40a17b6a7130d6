/** The instructions that the arithmetic is made of, as functions from code to code. */
import { type Code, signed, unsigned } from './assembler.ts';

const SIMD = 0xfd;
/** Of what an access is aligned to, the logarithm; a hint only, so the smallest. */
const UNALIGNED = 0;

const one =
  (op: number) =>
  (a: Code): Code => [a, op];
const two =
  (op: number) =>
  (a: Code, b: Code): Code => [a, b, op];
const simd = (op: number, ...args: readonly Code[]): Code => [...args, SIMD, ...unsigned(op)];
const simdTwo =
  (op: number) =>
  (a: Code, b: Code): Code =>
    simd(op, a, b);
const load =
  (op: Code) =>
  (address: Code, offset = 0): Code => [address, op, UNALIGNED, ...unsigned(offset)];
const store =
  (op: Code) =>
  (address: Code, value: Code, offset = 0): Code => [
    address,
    value,
    op,
    UNALIGNED,
    ...unsigned(offset),
  ];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load: load([0x28]),
  store: store([0x36]),
  store8: store([0x3a]),
  ltU: two(0x49),
  add: two(0x6a),
  sub: two(0x6b),
  mul: two(0x6c),
  and: two(0x71),
  xor: two(0x73),
  shl: two(0x74),
  shrS: two(0x75),
  shrU: two(0x76),
};

export const i64 = {
  const: (value: bigint | number): Code => [0x42, ...signed(BigInt.asIntN(64, BigInt(value)))],
  load: load([0x29]),
  load32: load([0x35]),
  store: store([0x37]),
  eqz: one(0x50),
  add: two(0x7c),
  sub: two(0x7d),
  mul: two(0x7e),
  and: two(0x83),
  or: two(0x84),
  xor: two(0x85),
  shl: (a: Code, bits: number): Code => [a, i64.const(bits), 0x86],
  shrS: (a: Code, bits: number): Code => [a, i64.const(bits), 0x87],
  shrU: (a: Code, bits: number): Code => [a, i64.const(bits), 0x88],
  rotr: (a: Code, bits: number): Code => [a, i64.const(bits), 0x8a],
  extendU: one(0xad),
};

export const v128 = {
  load: load([SIMD, 0x00]),
  store: store([SIMD, 0x0b]),
  /** Of four 32-bit lanes. */
  const32: (lanes: readonly number[]): Code => [
    SIMD,
    0x0c,
    ...new Uint8Array(Uint32Array.from(lanes).buffer),
  ],
  /** The 32-bit lanes of a (0 to 3) and b (4 to 7) that are named. */
  shuffle32: (a: Code, b: Code, lanes: readonly number[]): Code => [
    a,
    b,
    SIMD,
    0x0d,
    ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
  ],
  /** The bytes of both 64-bit lanes in the other order. */
  reverse64: (a: Code): Code => [
    a,
    v128.const32([0, 0, 0, 0]),
    SIMD,
    0x0d,
    ...[7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8],
  ],
  and: simdTwo(0x4e),
  /** Bits of a where the mask has ones, of b elsewhere. */
  select: (a: Code, b: Code, mask: Code): Code => simd(0x52, a, b, mask),
};

export const i32x4 = {
  lane: (a: Code, lane: number): Code => [simd(0x1b, a), lane],
  add: simdTwo(0xae),
  sub: simdTwo(0xb1),
  mul: simdTwo(0xb5),
};

export const i64x2 = {
  shl: (a: Code, bits: number): Code => simd(0xcb, a, i32.const(bits)),
  shrU: (a: Code, bits: number): Code => simd(0xcd, a, i32.const(bits)),
  add: simdTwo(0xce),
  /** Products of the 32-bit lanes 0 and 1, without sign. */
  productsLow: simdTwo(0xde),
  /** Of the lanes 2 and 3. */
  productsHigh: simdTwo(0xdf),
};
