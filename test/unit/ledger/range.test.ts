/** Runs of leaves: every run of every tree is shown, and shows nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { subtreesOf } from '../../../src/ledger/merkle/prover.ts';
import { rangeProof, verifyRange } from '../../../src/ledger/merkle/range.ts';
import { merkleRoot, verifyInclusion } from '../../../src/ledger/merkle/rfc6962.ts';
import { flip } from './world.ts';

const leavesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => Uint8Array.of(i, i >> 8));

test('every run of every small tree, and no other place for it', () => {
  for (let count = 1; count <= 17; count++) {
    const leaves = leavesOf(count);
    const [root, subtrees] = [merkleRoot(leaves), subtreesOf(leaves)];
    for (let from = 0; from < count; from++) {
      for (let to = from + 1; to <= count; to++) {
        const run = leaves.slice(from, to);
        const path = rangeProof(subtrees, count, from, to);
        assert.ok(verifyRange(root, count, from, run, path), `${from} to ${to} of ${count}`);
        for (let other = 0; other < count; other++) {
          const holds = verifyRange(root, count, other, run, path);
          assert.equal(holds, other === from, `${from} to ${to} of ${count} at ${other}`);
        }
      }
    }
  }
});

test('of one leaf it is the audit path, in another order', () => {
  const leaves = leavesOf(11);
  const path = rangeProof(subtreesOf(leaves), 11, 0, 1);
  assert.ok(verifyInclusion(merkleRoot(leaves), 11, 0, leaves[0] as Uint8Array, path));
});

test('a proof is short: at most two siblings a level', () => {
  const leaves = leavesOf(1000);
  const path = rangeProof(subtreesOf(leaves), 1000, 333, 433);
  assert.ok(path.length <= 20, `${path.length}`);
  assert.deepEqual(rangeProof(subtreesOf(leaves), 1000, 0, 1000), [], 'nothing is beside all');
});

test('changed, cut, padded, reordered: none holds, and nothing throws', () => {
  const run = fc.record({ count: fc.integer({ min: 1, max: 80 }), a: fc.nat(), b: fc.nat() });
  fc.assert(
    fc.property(run, fc.nat(), fc.nat(), ({ count, a, b }, at, byte) => {
      const leaves = leavesOf(count);
      const from = a % count;
      const to = from + 1 + (b % (count - from));
      const root = merkleRoot(leaves);
      const items = leaves.slice(from, to);
      const path = rangeProof(subtreesOf(leaves), count, from, to);
      const holds = (of = items, by = path, start = from, size = count): boolean =>
        verifyRange(root, size, start, of, by);
      assert.ok(holds());
      assert.ok(!holds(items.with(at % items.length, Uint8Array.of(9, 9, 9))));
      assert.ok(!holds(items.slice(1)) && !holds(items.slice(0, -1)));
      assert.ok(!holds([...items, root]) && !holds(items, [...path, root]));
      if (items.length > 1) assert.ok(!holds(items.toReversed()));
      if (path.length > 0) {
        const step = path[at % path.length] as Uint8Array;
        assert.ok(!holds(items, path.with(at % path.length, flip(step, byte % 32))));
        assert.ok(!holds(items, path.slice(1)) && !holds(items, path.slice(0, -1)));
      }
      for (const wrong of [-1, count, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        assert.ok(!holds(items, path, wrong));
      }
      for (const size of [0, -1, 0.5, Number.NaN, 2 ** 53]) {
        assert.ok(!holds(items, path, from, size));
      }
    }),
  );
});

test('an absurd count takes no time: the path ends first', () => {
  const count = Number.MAX_SAFE_INTEGER;
  assert.ok(!verifyRange(new Uint8Array(32), count, count - 1, [Uint8Array.of(1)], []));
});
