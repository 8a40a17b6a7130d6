import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { toHex, utf8 } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import {
  EMPTY_NODE,
  innerNode,
  keyHash,
  leafNode,
  pathBit,
  type StateProof,
} from '../../../src/ledger/merkle/sparse.ts';
import {
  EMPTY_TREE,
  recordOf,
  StateTree,
  type TreeVersion,
  treeRootOf,
} from '../../../src/state/tree/tree.ts';
import { memoryKv } from '../../support/memory-kv.ts';
import { treeOf as treeOfEntries, verifyStateProof } from '../ledger/reference-tree.ts';

type Content = Map<string, { keyHash: Uint8Array; value: Uint8Array }>;

/** The root by the definition, from nothing but the content. */
function naiveRoot(content: Content): Uint8Array {
  const subtree = (
    leaves: { keyHash: Uint8Array; value: Uint8Array }[],
    depth: number,
  ): Uint8Array => {
    const [first, second] = leaves;
    if (first === undefined) return EMPTY_NODE;
    if (second === undefined) return leafNode(first.keyHash, sha256(first.value));
    return innerNode(
      subtree(
        leaves.filter((leaf) => pathBit(leaf.keyHash, depth) === 0),
        depth + 1,
      ),
      subtree(
        leaves.filter((leaf) => pathBit(leaf.keyHash, depth) === 1),
        depth + 1,
      ),
    );
  };
  return subtree([...content.values()], 0);
}

/** Key hashes that share long prefixes, so that paths get deep and collapse far. */
const hashes = fc
  .tuple(fc.nat(3), fc.nat(255), fc.integer({ min: 0, max: 3 }))
  .map(([head, tail, zeros]) => {
    const hash = new Uint8Array(32);
    hash[0] = head << 6;
    hash[zeros * 2] = (hash[zeros * 2] as number) | (tail & 63);
    hash[31] = tail;
    return hash;
  });
const change = fc.record({
  keyHash: hashes,
  value: fc.option(fc.uint8Array({ maxLength: 2 }), { nil: undefined }),
});
const batch = fc.uniqueArray(change, { selector: (c) => toHex(c.keyHash), maxLength: 30 });

function applyTo(
  content: Content,
  changes: readonly { keyHash: Uint8Array; value: Uint8Array | undefined }[],
): Content {
  const next = new Map(content);
  for (const { keyHash: hash, value } of changes) {
    if (value === undefined) next.delete(toHex(hash));
    else next.set(toHex(hash), { keyHash: hash, value });
  }
  return next;
}

async function persist(tree: StateTree, store: ReturnType<typeof memoryKv>, version: TreeVersion) {
  const { writes, written } = tree.writes(version);
  await store.batch(writes);
  written();
}

