/** A map by digests holds what a Map holds, whatever comes and goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DigestMap } from '../../../src/common/digest-map.ts';
import { sha256Text } from '../../../src/common/hash.ts';

interface Item {
  readonly digest: string;
  readonly of: number;
}

const SECRET = Uint32Array.of(0x1234_5678, 0x9abc_def0);

const digestOf = (n: number): string => sha256Text(String(n));

test('it holds what a Map would hold', () => {
  // Few numbers, so that they meet each other; many steps, so that it grows.
  const step = fc.record({ add: fc.boolean(), n: fc.nat(400) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1_500, size: 'max' }), (steps) => {
      const digests = new DigestMap<Item>(SECRET);
      const map = new Map<string, Item>();
      for (const [of, { add, n }] of steps.entries()) {
        const item = { digest: digestOf(n), of };
        if (add) {
          digests.set(item.digest, item);
          map.set(item.digest, item);
        } else {
          digests.delete(item.digest);
          map.delete(item.digest);
        }
      }
      assert.equal(digests.size, map.size);
      for (let n = 0; n <= 400; n++) assert.equal(digests.get(digestOf(n)), map.get(digestOf(n)));
      digests.clear();
      assert.equal(digests.size, 0);
      for (let n = 0; n <= 400; n++) assert.equal(digests.get(digestOf(n)), undefined);
    }),
    { numRuns: 50 },
  );
});

test('what stands in the way of others is still found when those before it go', () => {
  const digests = new DigestMap<Item>(SECRET);
  const items = Array.from({ length: 20_000 }, (_, of) => ({ digest: digestOf(of), of }));
  for (const item of items) digests.set(item.digest, item);
  for (const { digest, of } of items) if (of % 3 !== 0) digests.delete(digest);
  for (const item of items) {
    assert.equal(digests.get(item.digest), item.of % 3 === 0 ? item : undefined);
  }
  for (const { digest } of items) digests.delete(digest);
  assert.equal(digests.size, 0);
});

test('digests that begin alike are told apart', () => {
  const digests = new DigestMap<Item>(SECRET);
  const alike = Array.from({ length: 40 }, (_, of) => {
    return { digest: `${'a'.repeat(31)}${String.fromCharCode(of)}`, of };
  });
  for (const item of alike) digests.set(item.digest, item);
  for (const { digest, of } of alike) if (of % 2 === 0) digests.delete(digest);
  for (const item of alike) {
    assert.equal(digests.get(item.digest), item.of % 2 === 0 ? undefined : item);
  }
});
