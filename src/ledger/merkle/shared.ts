/**
 * Several keys of the state tree, present or absent, under one proof: no hash stands in it twice,
 * and none that follows from what is shown. Pure.
 *
 * The reader computes the root from the top: a subtree without any of the keys is the next sibling,
 * from left to right; one at whose top a path ends is that end; any other is the node of its sides.
 */
import { compareBytes, equalBytes } from '../../common/bytes.ts';
import { sha256 } from '../../common/hash.ts';
import {
  EMPTY_NODE,
  innerNode,
  isEmptyNode,
  isLeafNode,
  keyHash,
  leafNode,
  PATH_BITS,
  pathBit,
  type StateProof,
} from './sparse.ts';

/** A key as it is shown. */
export interface ShownEntry {
  readonly key: string;
  /** Null: the key is absent. */
  readonly value: Uint8Array | null;
  /** How many steps its path has from the root down to where it ends. */
  readonly depth: number;
  /** Of an absent key: the leaf at the end; null: nothing is there. Of a present one null. */
  readonly end: StateProof['end'];
}

export interface SharedProof {
  readonly entries: readonly ShownEntry[];
  /** The nodes beside the paths, from left to right. */
  readonly siblings: readonly Uint8Array[];
}

/** An entry with its place in the tree; sorted by that. */
interface Placed<T> {
  readonly path: Uint8Array;
  readonly entry: T;
}

function placed<T extends { readonly key: string }>(entries: readonly T[]): Placed<T>[] {
  const all = entries.map((entry) => ({ path: keyHash(entry.key), entry }));
  return all.sort((a, b) => compareBytes(a.path, b.path));
}

/** Where, within `from` to `to`, the right side begins. */
function middle<T>(all: readonly Placed<T>[], from: number, to: number, depth: number): number {
  let at = from;
  while (at < to && pathBit((all[at] as Placed<T>).path, depth) === 0) at++;
  return at;
}

/** Puts the paths of at least one key, none twice, under one proof. Entries stay in their order. */
export function shareProofs(
  entries: readonly { readonly key: string; readonly value: Uint8Array | null }[],
  proofOf: (key: string) => StateProof,
): SharedProof {
  const proven = entries.map((entry) => ({ ...entry, proof: proofOf(entry.key) }));
  const all = placed(proven);
  const siblings: Uint8Array[] = [];
  const visit = (from: number, to: number, depth: number): void => {
    const { siblings: beside } = (all[from] as (typeof all)[0]).entry.proof;
    const sibling = beside[depth];
    if (sibling === undefined) return;
    const split = middle(all, from, to, depth);
    if (from < split) visit(from, split, depth + 1);
    else siblings.push(sibling);
    if (split < to) visit(split, to, depth + 1);
    else siblings.push(sibling);
  };
  if (all.length > 0) visit(0, all.length, 0);
  const shown = proven.map(({ key, value, proof }) => {
    const end = value === null ? proof.end : null;
    return { key, value, depth: proof.siblings.length, end };
  });
  return { entries: shown, siblings };
}

/** The root that the entries and siblings make; undefined where they make none. */
export function rootOfShared({ entries, siblings }: SharedProof): Uint8Array | undefined {
  const all = placed(entries);
  let next = 0;
  const nodeAt = (from: number, to: number, depth: number): Uint8Array | undefined => {
    if (from === to) return siblings[next++];
    if ((all[from] as (typeof all)[0]).entry.depth <= depth)
      return endAt(all.slice(from, to), depth);
    if (depth === PATH_BITS) return undefined;
    const split = middle(all, from, to, depth);
    const left = nodeAt(from, split, depth + 1);
    const right = left && nodeAt(split, to, depth + 1);
    return left && right && parentOf(left, right);
  };
  const root = nodeAt(0, all.length, 0);
  return next === siblings.length ? root : undefined;
}

/** Beside a lone leaf or nothing there is no empty subtree: the two would have been one. */
function parentOf(left: Uint8Array, right: Uint8Array): Uint8Array | undefined {
  const isLone = (node: Uint8Array): boolean => isLeafNode(node) || isEmptyNode(node);
  if (isEmptyNode(left) ? isLone(right) : isEmptyNode(right) && isLone(left)) return undefined;
  return innerNode(left, right);
}

/** What stands at `depth`, where all of these end. */
function endAt(all: readonly Placed<ShownEntry>[], depth: number): Uint8Array | undefined {
  const nodes = all.map((each) => (each.entry.depth === depth ? endOf(each) : undefined));
  const [node] = nodes;
  return nodes.every((each) => each && node && equalBytes(each, node)) ? node : undefined;
}

/** The node at the end of a path; undefined where it doesn't show what is said about the key. */
function endOf({ path, entry }: Placed<ShownEntry>): Uint8Array | undefined {
  const { value, end, depth } = entry;
  if (value !== null) return end === null ? leafNode(path, sha256(value)) : undefined;
  if (end === null) return EMPTY_NODE;
  const isOther = !equalBytes(end.keyHash, path);
  const isOnPath = sharedBits(end.keyHash, path) >= depth;
  return isOther && isOnPath ? leafNode(end.keyHash, end.valueHash) : undefined;
}

function sharedBits(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  while (bits < PATH_BITS && pathBit(a, bits) === pathBit(b, bits)) bits++;
  return bits;
}

/** The first key that stands twice. */
export function keyTwice(entries: readonly { readonly key: string }[]): string | undefined {
  const seen = new Set<string>();
  return entries.find(({ key }) => seen.size === seen.add(key).size)?.key;
}