suite('state tree', () => {
  test('any history of batches gives the root of the definition, at every stored version', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(batch, fc.boolean()), { maxLength: 8 }),
        async (history) => {
          const store = memoryKv();
          let tree = new StateTree(store);
          let version: TreeVersion = EMPTY_TREE;
          let content: Content = new Map();
          const stored: { record: Uint8Array; root: Uint8Array; content: Content }[] = [];
          for (const [height, [changes, reopen]] of history.entries()) {
            version = tree.update(version, height, changes);
            content = applyTo(content, changes);
            assert.deepEqual(treeRootOf(version), naiveRoot(content));
            await persist(tree, store, version);
            const record = recordOf(version);
            stored.push({ record, root: treeRootOf(version), content });
            if (!reopen) continue;
            tree = new StateTree(store);
            version = tree.at(record);
          }
          for (const { record, root, content: then } of stored) {
            const old = tree.at(record);
            assert.deepEqual(treeRootOf(old), root);
            for (const { keyHash: hash, value } of then.values()) {
              assert.deepEqual(tree.get(old, hash), value);
            }
            for (const [changes] of history) {
              for (const { keyHash: hash } of changes) {
                assert.deepEqual(tree.get(old, hash), then.get(toHex(hash))?.value);
              }
            }
          }
        },
      ),
      { numRuns: 60 },
    ));

  test('the order and the grouping of changes make no difference', () =>
    fc.assert(
      fc.property(batch, fc.nat(30), (changes, split) => {
        const tree = new StateTree(memoryKv());
        const whole = tree.update(EMPTY_TREE, 0, changes);
        const reversed = tree.update(EMPTY_TREE, 0, changes.toReversed());
        const parts = tree.update(
          tree.update(EMPTY_TREE, 0, changes.slice(split)),
          1,
          changes.slice(0, split),
        );
        assert.deepEqual(treeRootOf(reversed), treeRootOf(whole));
        assert.deepEqual(treeRootOf(parts), treeRootOf(whole));
      }),
    ));

  test('versions over one unwritten parent don’t see each other', async () => {
    const store = memoryKv();
    const tree = new StateTree(store);
    const key = (name: string) => keyHash(name);
    const set = (base: TreeVersion, height: number, name: string, value: string) =>
      tree.update(base, height, [{ keyHash: key(name), value: utf8(value) }]);
    const base = set(EMPTY_TREE, 1, 'a', '0');
    const left = set(set(base, 2, 'a', '1'), 3, 'b', '1');
    const right = set(base, 2, 'c', '2');
    await persist(tree, store, base);
    await persist(tree, store, right);
    assert.deepEqual(tree.get(right, key('a')), utf8('0'));
    assert.equal(tree.get(right, key('b')), undefined);
    assert.deepEqual(tree.get(left, key('a')), utf8('1'));
    const reopened = new StateTree(store);
    assert.deepEqual(reopened.get(reopened.at(recordOf(right)), key('c')), utf8('2'));
    assert.throws(() => reopened.at(recordOf(left)), { code: 'DATABASE_CORRUPT' });
  });

  test('a batch that changes nothing writes nothing', async () => {
    const store = memoryKv();
    const tree = new StateTree(store);
    const changes = ['a', 'b', 'c'].map((name) => ({ keyHash: keyHash(name), value: utf8(name) }));
    const version = tree.update(EMPTY_TREE, 0, changes);
    await persist(tree, store, version);
    const same = tree.update(version, 1, [...changes, { keyHash: keyHash('d'), value: undefined }]);
    assert.equal(same, version);
    assert.deepEqual(tree.writes(same).writes, []);
  });

  test('a tree larger than what stays in memory is read back and updated', async () => {
    const store = memoryKv();
    const tree = new StateTree(store, { buckets: 1, pages: 1 });
    let version: TreeVersion = EMPTY_TREE;
    const count = 12_000; // three levels of pages
    const step = 3_000;
    for (let from = 0; from < count; from += step) {
      const changes = Array.from({ length: step }, (_, i) => ({
        keyHash: keyHash(`key ${from + i}`),
        value: utf8(`${from + i}`),
      }));
      version = tree.update(version, from, changes);
      await persist(tree, store, version);
    }
    for (let i = 0; i < count; i += 997) {
      assert.deepEqual(tree.get(version, keyHash(`key ${i}`)), utf8(`${i}`));
    }
    const emptied = tree.update(
      version,
      count,
      Array.from({ length: count - 1 }, (_, i) => ({
        keyHash: keyHash(`key ${i}`),
        value: undefined,
      })),
    );
    const last = `key ${count - 1}`;
    assert.deepEqual(treeRootOf(emptied), leafNode(keyHash(last), sha256(utf8(`${count - 1}`))));
  });
});

