/** What pruning takes from the tree: all that no kept version needs, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex, utf8 } from '../../../src/common/bytes.ts';
import { keyHash } from '../../../src/ledger/merkle/sparse.ts';
import type { KvStore, KvWrite } from '../../../src/state/kv/kv.ts';
import { placeOf } from '../../../src/state/tree/place.ts';
import { addSuperseded } from '../../../src/state/tree/superseded.ts';
import { EMPTY_TREE, recordOf, StateTree, type TreeVersion } from '../../../src/state/tree/tree.ts';
import { memoryKv } from '../../support/memory-kv.ts';

/** Keys close enough that buckets and pages split, empty and are replaced many times. */
const KEYS = 1_200;
const batch = fc.record({
  from: fc.nat(KEYS - 1),
  step: fc.constantFrom(1, 7, 97),
  count: fc.integer({ min: 1, max: 400 }),
  removed: fc.constantFrom(0, 0, 3, 1),
});
type Batch = typeof batch extends fc.Arbitrary<infer T> ? T : never;

function changesOf({ from, step, count, removed }: Batch, height: number) {
  const names = new Set(Array.from({ length: count }, (_, i) => (from + i * step) % KEYS));
  return [...names].map((name, i) => ({
    keyHash: keyHash(`${name}`),
    value: removed > 0 && i % removed === 0 ? undefined : utf8(`${name} at ${height}`),
  }));
}

/** Every version's record by height; block h is the batch h − 1. */
async function grown(store: KvStore, history: readonly Batch[]): Promise<Uint8Array[]> {
  const tree = new StateTree(store, { buckets: 8, pages: 2 });
  let version: TreeVersion = EMPTY_TREE;
  const records = [recordOf(version)];
  for (const [i, each] of history.entries()) {
    version = tree.update(version, i + 1, changesOf(each, i + 1));
    const { writes, written } = tree.writes(version);
    await store.batch(writes);
    written();
    records.push(recordOf(version));
  }
  return records;
}

async function prune(store: KvStore, oldest: number): Promise<void> {
  for (let height = 1; height <= oldest; height++) {
    for (let number = 1; ; number++) {
      const deletions: KvWrite[] = [];
      if (!addSuperseded(store, placeOf(height, number), deletions)) break;
      await store.batch(deletions);
    }
  }
}

/** The store's keys that reading and proving every key of these versions takes. */
function needed(store: KvStore, records: readonly Uint8Array[]): Set<string> {
  const asked = new Set<string>();
  const watched: KvStore = {
    ...store,
    get: (key) => {
      asked.add(toHex(key));
      return store.get(key);
    },
  };
  for (const record of records) {
    const tree = new StateTree(watched);
    const version = tree.at(record);
    for (let name = 0; name < KEYS; name++) {
      tree.get(version, keyHash(`${name}`));
      tree.prove(version, keyHash(`${name}`));
    }
  }
  return asked;
}

async function keysIn(store: KvStore): Promise<Set<string>> {
  const keys = new Set<string>();
  const all = { from: Uint8Array.of(0), to: Uint8Array.of(0xff) };
  for await (const { key } of store.iterate(all)) keys.add(toHex(key));
  return keys;
}

test('what is left is what the kept versions need, to the last record and value', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(batch, { minLength: 1, maxLength: 60 }),
      fc.nat(60),
      fc.nat(60),
      async (history, first, second) => {
        const [archive, pruned] = [memoryKv(), memoryKv()];
        const records = await grown(archive, history);
        await grown(pruned, history);
        // Done again from the start it changes nothing: a lost step does no harm.
        for (const oldest of [first, second].map((height) => Math.min(height, history.length))) {
          await prune(pruned, oldest);
        }
        const oldest = Math.min(Math.max(first, second), history.length);
        const kept = records.slice(oldest);
        const left = await keysIn(pruned);
        const wanted = needed(archive, kept);
        assert.deepEqual(
          [...left].filter((key) => !wanted.has(key)),
          [],
        );
        assert.deepEqual(
          [...wanted].filter((key) => !left.has(key)),
          [],
        );
        const [before, after] = [new StateTree(archive), new StateTree(pruned)];
        for (const record of kept) {
          const [then, now] = [before.at(record), after.at(record)];
          for (let name = 0; name < KEYS; name += 31) {
            const key = keyHash(`${name}`);
            assert.deepEqual(after.get(now, key), before.get(then, key));
            assert.deepEqual(after.prove(now, key), before.prove(then, key));
          }
        }
      },
    ),
    { numRuns: 8 },
  ));
