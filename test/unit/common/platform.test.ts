import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import * as browser from '../../../src/common/platform/browser.ts';
import * as node from '../../../src/common/platform/node.ts';

describe('the two platforms', () => {
  test('offer the same functions', () => {
    assert.deepEqual(Object.keys(browser).sort(), Object.keys(node).sort());
  });

  test('hash alike, views of other memory too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (given, cut) => {
        const view = given.subarray(Math.min(cut, given.length));
        assert.deepEqual(node.sha256(view), browser.sha256(view));
        assert.equal(node.sha256Text(view), browser.sha256Text(view));
        assert.equal(node.toBase64url(view), browser.toBase64url(view));
        assert.equal(node.toHex(view), browser.toHex(view));
      }),
    );
  });

  test('read text of bytes alike, parts and long ones too', () => {
    const given = fc.uint8Array({ maxLength: 10_000, size: 'max' });
    fc.assert(
      fc.property(given, fc.nat(20), fc.nat(20), (bytes, before, behind) => {
        const from = Math.min(before, bytes.length);
        const to = Math.max(from, bytes.length - behind);
        const text = node.latin1Text(bytes, from, to);
        assert.equal(browser.latin1Text(bytes, from, to), text);
        assert.equal(text, Buffer.from(bytes.subarray(from, to)).toString('latin1'));
      }),
      { numRuns: 50 },
    );
  });

  test('read base64url alike, and refuse the same', () => {
    const letters = fc.constantFrom(...'AQgwZaz09-_+/= \n\u00e9\u0141\u{1F600}');
    const spelled = fc.oneof(
      fc.string({ unit: letters, maxLength: 12 }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => node.toBase64url(bytes)),
      fc.tuple(fc.base64String({ maxLength: 60 }), letters).map(([some, one]) => some + one + some),
    );
    fc.assert(
      fc.property(spelled, (text) => {
        assert.deepEqual(node.fromBase64url(text), browser.fromBase64url(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test('hash text alike, as the bytes of its UTF-8', () => {
    fc.assert(
      // Halves of surrogate pairs among them.
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 100 }), (codes) => {
        const text = String.fromCharCode(...codes);
        assert.equal(node.sha256Text(text), browser.sha256Text(text));
        assert.equal(node.sha256Text(text), node.sha256Text(new TextEncoder().encode(text)));
      }),
    );
  });

  test('sign alike: the same bytes from the same seed', () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), seed, (message, secret) => {
        assert.deepEqual(node.signEd25519(message, secret), browser.signEd25519(message, secret));
        assert.deepEqual(node.ed25519PublicKey(secret), browser.ed25519PublicKey(secret));
      }),
      { numRuns: 20 },
    );
  });

  test('the browser leaves every signature to the complete check', () => {
    const bytes = new Uint8Array(64);
    assert.equal(browser.verifyEd25519Subset(bytes, bytes, bytes.subarray(32)), false);
  });
});
