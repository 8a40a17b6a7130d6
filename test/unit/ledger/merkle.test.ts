import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { equalBytes, fromHex, toHex, utf8 } from '../../../src/common/bytes.ts';
import { decode, encode } from '../../../src/common/codec/index.ts';
import { consistencyProof, inclusionProof, subtreesOf } from '../../../src/ledger/merkle/prover.ts';
import {
  append,
  EMPTY_FRONTIER,
  type Frontier,
  frontierRoot,
  frontierSchema,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/ledger/merkle/rfc6962.ts';
import { rootOfShared, shareProofs } from '../../../src/ledger/merkle/shared.ts';
import {
  EMPTY_NODE,
  innerNode,
  isEmptyNode,
  isLeafNode,
  keyHash,
  leafNode,
  pathBit,
} from '../../../src/ledger/merkle/sparse.ts';
import { treeOf, verifyStateProof } from './reference-tree.ts';
import { flip } from './world.ts';

const hex = (spelled: string): Uint8Array => fromHex(spelled) as Uint8Array;

/** Leaves and roots of certificate-transparency's own tests (merkletree/merkle_tree_test.cc). */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map(hex);
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('RFC 6962 tree', () => {
  for (const [count, root] of ROOTS.entries()) {
    test(`the reference root of ${count} leaves, at once and by appending`, () => {
      const leaves = LEAVES.slice(0, count);
      assert.equal(toHex(merkleRoot(leaves)), root);
      const frontier = leaves.reduce<Frontier>(append, EMPTY_FRONTIER);
      assert.equal(toHex(frontierRoot(frontier)), root);
      const read = decode(frontierSchema, encode(frontierSchema, frontier), 4096);
      assert.deepEqual(read, { ok: true, value: frontier });
    });
  }

  test('the reference audit paths', () => {
    const path = (index: number, count: number) =>
      inclusionProof(subtreesOf(LEAVES), count, index).map(toHex);
    assert.deepEqual(path(0, 1), []);
    assert.deepEqual(path(0, 8), [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    assert.deepEqual(path(5, 8), [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  const leaves = fc.array(fc.uint8Array({ maxLength: 4 }), { minLength: 1, maxLength: 40 });

  test('every leaf of every tree has a path, and it proves nothing else', () => {
    fc.assert(
      fc.property(leaves, fc.nat(), fc.nat(), (all, at, other) => {
        const [count, index] = [all.length, at % all.length];
        const root = merkleRoot(all);
        const leaf = all[index] as Uint8Array;
        const proof = inclusionProof(subtreesOf(all), count, index);
        assert.ok(verifyInclusion(root, count, index, leaf, proof));
        assert.ok(!verifyInclusion(root, count, index, flipOrExtend(leaf), proof));
        assert.ok(!verifyInclusion(root, count, index, leaf, [...proof, root]));
        for (const cut of [proof.slice(1), proof.slice(0, -1)]) {
          if (proof.length > 0) assert.ok(!verifyInclusion(root, count, index, leaf, cut));
        }
        for (const [i, step] of proof.entries()) {
          const changed = proof.with(i, flip(step, other % 32));
          assert.ok(!verifyInclusion(root, count, index, leaf, changed));
        }
        for (const wrong of [-1, count, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
          assert.ok(!verifyInclusion(root, count, wrong, leaf, proof));
        }
        assert.ok(!verifyInclusion(root, Number.POSITIVE_INFINITY, index, leaf, proof));
      }),
    );
  });

  test('every older tree is a prefix of the newer one, and others are not', () => {
    fc.assert(
      fc.property(leaves, fc.nat(), fc.nat(31), (all, at, byte) => {
        const [newer, older] = [all.length, at % (all.length + 1)];
        const [root, olderRoot] = [merkleRoot(all), merkleRoot(all.slice(0, older))];
        const proof = consistencyProof(subtreesOf(all), older, newer);
        assert.ok(verifyConsistency(older, olderRoot, newer, root, proof));
        assert.ok(!verifyConsistency(older, flip(olderRoot, byte), newer, root, proof));
        if (older > 0)
          assert.ok(!verifyConsistency(older, olderRoot, newer, flip(root, byte), proof));
        assert.ok(!verifyConsistency(older, olderRoot, newer, root, [...proof, root]));
        for (const [i, step] of proof.entries()) {
          const changed = proof.with(i, flip(step, byte));
          assert.ok(!verifyConsistency(older, olderRoot, newer, root, changed));
        }
        assert.ok(!verifyConsistency(newer + 1, root, newer, root, proof));
      }),
    );
  });

  test('a frontier whose nodes do not fit its count is refused', () => {
    const bad = encode(frontierSchema, EMPTY_FRONTIER).with(1, 3);
    const read = decode(frontierSchema, bad, 4096);
    assert.equal(!read.ok && read.code, 'CODEC_SCHEMA');
  });
});

function flipOrExtend(leaf: Uint8Array): Uint8Array {
  return leaf.length === 0 ? Uint8Array.of(0) : flip(leaf, 0);
}

describe('state tree', () => {
  const entries = fc
    .uniqueArray(fc.string({ maxLength: 6 }), { maxLength: 40 })
    .map((keys) => new Map(keys.map((key, i) => [key, Uint8Array.of(i)])));

  test('nodes carry their kind in the top bit', () => {
    const [a, b] = [keyHash('a'), keyHash('b')];
    const plain = createHash('sha256').update(a).update(b).digest();
    assert.deepEqual([...leafNode(a, b)], [(plain[0] as number) | 0x80, ...plain.subarray(1)]);
    assert.deepEqual([...innerNode(a, b)], [(plain[0] as number) & 0x7f, ...plain.subarray(1)]);
    assert.ok(isLeafNode(leafNode(a, b)) && !isLeafNode(innerNode(a, b)));
    assert.ok(isEmptyNode(EMPTY_NODE) && !isLeafNode(EMPTY_NODE) && !isEmptyNode(a));
    assert.deepEqual(keyHash('a'), new Uint8Array(createHash('sha256').update('a').digest()));
  });

  test('a tree of one leaf is that leaf; of none, empty', () => {
    const only = treeOf(new Map([['k', utf8('v')]]));
    const value = new Uint8Array(createHash('sha256').update('v').digest());
    assert.deepEqual(only.root, leafNode(keyHash('k'), value));
    const none = treeOf(new Map());
    assert.deepEqual(none.root, new Uint8Array(32));
    assert.ok(verifyStateProof(none.root, 'k', undefined, none.prove('k')));
  });

  test('every key proves its value, every other its absence, and nothing more', () => {
    fc.assert(
      fc.property(entries, fc.string({ maxLength: 7 }), fc.nat(), (all, asked, at) => {
        const tree = treeOf(all);
        for (const key of [asked, ...all.keys()]) {
          const [value, proof] = [all.get(key), tree.prove(key)];
          const wrong = value === undefined ? Uint8Array.of(1) : undefined;
          assert.ok(verifyStateProof(tree.root, key, value, proof));
          assert.ok(!verifyStateProof(tree.root, key, wrong, proof));
          assert.ok(!verifyStateProof(tree.root, key, Uint8Array.of(99), proof));
          if (proof.siblings.length === 0) continue;
          const i = at % proof.siblings.length;
          const changed = proof.siblings.with(i, flip(proof.siblings[i] as Uint8Array, at % 32));
          assert.ok(!verifyStateProof(tree.root, key, value, { ...proof, siblings: changed }));
          const cut = { ...proof, siblings: proof.siblings.slice(0, -1) };
          assert.ok(!verifyStateProof(tree.root, key, value, cut));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('many keys share a proof: short, in any order, and of nothing else', () => {
    const asked = fc.uniqueArray(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(entries, asked, fc.nat(), fc.nat(7), (all, others, at, bit) => {
        const tree = treeOf(all);
        const keys = [...new Set([...all.keys()].slice(0, 9).concat(others))];
        const shown = keys.map((key) => ({ key, value: all.get(key) ?? null }));
        const proof = shareProofs(shown, tree.prove);
        const rootOf = (changed: Partial<typeof proof>) => rootOfShared({ ...proof, ...changed });
        const isTrue = (changed: Partial<typeof proof>): boolean => {
          const root = rootOf(changed);
          return root !== undefined && equalBytes(root, tree.root);
        };
        assert.ok(isTrue({}));
        assert.ok(isTrue({ entries: proof.entries.toReversed() }));
        const alone = keys.reduce((sum, key) => sum + tree.prove(key).siblings.length, 0);
        assert.ok(proof.siblings.length <= alone);
        const { siblings } = proof;
        assert.ok(!isTrue({ siblings: [...siblings, tree.root] }));
        const i = at % proof.entries.length;
        const entry = proof.entries[i] as (typeof proof.entries)[0];
        const other = { ...entry, value: entry.value === null ? Uint8Array.of(1) : null };
        for (const wrong of [
          other,
          { ...other, end: null },
          { ...entry, depth: entry.depth + 1 },
        ]) {
          assert.ok(!isTrue({ entries: proof.entries.with(i, wrong) }));
        }
        if (siblings.length === 0) return;
        const j = at % siblings.length;
        const sibling = flip(siblings[j] as Uint8Array, at % 32, bit);
        assert.ok(!isTrue({ siblings: siblings.with(j, sibling) }));
        assert.ok(!isTrue({ siblings: siblings.toSpliced(j, 1) }));
        if (siblings.some((each) => !equalBytes(each, siblings[0] as Uint8Array))) {
          assert.ok(!isTrue({ siblings: [...siblings.slice(1), siblings[0] as Uint8Array] }));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a hostile proof costs no more than what is in it', () => {
    const entry = { key: 'k', value: null, end: null };
    const siblings = new Array<Uint8Array>(1000).fill(keyHash('x'));
    for (const depth of [0, 1, 255, 256, 257, 1e9, Number.MAX_SAFE_INTEGER]) {
      const root = rootOfShared({ entries: [{ ...entry, depth }], siblings });
      assert.equal(root, undefined);
    }
    assert.equal(rootOfShared({ entries: [], siblings: [] }), undefined);
    const twice = { ...entry, depth: 2 };
    const both = { entries: [twice, { ...twice, depth: 1 }], siblings: siblings.slice(0, 2) };
    assert.equal(rootOfShared(both), undefined);
  });

  /** Two keys whose paths part at the first bit. */
  const [left, right] = twoSides();

  test('an empty end beside a lone leaf is refused: the two would be that leaf', () => {
    const lone = leafNode(keyHash(right), keyHash('value'));
    const root = innerNode(EMPTY_NODE, lone);
    assert.ok(!verifyStateProof(root, left, undefined, { siblings: [lone], end: null }));
    const inner = innerNode(lone, leafNode(keyHash(left), keyHash('value')));
    const below = innerNode(EMPTY_NODE, inner);
    assert.ok(verifyStateProof(below, left, undefined, { siblings: [inner], end: null }));
  });

  test('absence can be shown only by a leaf on the path', () => {
    const [mine, other] = [keyHash(left), keyHash(right)];
    const value = keyHash('value');
    const root = innerNode(leafNode(mine, value), leafNode(other, value));
    const onPath = { siblings: [leafNode(other, value)], end: { keyHash: mine, valueHash: value } };
    const offPath = {
      siblings: [leafNode(mine, value)],
      end: { keyHash: other, valueHash: value },
    };
    assert.ok(!verifyStateProof(root, left, undefined, onPath), 'the key itself');
    assert.ok(!verifyStateProof(root, left, undefined, offPath), 'a leaf of the other side');
    const crossed = innerNode(leafNode(other, value), leafNode(mine, value));
    const misplaced = { siblings: [leafNode(mine, value)], end: offPath.end };
    assert.ok(!verifyStateProof(crossed, left, undefined, misplaced), 'a leaf in a wrong place');
  });

  test('an inner node can not pass for a leaf', () => {
    const inner = innerNode(keyHash(left), keyHash(right));
    const end = { keyHash: keyHash(left), valueHash: keyHash(right) };
    assert.ok(!verifyStateProof(inner, left, utf8(right), { siblings: [], end }));
  });
});

function twoSides(): [string, string] {
  const names = Array.from({ length: 64 }, (_, i) => `key ${i}`);
  const side = (bit: 0 | 1) => names.find((name) => pathBit(keyHash(name), 0) === bit) as string;
  return [side(0), side(1)];
}
