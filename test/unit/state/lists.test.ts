/** Lists in the store: where their items lie, and that each version reads and proves its own. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Arena } from '../../../src/common/arena.ts';
import { concat, utf8 } from '../../../src/common/bytes.ts';
import { ZtcError } from '../../../src/common/errors.ts';
import { verifyRange } from '../../../src/ledger/merkle/range.ts';
import { EMPTY_FRONTIER, type Frontier } from '../../../src/ledger/merkle/rfc6962.ts';
import { keyHash } from '../../../src/ledger/merkle/sparse.ts';
import { AppendedRecord, placesIn } from '../../../src/state/appended.ts';
import { AppendedLists } from '../../../src/state/appended-lists.ts';
import { ListChange } from '../../../src/state/execution/list-change.ts';
import { kvKey } from '../../../src/state/kv/buckets.ts';
import { ListWrites } from '../../../src/state/list-writes.ts';
import { type ListAt, ListStore, readListHead } from '../../../src/state/lists.ts';
import { decodePlaces, encodePlaces } from '../../../src/state/places.ts';
import { placeOf } from '../../../src/state/tree/place.ts';
import { EMPTY_TREE, StateTree, type TreeVersion } from '../../../src/state/tree/tree.ts';
import { memoryKv } from '../../support/memory-kv.ts';

const KEYS = ['a', 'b', 'c'];
/** How many items each list gets in a block: small blocks, and some that fill groups. */
const block = fc.tuple(...KEYS.map(() => fc.constantFrom(0, 0, 1, 2, 15, 16, 17, 40)));

interface Lists {
  readonly tree: StateTree;
  readonly lists: ListStore;
  readonly store: ReturnType<typeof memoryKv>;
  /** After each block. */
  readonly versions: TreeVersion[];
  /** Of each list, all items that it ever got. */
  readonly items: Map<string, Uint8Array[]>;
  /** Of each list, how many items it has after each block. */
  readonly counts: number[][];
}

/** Blocks from 1 on, `runs` of them written together. */
async function grown(blocks: readonly (readonly number[])[], run: number): Promise<Lists> {
  const store = memoryKv();
  const tree = new StateTree(store);
  const lists = new ListStore(store, tree);
  const items = new Map(KEYS.map((key): [string, Uint8Array[]] => [key, []]));
  const arena = new Arena();
  const frontiers = new Map<string, Frontier>();
  const [versions, counts]: [TreeVersion[], number[][]] = [[EMPTY_TREE], [KEYS.map(() => 0)]];
  for (let from = 0; from < blocks.length; from += run) {
    const writer = new ListWrites({ tree, lists });
    const together: TreeVersion[] = [];
    const writes = [];
    for (const [i, sizes] of blocks.slice(from, from + run).entries()) {
      const height = from + i + 1;
      const before = versions.at(-1) as TreeVersion;
      const kept: Uint8Array[] = [];
      const changes = KEYS.flatMap((key, k) => {
        const own = items.get(key) as Uint8Array[];
        const fresh = Array.from({ length: sizes[k] as number }, (_, n) =>
          utf8(`${key} ${own.length + n}`),
        );
        if (fresh.length === 0) return [];
        own.push(...fresh);
        const list = { text: key, keyHash: keyHash(key) };
        const numbers = fresh.map((_, n) => kept.length + n);
        kept.push(...fresh);
        const end = frontiers.get(key) ?? EMPTY_FRONTIER;
        const change = new ListChange(list, end, numbers, kept, arena);
        frontiers.set(key, change.frontier);
        return [change];
      });
      const version = tree.update(before, height, changes, kept);
      writes.push(...writer.of(height, before, { version, lists: new AppendedLists(changes) }));
      together.push(version);
      versions.push(version);
      counts.push(KEYS.map((key) => (items.get(key) as Uint8Array[]).length));
    }
    const { writes: more, written } = tree.writes(...together);
    await store.batch([...writes, ...more]);
    written();
  }
  return { tree, lists, store, versions, items, counts };
}

function listAt({ tree }: Lists, version: TreeVersion, key: string): ListAt {
  const head = readListHead(tree.get(version, keyHash(key)));
  return { key, head, height: tree.writtenAt(version, keyHash(key)) ?? 0 };
}

suite('lists', () => {
  test('each version has its own items, and shows every page of them', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(block, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        async (blocks, run, seed) => {
          const grew = await grown(blocks, run);
          for (const [height, version] of grew.versions.entries()) {
            for (const [k, key] of KEYS.entries()) {
              const count = grew.counts[height]?.[k] as number;
              const own = (grew.items.get(key) as Uint8Array[]).slice(0, count);
              const list = listAt(grew, version, key);
              assert.equal(list.head.count, count);
              assert.deepEqual(grew.lists.items(list, 0, count + 9), own);
              if (count === 0) continue;
              const from = seed % count;
              const to = Math.min(count, from + 1 + (seed % 20));
              const page = grew.lists.items(list, from, to - from);
              assert.deepEqual(page, own.slice(from, to));
              const path = grew.lists.prove(list, from, to);
              assert.ok(verifyRange(list.head.root, count, from, page, path));
            }
          }
        },
      ),
      { numRuns: 60 },
    ));

  test('a list whose places are gone is damaged, and says so', async () => {
    const grew = await grown([[17, 1, 0]], 1);
    const list = listAt(grew, grew.versions[1] as TreeVersion, 'a');
    const lost = async (key: Uint8Array, from: number): Promise<void> => {
      const value = grew.store.get(key);
      await grew.store.batch([{ key, value: undefined }]);
      const read = () => grew.lists.items(list, from, 1);
      assert.throws(read, (error) => {
        return error instanceof ZtcError && error.code === 'DATABASE_CORRUPT';
      });
      await grew.store.batch([{ key, value }]);
      assert.equal(read().length, 1);
    };
    await lost(kvKey.listNodes(keyHash('a'), 15), 3);
    await lost(kvKey.appended(1), 16);
  });
});

const places = fc
  .array(fc.tuple(fc.nat(1_000_000), fc.integer({ min: 32, max: 2 ** 21 - 1 })), { maxLength: 40 })
  .map((all) => all.map(([height, number]) => placeOf(height, number)).sort((a, b) => a - b));

test('places are read back', () =>
  fc.assert(fc.property(places, (all) => assert.deepEqual(decodePlaces(encodePlaces(all)), all))));

test('what a block appended is found by list, however much their hashes share', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.nat(31), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 40,
        selector: (it) => it.join(),
      }),
      fc.array(places, { minLength: 40, maxLength: 40 }),
      (names, all) => {
        const appended = names.map(([at, byte], i) => {
          const list = new Uint8Array(32);
          list[at] = byte;
          return { list, places: all[i] as number[] };
        });
        const height = 1_000_000;
        // In the store it may begin anywhere in an array.
        const writer = new AppendedRecord();
        writer.begin(height);
        for (const each of appended) writer.add(each.list, 0, each.places);
        const record = concat(Uint8Array.of(1, 2, 3), writer.end()).subarray(3);
        for (const each of appended) {
          assert.deepEqual(placesIn(record, height, each.list), each.places);
        }
        const strange = new Uint8Array(32).fill(0xff);
        assert.throws(() => placesIn(record, height, strange), { code: 'DATABASE_CORRUPT' });
      },
    ),
  ));
