import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { concat, fromHex, toHex, utf8 } from '../../../src/common/bytes.ts';
import * as browser from '../../../src/common/platform/browser.ts';
import {
  keyPairOf,
  publicKeyFromText,
  publicKeyToText,
  sign,
  verify,
  verifyAtDoor,
} from '../../../src/common/signature.ts';

const ALGORITHM = Uint8Array.of(1);
const hex = (text: string): Uint8Array => fromHex(text) as Uint8Array;
const tagged = (text: string): Uint8Array => concat(ALGORITHM, hex(text));

function vectors<T>(file: string): readonly T[] {
  const url = new URL(`../../vectors/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { vectors: readonly T[] }).vectors;
}

interface Rfc8032 {
  readonly seed: string;
  readonly key: string;
  readonly message: string;
  readonly signature: string;
}

interface Taming {
  readonly about: string;
  readonly message: string;
  readonly key: string;
  readonly signature: string;
  readonly zip215: boolean;
  readonly libsodium: boolean;
}

describe('Ed25519', () => {
  for (const vector of vectors<Rfc8032>('ed25519-rfc8032.json')) {
    test(`RFC 8032, message of ${vector.message.length / 2} bytes`, () => {
      const keys = keyPairOf(hex(vector.seed));
      assert.equal(toHex(keys.publicKey), `01${vector.key}`);
      const made = sign(hex(vector.message), keys);
      assert.equal(toHex(made), `01${vector.signature}`);
      assert.ok(verify(made, hex(vector.message), keys.publicKey));
      assert.ok(verifyAtDoor(made, hex(vector.message), keys.publicKey));
    });
  }

  for (const vector of vectors<Taming>('ed25519-taming.json')) {
    test(`taming: ${vector.about}: ${vector.zip215 ? 'good' : 'bad'}`, () => {
      const [made, message, key] = [
        tagged(vector.signature),
        hex(vector.message),
        tagged(vector.key),
      ];
      assert.equal(verify(made, message, key), vector.zip215);
      assert.equal(inBrowsers(made.slice(1), message, key.slice(1)), vector.zip215);
      assert.equal(verifyAtDoor(made, message, key), vector.libsodium);
    });
  }
});

/** 2²⁵⁵ − 19. */
const P = 2n ** 255n - 19n;

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

/** y and sign of x, not reduced: the non-canonical ones too. */
function encodingOf(y: bigint, sign: 0 | 1): Uint8Array {
  return littleEndian(y | (BigInt(sign) << 255n));
}

/**
 * All encodings that decode to a point of order 1, 2, 4 or 8 under ZIP-215: the eight points with
 * their canonical encoding, and six more where y is not reduced or the sign of x = 0 is set.
 */
function smallOrderEncodings(): Uint8Array[] {
  const orderEight = ed25519.Point.fromHex(
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  );
  const found = new Map<string, Uint8Array>();
  let point = ed25519.Point.ZERO;
  for (let i = 0; i < 8; i++, point = point.add(orderEight)) {
    const { x, y } = point.toAffine();
    for (const y2 of [y, y + P]) {
      if (y2 >= 2n ** 255n) continue;
      for (const signBit of [0, 1] as const) {
        if (x !== 0n && BigInt(signBit) !== (x & 1n)) continue;
        const encoding = encodingOf(y2, signBit);
        found.set(toHex(encoding), encoding);
      }
    }
  }
  assert.ok(point.is0());
  return [...found.values()];
}

describe('ZIP-215', () => {
  test('every small-order or non-canonical A with every such R and S = 0 is good', () => {
    const encodings = smallOrderEncodings();
    assert.equal(encodings.length, 14);
    const message = utf8('Zcash');
    for (const a of encodings) {
      for (const r of encodings) {
        const made = concat(ALGORITHM, r, new Uint8Array(32));
        const label = `A ${toHex(a)} R ${toHex(r)}`;
        assert.ok(verify(made, message, concat(ALGORITHM, a)), label);
        assert.ok(inBrowsers(made.slice(1), message, a), label);
        assert.ok(!verifyAtDoor(made, message, concat(ALGORITHM, a)), label);
      }
    }
  });

  test('verify says what noble alone says, whatever a bit is changed to', () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const flip = fc.record({ part: fc.nat(2), at: fc.nat(63), bit: fc.nat(7) });
    const flips = fc.option(flip, { nil: undefined });
    fc.assert(
      fc.property(seed, fc.uint8Array({ minLength: 1, maxLength: 64 }), flips, (of, body, at) => {
        const keys = keyPairOf(of);
        const parts = [sign(body, keys).slice(1), body.slice(), keys.publicKey.slice(1)] as const;
        if (at !== undefined) {
          const part = parts[at.part] as Uint8Array;
          const index = at.at % part.length;
          part[index] = (part[index] as number) ^ (1 << at.bit);
        }
        const [made, message, key] = parts;
        const good = nobleAlone(made, message, key);
        assert.equal(verify(concat(ALGORITHM, made), message, concat(ALGORITHM, key)), good);
        assert.equal(inBrowsers(made, message, key), good);
      }),
      { numRuns: 300 },
    );
  });

  test('random points and scalars are treated as noble treats them', () => {
    const random = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const messages = fc.uint8Array({ maxLength: 8 });
    fc.assert(
      fc.property(random, random, random, messages, (a, r, s, message) => {
        const made = concat(r, s);
        const ours = verify(concat(ALGORITHM, made), message, concat(ALGORITHM, a));
        assert.equal(ours, nobleAlone(made, message, a));
        assert.equal(inBrowsers(made, message, a), ours);
      }),
      { numRuns: 200 },
    );
  });
});

/** Another implementation, which has to agree about everything. */
function inBrowsers(made: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return browser.verifyEd25519Complete(made, message, key);
  } catch {
    return false;
  }
}

function nobleAlone(made: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return ed25519.verify(made, message, key, { zip215: true });
  } catch {
    return false;
  }
}

describe('algorithm bytes and text forms', () => {
  const keys = keyPairOf(new Uint8Array(32).fill(1));
  const message = utf8('m');
  const made = sign(message, keys);

  test('another algorithm or length is never good and never throws', () => {
    const other = concat(Uint8Array.of(2), made.subarray(1));
    const otherKey = concat(Uint8Array.of(0), keys.publicKey.subarray(1));
    for (const check of [verify, verifyAtDoor]) {
      assert.ok(check(made, message, keys.publicKey));
      assert.ok(!check(other, message, keys.publicKey));
      assert.ok(!check(made, message, otherKey));
      assert.ok(!check(made.subarray(1), message, keys.publicKey));
      assert.ok(!check(made, message, new Uint8Array(0)));
      assert.ok(!check(concat(made, ALGORITHM), message, keys.publicKey));
    }
  });

  test('a key is spelled ed25519: and base64url', () => {
    const spelled = publicKeyToText(keys.publicKey);
    assert.match(spelled, /^ed25519:[\w-]{43}$/);
    assert.deepEqual(publicKeyFromText(spelled), { ok: true, value: keys.publicKey });
    for (const bad of ['', 'ed25519:', `${spelled}A`, spelled.toUpperCase(), spelled.slice(1)]) {
      const read = publicKeyFromText(bad);
      assert.equal(!read.ok && read.code, 'BAD_KEY', bad);
    }
  });
});
