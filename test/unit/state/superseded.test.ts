/** What pruning takes from the tree: all that no kept version needs, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex, utf8 } from '../../../src/common/bytes.ts';
import { keyHash } from '../../../src/ledger/merkle/sparse.ts';
import { heightInKey, kvKey } from '../../../src/state/kv/buckets.ts';
import type { KvStore } from '../../../src/state/kv/kv.ts';
import { itemsOf } from '../../../src/state/tree/chunks.ts';
import { ITEM } from '../../../src/state/tree/item-writer.ts';
import { firstPlaceOf, nextChunkOf, SLOTS } from '../../../src/state/tree/place.ts';
import { Superseded } from '../../../src/state/tree/superseded.ts';
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

/** Some values stay, and something that is none. */
function keptOf(changes: ReturnType<typeof changesOf>): Uint8Array[] {
  const values = changes.flatMap(({ value }) => value ?? []);
  return [...values.filter((_, i) => i % 5 === 0), utf8('nobody’s value')];
}

/** Every version's record by height; block h is the batch h − 1. */
async function grown(store: KvStore, history: readonly Batch[]): Promise<Uint8Array[]> {
  const tree = new StateTree(store, { buckets: 8, pages: 2 });
  let version: TreeVersion = EMPTY_TREE;
  const records = [recordOf(version)];
  for (const [i, each] of history.entries()) {
    const changes = changesOf(each, i + 1);
    version = tree.update(version, i + 1, changes, keptOf(changes));
    const { writes, written } = tree.writes(version);
    await store.batch(writes);
    written();
    records.push(recordOf(version));
  }
  return records;
}

async function prune(store: KvStore, oldest: number): Promise<void> {
  for (let height = 1; height <= oldest; height++) {
    for (let place = firstPlaceOf(height); ; place = nextChunkOf(place)) {
      const superseded = new Superseded(store);
      if (!superseded.addBy(place)) break;
      await store.batch(superseded.writes());
    }
  }
}

/** A chunk that tells which of its items are read. */
class WatchedChunk extends Uint8Array {
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }
  onRead: (from: number) => void = () => {};
  override subarray(from?: number, to?: number): Uint8Array<ArrayBuffer> {
    this.onRead(from ?? 0);
    return super.subarray(from, to) as Uint8Array<ArrayBuffer>;
  }
}

/** The items, as `key/offset`, that reading and proving every key of these versions takes. */
function needed(store: KvStore, records: readonly Uint8Array[]): Set<string> {
  const asked = new Set<string>();
  const watched: KvStore = {
    ...store,
    get: (key) => {
      const value = store.get(key);
      if (value === undefined || isKept(value)) return value;
      const chunk = new WatchedChunk(value.buffer as ArrayBuffer, value.byteOffset, value.length);
      chunk.onRead = (from) => asked.add(`${toHex(key)}/${from}`);
      return chunk;
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

/** Whether a chunk has what is kept for good: then it has nothing else. */
function isKept(chunk: Uint8Array): boolean {
  return [...itemsOf(chunk)].some((item) => item?.kind === ITEM.KEPT);
}

/** Chunks of what is kept for good, each with its key. */
async function keptIn(store: KvStore): Promise<[Uint8Array, Uint8Array][]> {
  const kept: [Uint8Array, Uint8Array][] = [];
  for await (const { key, value } of store.iterate(treeChunks)) {
    if (isKept(value)) kept.push([key, value]);
  }
  return kept;
}

/** What else is neither gone nor noted as dead, named by where it lies in the archive. */
async function itemsIn(pruned: KvStore, archive: KvStore): Promise<Set<string>> {
  const items = new Set<string>();
  for await (const { key, value } of pruned.iterate(treeChunks)) {
    const note = pruned.get(kvKey.treeDead(heightInKey(key)));
    const dead = note === undefined ? 0 : Buffer.from(note).readUInt32BE();
    const whole = [...itemsOf(archive.get(key) as Uint8Array)];
    let [slot, alive] = [0, 0];
    if (isKept(value)) continue;
    for (const item of itemsOf(value)) {
      if (item !== undefined && ((dead >>> slot) & 1) === 0) {
        alive += item.bytes.length + MOST_BESIDE_ITEM;
        assert.deepEqual(item, whole[slot]);
        items.add(`${toHex(key)}/${offsetOf(archive.get(key) as Uint8Array, slot)}`);
      }
      slot++;
    }
    assert.ok(2 * (alive + SLOTS) > value.length, 'at least half of a chunk is of use');
  }
  return items;
}

/** Two bytes of length. */
const MOST_BESIDE_ITEM = 2;
const treeChunks = { from: kvKey.treeChunk(0), to: kvKey.treeDead(0) };

function offsetOf(chunk: Uint8Array, slot: number): number {
  return ([...itemsOf(chunk)][slot]?.bytes.byteOffset ?? 0) - chunk.byteOffset;
}

/** Of the notes about what is dead, those whose chunk is gone. */
async function strayNotes(store: KvStore): Promise<number[]> {
  const stray: number[] = [];
  const range = { from: kvKey.treeDead(0), to: kvKey.treeDead(Number.MAX_SAFE_INTEGER) };
  for await (const { key } of store.iterate(range)) {
    const number = heightInKey(key);
    if (store.get(kvKey.treeChunk(number)) === undefined) stray.push(number);
  }
  return stray;
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
        const left = await itemsIn(pruned, archive);
        assert.deepEqual(await strayNotes(pruned), []);
        assert.deepEqual(await keptIn(pruned), await keptIn(archive));
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
