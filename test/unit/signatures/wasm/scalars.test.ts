import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { i32, v128 } from '../../../../src/signatures/wasm/instructions.ts';
import {
  digits,
  digitsOf,
  hashBlock,
  ORDER,
  reduceScalar,
} from '../../../../src/signatures/wasm/scalars.ts';
import { Machine } from './pairs.ts';

interface Exports {
  hash(): void;
  reduce(): void;
  digits5(): void;
  digits6(): void;
  digits8(): void;
}

const [IN, OUT] = [0, 512];
const WIDTHS = [5, 6, 8] as const;
const MESSAGE_BYTES = 96;
const at = i32.const;

const machine = new Machine<Exports>((module) => {
  module.function({ name: 'hash', params: [] }, (f) => {
    const pieces = Array.from({ length: MESSAGE_BYTES / 16 }, (_, i) => v128.load(at(16 * i)));
    hashBlock(f, pieces, at(OUT));
  });
  module.function({ name: 'reduce', params: [] }, (f) => reduceScalar(f, at(IN), at(OUT)));
  for (const width of WIDTHS) {
    module.function({ name: `digits${width}`, params: [] }, (f) => {
      digits(f, at(IN), width, (place, magnitude, negative) => {
        f.do(i32.store(at(OUT + 8 * place), magnitude));
        f.do(i32.store(at(OUT + 8 * place + 4), negative));
      });
    });
  }
});

function write(value: bigint, bytes: number): void {
  for (let i = 0; i < bytes; i++) machine.bytes[IN + i] = Number((value >> BigInt(8 * i)) & 255n);
}

function read(bytes: number): bigint {
  const reversed = machine.bytes.slice(OUT, OUT + bytes).reverse();
  return BigInt(`0x${Buffer.from(reversed).toString('hex')}`);
}

const bits = (count: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: 2n ** count - 1n });

describe('numbers modulo the order', () => {
  it('know the order', () => {
    assert.equal(ORDER, ed25519.Point.Fn.ORDER);
  });

  it('come from the hash of 96 bytes', () => {
    const message = fc.uint8Array({ minLength: MESSAGE_BYTES, maxLength: MESSAGE_BYTES });
    fc.assert(
      fc.property(message, (bytes) => {
        machine.bytes.set(bytes, IN);
        machine.exports.hash();
        const expected = createHash('sha512').update(bytes).digest();
        assert.deepEqual(Buffer.from(machine.bytes.slice(OUT, OUT + 64)), expected);
      }),
      { numRuns: 500 },
    );
  });

  it('are what 64 bytes leave', () => {
    const check = (value: bigint): void => {
      write(value, 64);
      machine.exports.reduce();
      assert.equal(read(32), value % ORDER);
    };
    const all = 2n ** 512n - 1n;
    const most = all - (all % ORDER);
    for (const edge of [0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n * ORDER, most - 1n, most, all]) {
      check(edge);
    }
    for (let bit = 0n; bit < 512n; bit++) for (const off of [-1n, 0n]) check((1n << bit) + off);
    const nearMultiples = fc
      .tuple(bits(259n), fc.bigInt({ min: -2n, max: 2n }))
      .map(([times, off]) => BigInt.asUintN(512, times * ORDER + off));
    fc.assert(fc.property(fc.oneof(bits(512n), nearMultiples), check), { numRuns: 10_000 });
  });

  it('are the sum of their digits, each of which is in its table', () => {
    const check = (value: bigint): void => {
      write(value, 32);
      machine.bytes.fill(255, IN + 32, IN + 40); // what stands behind has no part in it
      for (const width of WIDTHS) {
        machine.exports[`digits${width}`]();
        const words = new Int32Array(machine.bytes.buffer, OUT, 2 * digitsOf(width));
        let sum = 0n;
        for (let place = 0; place < digitsOf(width); place++) {
          const [magnitude, negative] = [words[2 * place] ?? 0, words[2 * place + 1] ?? 0];
          assert.ok(magnitude >= 0 && magnitude <= 2 ** (width - 1));
          assert.ok(negative === 0 || negative === -1);
          const digit = BigInt(negative === 0 ? magnitude : -magnitude);
          sum += digit << BigInt(width * place);
        }
        assert.equal(sum, value);
      }
    };
    for (const edge of [0n, 1n, ORDER - 1n, 2n ** 252n, 2n ** 252n - 1n]) check(edge);
    for (const byte of [0x7f, 0x80, 0x81, 0x84, 0x10, 0x1f, 0x20, 0x21]) {
      check(BigInt(`0x0f${byte.toString(16).padStart(2, '0').repeat(31)}`));
    }
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: ORDER - 1n }), check), { numRuns: 3_000 });
  });
});
