/** A table by digests holds what a Map holds, whatever comes and goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256Text } from '../../../src/common/hash.ts';
import { DigestTable } from '../../../src/mempool/digest-table.ts';

interface Item {
  readonly digest: string;
  readonly of: number;
}

const digestOf = (n: number): string => sha256Text(String(n));

test('it holds what a Map would hold', () => {
  // Few numbers, so that they meet each other; many steps, so that it grows.
  const step = fc.record({ add: fc.boolean(), n: fc.nat(400) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1_500, size: 'max' }), (steps) => {
      const table = new DigestTable<Item>(({ digest }) => digest);
      const map = new Map<string, Item>();
      for (const [of, { add, n }] of steps.entries()) {
        const item = { digest: digestOf(n), of };
        if (add) {
          table.set(item);
          map.set(item.digest, item);
        } else {
          table.delete(item.digest);
          map.delete(item.digest);
        }
      }
      assert.equal(table.size, map.size);
      for (let n = 0; n <= 400; n++) assert.equal(table.get(digestOf(n)), map.get(digestOf(n)));
    }),
    { numRuns: 50 },
  );
});

test('what stands in the way of others is still found when those before it go', () => {
  const table = new DigestTable<Item>(({ digest }) => digest);
  const items = Array.from({ length: 20_000 }, (_, of) => ({ digest: digestOf(of), of }));
  for (const item of items) table.set(item);
  for (const { digest, of } of items) if (of % 3 !== 0) table.delete(digest);
  for (const item of items) {
    assert.equal(table.get(item.digest), item.of % 3 === 0 ? item : undefined);
  }
  for (const { digest } of items) table.delete(digest);
  assert.equal(table.size, 0);
});

test('digests that begin alike are told apart', () => {
  const table = new DigestTable<Item>(({ digest }) => digest);
  const alike = Array.from({ length: 40 }, (_, of) => {
    return { digest: `${'a'.repeat(31)}${String.fromCharCode(of)}`, of };
  });
  for (const item of alike) table.set(item);
  for (const { digest, of } of alike) if (of % 2 === 0) table.delete(digest);
  for (const item of alike) {
    assert.equal(table.get(item.digest), item.of % 2 === 0 ? undefined : item);
  }
});
