import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../../src/common/bytes.ts';
import { DOMAIN, domainHash, sha256, sha256Of } from '../../../src/common/hash.ts';

const reference = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

describe('hashing', () => {
  test('SHA-256 of "abc" is the one of FIPS 180-4', () => {
    const digest = sha256(new TextEncoder().encode('abc'));
    assert.equal(toHex(digest), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(digest.constructor, Uint8Array);
  });

  test('parts hash as their concatenation, short and long', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, (given) => assert.equal(toHex(sha256Of(...given)), reference(...given))),
    );
  });

  test('a domain hash covers tag, a zero byte, chain and body', () => {
    const [chain, body] = [new Uint8Array(32).fill(7), Uint8Array.of(1, 2, 3)];
    assert.equal(
      toHex(domainHash(DOMAIN.vote, chain, body)),
      reference('ztc/vote/v1', Uint8Array.of(0), chain, body),
    );
  });

  test('no two domains share a tag', () => {
    const tags = Object.values(DOMAIN);
    assert.equal(new Set(tags).size, tags.length);
  });
});
