import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  compareBytes,
  compareText,
  concat,
  equalBytes,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase64url,
  toHex,
  utf8,
} from '../../../src/common/bytes.ts';

const bytes = fc.uint8Array({ maxLength: 100 });

describe('text forms of bytes', () => {
  test('hexadecimal is what Buffer writes, and comes back', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        assert.equal(toHex(given), Buffer.from(given).toString('hex'));
        assert.deepEqual(fromHex(toHex(given)), given);
      }),
    );
  });

  test('base64url is what Buffer writes, and comes back', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        assert.equal(toBase64url(given), Buffer.from(given).toString('base64url'));
        assert.deepEqual(fromBase64url(toBase64url(given)), given);
      }),
    );
  });

  test('each value has one spelling: what is read is written again the same', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'AZaz09-_+/=éfF '), maxLength: 12 });
    fc.assert(
      fc.property(letters, (spelled) => {
        const [hex, base64url] = [fromHex(spelled), fromBase64url(spelled)];
        if (hex !== undefined) assert.equal(toHex(hex), spelled);
        if (base64url !== undefined) assert.equal(toBase64url(base64url), spelled);
      }),
    );
  });

  for (const spelled of ['0', 'AB', 'zz', '0x00', 'é0', '\u{1F600}', ' 00']) {
    test(`"${spelled}" is not hexadecimal of ours`, () => {
      assert.equal(fromHex(spelled), undefined);
    });
  }

  for (const spelled of ['A', 'AB', 'AAB', 'AA==', 'AA+A', 'AA/A', 'AAé', '\u{1F600}']) {
    test(`"${spelled}" is not base64url of ours`, () => {
      assert.equal(fromBase64url(spelled), undefined);
    });
  }

  test('UTF-8 is well-formed or refused, and keeps a byte order mark', () => {
    assert.equal(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa');
    assert.equal(fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80)), undefined);
    assert.equal(fromUtf8(Uint8Array.of(0xc0, 0x80)), undefined);
    assert.equal(fromUtf8(utf8('zähler')), 'zähler');
  });
});

describe('order', () => {
  test('bytes sort as Buffer sorts them', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(a, b));
        assert.equal(equalBytes(a, b), Buffer.compare(a, b) === 0);
      }),
    );
  });

  test('concat joins in order', () => {
    assert.deepEqual(
      concat(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)),
      Uint8Array.of(1, 2, 3),
    );
  });

  test('text sorts by code unit, not by locale', () => {
    assert.deepEqual(['b', 'a', 'Z', '-'].sort(compareText), ['-', 'Z', 'a', 'b']);
    assert.equal(compareText('a', 'a'), 0);
  });
});
