import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { concat, fromHex } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import type { SignatureCheck } from '../../../src/common/signature.ts';
import {
  type KeyPair,
  keyPairOf,
  sign,
  verify,
  verifyAtDoor,
} from '../../../src/common/signature.ts';
import { checkAll, checkAllBy } from '../../../src/signatures/rules.ts';
import { BUILD_AFTER, KeyTables } from '../../../src/signatures/tables.ts';
import { Arithmetic, prepare } from '../../../src/signatures/wasm/arithmetic.ts';
import { ROOM } from '../../../src/signatures/wasm/layout.ts';
import { ORDER } from '../../../src/signatures/wasm/scalars.ts';
import { littleEndian, SMALL_ORDER } from './fuzz/cases.ts';

const ALGORITHM = Uint8Array.of(1);
const tables = (max: number): KeyTables => new KeyTables(max, () => new Arithmetic(prepare(max)));
const keysOf = (number: number): KeyPair => keyPairOf(sha256(Uint8Array.of(number)));

function checkOf(keys: KeyPair, number = 0): SignatureCheck {
  const message = sha256(Uint8Array.of(number & 255, number >> 8));
  return { signature: sign(message, keys), message, key: keys.publicKey };
}

/** Counts good signatures of a key until it asks for a table, and gives it the turn to get one. */
function come(to: KeyTables, { publicKey }: KeyPair): void {
  for (let i = 0; i < BUILD_AFTER; i++) to.count(publicKey);
  to.check([]);
}

const has = (in_: KeyTables, keys: KeyPair): boolean => in_.check([checkOf(keys)])[0] === 1;