suite('state proofs', () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 40 });

  function treeOf(keys: readonly string[]) {
    const tree = new StateTree(memoryKv());
    const changes = keys.map((key) => ({ keyHash: keyHash(key), value: utf8(`value ${key}`) }));
    const version = tree.update(EMPTY_TREE, 0, changes);
    return { tree, version, root: treeRootOf(version) };
  }

  test('presence and absence verify, and only what is true', () =>
    fc.assert(
      fc.property(names, fc.string({ maxLength: 6 }), (keys, other) => {
        const { tree, version, root } = treeOf(keys);
        for (const key of [...keys, other]) {
          const value = keys.includes(key) ? utf8(`value ${key}`) : undefined;
          const proof = tree.prove(version, keyHash(key));
          assert.ok(verifyStateProof(root, key, value, proof));
          assert.ok(!verifyStateProof(root, key, utf8('another value'), proof));
          const contrary = value === undefined ? utf8(`value ${key}`) : undefined;
          assert.ok(!verifyStateProof(root, key, contrary, proof));
        }
      }),
    ));

  test('proofs are those of the definition, also after keys were removed, and at old heights', () =>
    fc.assert(
      fc.asyncProperty(names, fc.array(fc.nat(40), { maxLength: 40 }), async (keys, gone) => {
        const store = memoryKv();
        const tree = new StateTree(store);
        const changes = keys.map((key) => ({ keyHash: keyHash(key), value: utf8(key) }));
        const older = tree.update(EMPTY_TREE, 0, changes);
        await persist(tree, store, older);
        const removed = [...new Set(gone.flatMap((at) => keys[at] ?? []))];
        const removals = removed.map((key) => ({ keyHash: keyHash(key), value: undefined }));
        const newer = tree.update(older, 1, removals);
        await persist(tree, store, newer);
        const left = keys.filter((key) => !removed.includes(key));
        const reopened = new StateTree(store);
        for (const [version, present] of [[older, keys] as const, [newer, left] as const]) {
          const reference = treeOfEntries(new Map(present.map((key) => [key, utf8(key)])));
          const read = reopened.at(recordOf(version));
          assert.deepEqual(treeRootOf(read), reference.root);
          for (const key of keys) {
            assert.deepEqual(reopened.prove(read, keyHash(key)), reference.prove(key));
          }
        }
      }),
    ));

  test('absence is shown both by an empty subtree and by another leaf', () => {
    const { tree, version, root } = treeOf(Array.from({ length: 50 }, (_, i) => `key ${i}`));
    const ends = new Set<boolean>();
    for (let i = 0; i < 200; i++) {
      const proof = tree.prove(version, keyHash(`absent ${i}`));
      assert.ok(verifyStateProof(root, `absent ${i}`, undefined, proof));
      ends.add(proof.end === null);
    }
    assert.deepEqual(ends, new Set([true, false]));
    const empty = new StateTree(memoryKv()).prove(EMPTY_TREE, keyHash('x'));
    assert.ok(verifyStateProof(treeRootOf(EMPTY_TREE), 'x', undefined, empty));
  });

  /** Every proof that differs from `proof` in one byte, one step or its end. */
  function* tampered(proof: StateProof): Iterable<StateProof> {
    const { siblings, end } = proof;
    for (const [at, sibling] of siblings.entries()) {
      for (let byte = 0; byte < sibling.length; byte++) {
        yield { siblings: siblings.with(at, flipped(sibling, byte)), end };
      }
      yield { siblings: siblings.toSpliced(at, 1), end };
      yield { siblings: siblings.toSpliced(at, 0, sibling), end };
      yield { siblings: siblings.toSpliced(at, 0, EMPTY_NODE), end };
    }
    yield { siblings: [...siblings, EMPTY_NODE], end };
    if (end === null) {
      yield { siblings, end: { keyHash: keyHash('x'), valueHash: keyHash('y') } };
      return;
    }
    yield { siblings, end: null };
    for (let byte = 0; byte < 32; byte++) {
      yield { siblings, end: { ...end, keyHash: flipped(end.keyHash, byte) } };
      yield { siblings, end: { ...end, valueHash: flipped(end.valueHash, byte) } };
    }
  }

  function flipped(bytes: Uint8Array, at: number): Uint8Array {
    return bytes.with(at, (bytes[at] as number) ^ 1);
  }

  test('no tampered proof verifies, for any claim', () => {
    const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
    const { tree, version, root } = treeOf(keys);
    for (const key of ['key 3', 'key 11', 'absent 1', 'absent 2', 'absent 7']) {
      const value = keys.includes(key) ? utf8(`value ${key}`) : undefined;
      for (const proof of tampered(tree.prove(version, keyHash(key)))) {
        assert.ok(!verifyStateProof(root, key, value, proof));
        assert.ok(!verifyStateProof(root, key, utf8('forged'), proof));
        if (value !== undefined) assert.ok(!verifyStateProof(root, key, undefined, proof));
      }
    }
  });
});
