import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '../../../../src/common/hash.ts';
import { keyPairOf } from '../../../../src/common/signature.ts';
import { Arithmetic, prepare } from '../../../../src/signatures/wasm/arithmetic.ts';
import { limbsOf } from '../../../../src/signatures/wasm/field.ts';
import { BASE_WINDOWS, KEY_WINDOWS, type Windows } from '../../../../src/signatures/wasm/layout.ts';
import { moduleBytes } from '../../../../src/signatures/wasm/module.ts';
import { ENTRY_BYTES } from '../../../../src/signatures/wasm/points.ts';

const { Fp } = ed25519.Point;
const TWICE_D = 2n * ed25519.Point.CURVE().d;
type Point = typeof ed25519.Point.BASE;

/** Each entry against the multiple that it stands for. */
function assertTable(table: Uint8Array, base: Point, { width, count, entries }: Windows): void {
  let digit = base;
  for (let place = 0; place < count; place++) {
    let multiple = ed25519.Point.ZERO;
    for (let times = 0; times < entries; times++) {
      const { x, y } = multiple.toAffine();
      const product = Fp.mul(Fp.mul(x, y), TWICE_D);
      const expected = [Fp.sub(y, x), Fp.add(y, x), product].flatMap(limbsOf);
      const at = (place * entries + times) * ENTRY_BYTES;
      const found = new Uint32Array(table.buffer, table.byteOffset + at, expected.length);
      assert.deepEqual([...found], expected, `digit ${place}, ${times} times`);
      multiple = multiple.add(digit);
    }
    for (let doubled = 0; doubled < width; doubled++) digit = digit.double();
  }
}

describe('a table', () => {
  const arithmetic = new Arithmetic(prepare(2));

  it('of the base point holds its multiples', () => {
    assertTable(arithmetic.prepared.base, ed25519.Point.BASE, BASE_WINDOWS);
  });

  it('of a key holds those of its opposite', () => {
    for (const number of [0, 1]) {
      const { publicKey } = keyPairOf(sha256(Uint8Array.of(number)));
      assert.ok(arithmetic.build(number, publicKey.subarray(1)));
      const point = ed25519.Point.fromBytes(publicKey.slice(1));
      assertTable(arithmetic.table(number), point.negate(), KEY_WINDOWS);
    }
  });

  it('is not built of what is no point, not canonical or of small order', () => {
    const order8 = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa';
    const noPoint = `02${'00'.repeat(31)}`;
    const notCanonical = `ee${'ff'.repeat(30)}7f`; // y = 1, written as p + 1
    for (const hex of [order8, noPoint, notCanonical]) {
      assert.ok(!arithmetic.build(0, Uint8Array.from(Buffer.from(hex, 'hex'))), hex);
    }
  });
});

describe('the module', () => {
  it('has the same bytes whenever it is made, and the memory that its tables take', () => {
    assert.deepEqual(moduleBytes(4), moduleBytes(4));
    assert.ok(WebAssembly.validate(moduleBytes(4)));
    const small = new Arithmetic(prepare(1));
    const { publicKey } = keyPairOf(sha256(Uint8Array.of(1)));
    assert.ok(small.build(0, publicKey.subarray(1)));
    assert.throws(() => small.build(1, publicKey.subarray(1)), RangeError);
  });
});
