import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Code } from '../../../../src/signatures/wasm/assembler.ts';
import {
  addPairs,
  freeze,
  LIMBS,
  limbsOf,
  loadPair,
  multiply,
  P,
  PAIR_BYTES,
  storePair,
  subtractPairs,
  wordsOf,
} from '../../../../src/signatures/wasm/field.ts';
import { i64 } from '../../../../src/signatures/wasm/instructions.ts';
import { Machine, numberOf } from './pairs.ts';

interface Exports {
  multiply(out: number, a: number, b: number): void;
  add(out: number, a: number, b: number): void;
  subtract(out: number, a: number, b: number): void;
  freeze(out: number, a: number): void;
  words(out: number, a: number): void;
}

const machine = new Machine<Exports>((module) => {
  const params = ['i32', 'i32', 'i32'] as const;
  module.function({ name: 'multiply', params }, (f, out, a, b) => {
    f.do(storePair(out.get, multiply(f, loadPair(a.get), loadPair(b.get))));
  });
  for (const [name, combine] of [
    ['add', addPairs],
    ['subtract', subtractPairs],
  ] as const) {
    module.function({ name, params }, (f, out, a, b) => {
      f.do(storePair(out.get, combine(loadPair(a.get), loadPair(b.get))));
    });
  }
  module.function({ name: 'freeze', params: ['i32', 'i32'] }, (f, out, a) => {
    f.do(storePair(out.get, freeze(f, loadPair(a.get))));
  });
  module.function({ name: 'words', params: ['i32', 'i32'] }, (f, out, a) => {
    wordsOf(f, loadPair(a.get)).forEach((word: Code, i) => {
      f.do(i64.store(out.get, word, 8 * i));
    });
  });
});
const [OUT, A, B] = [0, PAIR_BYTES, 2 * PAIR_BYTES];
const LANES = [0, 1] as const;

/** The largest limbs of a size, with what a carry leaves above. */
function largest(size: number): number[] {
  return Array.from({ length: LIMBS }, (_, i) =>
    Math.floor(size * (i % 2 === 0 ? 2 ** 26 : 2 ** 25) * 1.004),
  );
}

/** Limbs up to a size, small, large or anything, each for itself. */
const limbsUpTo = (size: number): fc.Arbitrary<number[]> =>
  fc.tuple(
    ...largest(size).map((max) => fc.oneof(fc.constantFrom(0, 1, max - 1, max), fc.nat(max))),
  );

function sizeOf(limbs: readonly number[]): number {
  return Math.max(...limbs.map((limb, i) => limb / (i % 2 === 0 ? 2 ** 26 : 2 ** 25)));
}

/** What 255 bits can hold of numbers near the prime and near 0. */
const EDGES = [0n, 1n, 2n, 18n, 19n, 20n, P - 1n, P, P + 1n, P + 18n, 2n ** 254n, 2n ** 255n - 1n];

describe('pairs of field elements', () => {
  /** Both of what is multiplied in a sum of points at most: see `field.ts`. */
  it('are multiplied, the largest that points need too', () => {
    const check = (a: number[], b: number[], c: number[], d: number[]): void => {
      machine.write(A, a, b);
      machine.write(B, c, d);
      machine.exports.multiply(OUT, A, B);
      for (const [lane, x, y] of [
        [0, a, c],
        [1, b, d],
      ] as const) {
        const product = machine.limbs(OUT, lane);
        assert.equal(numberOf(product) % P, (numberOf(x) * numberOf(y)) % P);
        assert.ok(sizeOf(product) < 1.004);
      }
    };
    check(largest(4), largest(4), largest(3), largest(3));
    check(largest(4), largest(0), largest(3), largest(0));
    const factors = [limbsUpTo(4), limbsUpTo(4), limbsUpTo(3), limbsUpTo(3)] as const;
    fc.assert(fc.property(...factors, check), { numRuns: 5_000 });
  });

  it('are added and subtracted', () => {
    const check = (a: number[], b: number[]): void => {
      machine.write(A, a, b);
      machine.write(B, b, a);
      machine.exports.add(OUT, A, B);
      const sums = LANES.map((lane) => numberOf(machine.limbs(OUT, lane)) % P);
      const sum = (numberOf(a) + numberOf(b)) % P;
      assert.deepEqual(sums, [sum, sum]);
      machine.exports.subtract(OUT, A, B);
      const difference = numberOf(a) - numberOf(b);
      for (const [lane, expected] of [difference, -difference].entries()) {
        const found = machine.limbs(OUT, lane as 0 | 1);
        assert.equal(numberOf(found) % P, ((expected % P) + P) % P);
        assert.ok(sizeOf(found) < 3.01);
      }
    };
    check(largest(1), largest(0));
    fc.assert(fc.property(limbsUpTo(1), limbsUpTo(1), check), { numRuns: 2_000 });
  });

  it('have one frozen form, and its words are the number', () => {
    const check = (a: number[], b: number[]): void => {
      machine.write(A, a, b);
      machine.exports.freeze(OUT, A);
      assert.deepEqual(machine.limbs(OUT, 0), limbsOf(numberOf(a) % P));
      assert.deepEqual(machine.limbs(OUT, 1), limbsOf(numberOf(b) % P));
      machine.exports.words(A, OUT);
      const bytes = machine.bytes.slice(A, A + 32).reverse();
      assert.equal(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), numberOf(a) % P);
    };
    for (const edge of EDGES) check(limbsOf(edge), limbsOf(P - 1n));
    check(largest(3), largest(1));
    // Each limb of the prime and of its double may be one off.
    const near = fc.tuple(fc.constantFrom(...EDGES), fc.nat(9), fc.integer({ min: -1, max: 1 }));
    const nearLimbs = near.map(([edge, at, off]) =>
      limbsOf(edge).map((limb, i) => Math.max(0, i === at ? limb + off : limb)),
    );
    fc.assert(fc.property(fc.oneof(nearLimbs, limbsUpTo(3)), limbsUpTo(3), check), {
      numRuns: 5_000,
    });
  });
});
