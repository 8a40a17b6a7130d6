/** Versions beside and above each other, some stored, some not: none sees what isn't its own. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { toHex, utf8 } from '../../../src/common/bytes.ts';
import { ZtcError } from '../../../src/common/errors.ts';
import { keyHash } from '../../../src/ledger/merkle/sparse.ts';
import { kvKey } from '../../../src/state/kv/buckets.ts';
import type { KvStore } from '../../../src/state/kv/kv.ts';
import {
  EMPTY_TREE,
  recordOf,
  StateTree,
  type TreeVersion,
  treeRootOf,
} from '../../../src/state/tree/tree.ts';
import { memoryKv } from '../../support/memory-kv.ts';
import { treeOf } from '../ledger/reference-tree.ts';

const KEYS = 300;
type Content = ReadonlyMap<string, Uint8Array>;

interface Branch {
  readonly version: TreeVersion;
  readonly height: number;
  readonly content: Content;
  /** By the height at which it was made: what an older one had. */
  readonly parent: Branch | undefined;
}

async function persist(tree: StateTree, store: KvStore, ...versions: readonly TreeVersion[]) {
  const { writes, written } = tree.writes(...versions);
  await store.batch(writes);
  written();
}

function assertIs(tree: StateTree, { version, content }: Branch): void {
  const reference = treeOf(content);
  assert.deepEqual(treeRootOf(version), reference.root);
  for (let i = 0; i < KEYS; i += 7) {
    assert.deepEqual(tree.get(version, keyHash(`${i}`)), content.get(`${i}`));
    assert.deepEqual(tree.prove(version, keyHash(`${i}`)), reference.prove(`${i}`));
  }
}

/** Keys `from`, `from` + `step`, … get a value of this branch, or go. */
const change = fc.record({
  from: fc.nat(KEYS - 1),
  step: fc.constantFrom(1, 5, 31),
  count: fc.integer({ min: 1, max: 120 }),
  isRemoval: fc.boolean(),
});
/** Over which of the branches that still live, and how many of its ancestors become final then. */
const step = fc.record({ over: fc.nat(4), change, finals: fc.nat(3) });

suite('branches of the state', () => {
  test('whatever becomes final meanwhile, each branch reads and proves its own content', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
        const store = memoryKv();
        const tree = new StateTree(store, { buckets: 4, pages: 2 });
        let final: Branch = {
          version: EMPTY_TREE,
          height: 0,
          content: new Map(),
          parent: undefined,
        };
        let branches: Branch[] = [final];
        for (const [number, { over, change: made, finals }] of steps.entries()) {
          const parent = branches[over % branches.length] as Branch;
          const content = new Map(parent.content);
          const height = parent.height + 1;
          const names = new Set(
            Array.from({ length: made.count }, (_, i) => `${(made.from + i * made.step) % KEYS}`),
          );
          const changes = [...names].map((name) => {
            const value = made.isRemoval ? undefined : utf8(`${name} by ${number}`);
            if (value === undefined) content.delete(name);
            else content.set(name, value);
            return { keyHash: keyHash(name), value };
          });
          const version = tree.update(parent.version, height, changes);
          branches.push({ version, height, content, parent });
          const way = wayFrom(branches.at(-1) as Branch, final).slice(0, finals);
          await persist(tree, store, ...way.map((branch) => branch.version));
          final = way.at(-1) ?? final;
          branches = branches.filter((branch) => branch === final || isAbove(branch, final));
          for (const branch of branches) assertIs(tree, branch);
        }
        const reopened = new StateTree(store);
        assertIs(reopened, { ...final, version: reopened.at(recordOf(final.version)) });
      }),
      { numRuns: 25 },
    ));

  test('where all keys are gone again, a proof of absence needs nothing beside it', () => {
    const tree = new StateTree(memoryKv());
    const changes = Array.from({ length: 100 }, (_, i) => ({
      keyHash: keyHash(`${i}`),
      value: utf8('x'),
    }));
    const full = tree.update(EMPTY_TREE, 1, changes);
    const removals = changes.map((each) => ({ ...each, value: undefined }));
    const gone = tree.update(full, 2, removals);
    assert.deepEqual(treeRootOf(gone), treeRootOf(EMPTY_TREE));
    assert.deepEqual(tree.prove(gone, keyHash('1')), { siblings: [], end: null });
  });

  test('values of any length come back, before and after they are stored', async () => {
    const store = memoryKv();
    const tree = new StateTree(store);
    // Around where the number before an item takes a byte more, and where chunks and arrays end.
    const lengths = [0, 1, 41, 42, 43, 4_095, 5_460, 5_461, 65_530, 65_536, 800_000];
    const changes = lengths.map((length) => ({
      keyHash: keyHash(`${length}`),
      value: new Uint8Array(length).fill(length % 251),
    }));
    const version = tree.update(EMPTY_TREE, 1, changes);
    for (const { keyHash: key, value } of changes) assert.deepEqual(tree.get(version, key), value);
    await persist(tree, store, version);
    const reopened = new StateTree(store).at(recordOf(version));
    for (const { keyHash: key, value } of changes) {
      assert.deepEqual(new StateTree(store).get(reopened, key), value);
    }
  });

  test('a store with damaged bytes gives an error or an answer, and nothing else', async () => {
    const store = memoryKv();
    const tree = new StateTree(store);
    let version = EMPTY_TREE;
    for (let height = 1; height <= 12; height++) {
      const changes = Array.from({ length: 40 }, (_, i) => ({
        keyHash: keyHash(`${(height * 29 + i * 7) % KEYS}`),
        value: i % 9 === 0 ? undefined : utf8(`${height}`),
      }));
      version = tree.update(version, height, changes);
      await persist(tree, store, version);
    }
    const keys: Uint8Array[] = [];
    const range = { from: kvKey.treeChunk(0), to: kvKey.treeDead(0) };
    for await (const { key } of store.iterate(range)) keys.push(key);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(255), fc.boolean(), (which, at, byte, cut) => {
        const damaged = toHex(keys[which % keys.length] as Uint8Array);
        const broken = new StateTree({
          ...store,
          get: (key) => {
            const chunk = store.get(key);
            if (chunk === undefined || toHex(key) !== damaged) return chunk;
            if (cut) return chunk.slice(0, at % chunk.length);
            return chunk.with(at % chunk.length, byte);
          },
        });
        for (let i = 0; i < KEYS; i += 3) {
          try {
            const read = broken.at(recordOf(version));
            broken.get(read, keyHash(`${i}`));
            broken.prove(read, keyHash(`${i}`));
            broken.update(read, 99, [{ keyHash: keyHash(`${i}`), value: utf8('x') }]);
          } catch (error) {
            assert.ok(error instanceof ZtcError && error.code === 'DATABASE_CORRUPT', `${error}`);
          }
        }
        return Promise.resolve();
      }),
      { numRuns: 60 },
    );
  });
});

/** The branches that aren't final yet on the way to this one, the lowest first. */
function wayFrom(branch: Branch, final: Branch): Branch[] {
  const way: Branch[] = [];
  for (let at: Branch | undefined = branch; at !== undefined && at !== final; at = at.parent) {
    way.unshift(at);
  }
  return way;
}

function isAbove(branch: Branch, final: Branch): boolean {
  for (let at = branch.parent; at !== undefined; at = at.parent) if (at === final) return true;
  return false;
}