describe('tables of keys', () => {
  it('are for those that were good so many times', () => {
    const some = tables(4);
    for (let i = 1; i < BUILD_AFTER; i++) some.count(keysOf(1).publicKey);
    assert.ok(!has(some, keysOf(1)));
    assert.equal(some.size, 0);
    some.count(keysOf(1).publicKey);
    assert.ok(has(some, keysOf(1)) && !has(some, keysOf(2)));
  });

  it('are built one at a time', () => {
    const some = tables(4);
    for (let i = 0; i < BUILD_AFTER; i++) {
      for (const number of [1, 2, 3]) some.count(keysOf(number).publicKey);
    }
    some.check([]);
    assert.equal(some.size, 1);
    some.check([]);
    assert.equal(some.size, 1);
    some.count(keysOf(2).publicKey);
    some.check([]);
    assert.equal(some.size, 2);
  });

  it('take the place of one that was not used, never of one in use', () => {
    const some = tables(2);
    for (const number of [1, 2, 3]) come(some, keysOf(number));
    // The hand passed the first and stands at the second, both in use when it came.
    assert.ok(has(some, keysOf(1)) && !has(some, keysOf(3)));
    come(some, keysOf(3));
    come(some, keysOf(3));
    assert.ok(has(some, keysOf(1)) && has(some, keysOf(2)) && !has(some, keysOf(3)));
    for (let turn = 0; turn < 3; turn++) come(some, keysOf(3));
    assert.ok(has(some, keysOf(3)));
    assert.equal(some.size, 2);
  });

  it('answer each of many, in its place', () => {
    const some = tables(2);
    for (const number of [1, 2]) come(some, keysOf(number));
    const checks = Array.from({ length: 2 * ROOM + 3 }, (_, i) => checkOf(keysOf(i % 3), i));
    for (const [i, { signature }] of checks.entries())
      if (i % 7 === 0) signature[9] = (signature[9] as number) ^ 1;
    const expected = checks.map((_, i) => (i % 3 > 0 && i % 7 > 0 ? 1 : 0));
    assert.deepEqual([...some.check(checks)], expected);
    assert.deepEqual(checkAllBy(some)(checks, 'consensus'), checkAll(checks, 'consensus'));
  });

  it('are none where the machine gives no memory, or cannot run the module', () => {
    let starts = 0;
    const none = new KeyTables(2, () => {
      starts += 1;
      throw new RangeError('no memory');
    });
    for (const number of [1, 2]) come(none, keysOf(number));
    assert.ok(!has(none, keysOf(1)));
    assert.equal(starts, 1);
    const one = new KeyTables(4, () => new Arithmetic(prepare(1)));
    for (const number of [1, 2, 3]) come(one, keysOf(number));
    assert.ok(has(one, keysOf(1)) && !has(one, keysOf(2)));
  });

  it('say nothing to another length or algorithm', () => {
    const some = tables(1);
    come(some, keysOf(1));
    const good = checkOf(keysOf(1));
    const cases = [
      { ...good, signature: good.signature.slice(1) },
      { ...good, signature: concat(Uint8Array.of(2), good.signature.subarray(1)) },
      { ...good, signature: concat(good.signature, ALGORITHM) },
      { ...good, message: concat(good.message, ALGORITHM) },
      { ...good, message: good.message.slice(1) },
      { ...good, key: good.key.slice(1) },
    ];
    assert.deepEqual([...some.check([good, ...cases])], [1, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual([...checkAllBy(some)(cases, 'door')], [0, 0, 0, 0, 0, 0]);
  });
});

describe('the rules, with and without tables', () => {
  const all = tables(64);
  const checkBy = checkAllBy(all);

  function same(checks: readonly SignatureCheck[]): void {
    for (const { key } of checks) for (let i = 0; i < BUILD_AFTER; i++) all.count(key);
    for (const one of checks) {
      for (let i = 0; i < BUILD_AFTER; i++) all.count(one.key);
      all.check([]);
      const yes = all.check([one])[0] === 1;
      const good = verify(one.signature, one.message, one.key);
      assert.ok(!yes || good);
      assert.equal(checkBy([one], 'consensus')[0], good ? 1 : 0);
      const door = verifyAtDoor(one.signature, one.message, one.key);
      assert.equal(checkBy([one], 'door')[0], door || yes ? 1 : 0);
    }
  }

  it('agree about the published edge cases', () => {
    const url = new URL('../../vectors/ed25519-taming.json', import.meta.url);
    const { vectors } = JSON.parse(readFileSync(url, 'utf8')) as {
      vectors: (Record<'message' | 'key' | 'signature' | 'about', string> & {
        libsodium: boolean;
      })[];
    };
    const hex = (text: string): Uint8Array => fromHex(text) as Uint8Array;
    const checks = vectors.map(({ message, key, signature }) => ({
      message: hex(message),
      key: concat(ALGORITHM, hex(key)),
      signature: concat(ALGORITHM, hex(signature)),
    }));
    same(checks);
    // What libsodium takes, and one that it refuses for its R alone.
    const byR = 'mixed-order A, small-order R';
    assert.deepEqual(
      checks.map((one) => all.check([one])[0] === 1),
      vectors.map(({ libsodium, about }) => libsodium || about === byR),
    );
  });

  it('agree about every small-order or non-canonical A with every such R', () => {
    const message = sha256(Uint8Array.of(1));
    assert.equal(SMALL_ORDER.length, 14);
    for (const a of SMALL_ORDER) {
      same(
        SMALL_ORDER.map((r) => ({
          message,
          key: concat(ALGORITHM, a),
          signature: concat(ALGORITHM, r, new Uint8Array(32)),
        })),
      );
    }
  });

  it('agree about the keys of RFC 8032, and about S with the order on top', () => {
    const url = new URL('../../vectors/ed25519-rfc8032.json', import.meta.url);
    const { vectors } = JSON.parse(readFileSync(url, 'utf8')) as { vectors: { seed: string }[] };
    for (const { seed } of vectors) {
      const one = checkOf(keyPairOf(fromHex(seed) as Uint8Array));
      const s = one.signature.slice(33).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      const above = concat(one.signature.subarray(0, 33), littleEndian(s + ORDER));
      same([one, { ...one, signature: above }]);
      assert.deepEqual([...all.check([one, { ...one, signature: above }])], [1, 0]);
    }
  });
});
