/** The state tree of a few entries, rebuilt whole each time: what the real one is compared with. */
import { equalBytes } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { rootOfShared } from '../../../src/ledger/merkle/shared.ts';
import {
  EMPTY_NODE,
  innerNode,
  keyHash,
  leafNode,
  pathBit,
  type StateProof,
} from '../../../src/ledger/merkle/sparse.ts';

interface Leaf {
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array;
}

export interface ReferenceTree {
  readonly root: Uint8Array;
  prove(key: string): StateProof;
}

export function treeOf(entries: ReadonlyMap<string, Uint8Array>): ReferenceTree {
  const leaves = [...entries].map(([key, value]) => ({
    keyHash: keyHash(key),
    valueHash: sha256(value),
  }));
  return { root: nodeOf(leaves, 0), prove: (key) => proofOf(leaves, keyHash(key)) };
}

function nodeOf(leaves: readonly Leaf[], depth: number): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return EMPTY_NODE;
  if (leaves.length === 1) return leafNode(only.keyHash, only.valueHash);
  const [left, right] = split(leaves, depth);
  return innerNode(nodeOf(left, depth + 1), nodeOf(right, depth + 1));
}

function split(leaves: readonly Leaf[], depth: number): readonly [Leaf[], Leaf[]] {
  const side = (bit: 0 | 1) => leaves.filter((leaf) => pathBit(leaf.keyHash, depth) === bit);
  return [side(0), side(1)];
}

function proofOf(leaves: readonly Leaf[], path: Uint8Array): StateProof {
  const siblings: Uint8Array[] = [];
  let rest = leaves;
  for (let depth = 0; rest.length > 1; depth++) {
    const sides = split(rest, depth);
    const bit = pathBit(path, depth);
    siblings.push(nodeOf(sides[1 - bit] as Leaf[], depth + 1));
    rest = sides[bit] as Leaf[];
  }
  return { siblings, end: rest[0] ?? null };
}

/** Whether one path, as if sent alone, shows `key` with `value` (undefined: absent). */
export function verifyStateProof(
  root: Uint8Array,
  key: string,
  value: Uint8Array | undefined,
  { siblings, end }: StateProof,
): boolean {
  const path = keyHash(key);
  if (value !== undefined) {
    const isOwn = end !== null && equalBytes(end.keyHash, path);
    if (!isOwn || !equalBytes(end.valueHash, sha256(value))) return false;
  }
  const sides = siblings.map((sibling, depth) => ({
    sibling,
    isRight: pathBit(path, depth) === 1,
  }));
  const side = (isRight: boolean) =>
    sides.filter((each) => each.isRight === isRight).map(({ sibling }) => sibling);
  const shown = { key, value: value ?? null, depth: siblings.length };
  const computed = rootOfShared({
    entries: [{ ...shown, end: value === undefined ? end : null }],
    siblings: [...side(true), ...side(false).reverse()],
  });
  return computed !== undefined && equalBytes(computed, root);
}
