/**
 * A run of neighbouring leaves of an RFC 6962 tree, shown by the roots of what lies beside it: one
 * leaf, a page, the latest ones, or all of them, for which nothing is beside.
 */
import { equalBytes } from '../../common/bytes.ts';
import { rangeRoot, type Subtree } from './prover.ts';
import { leafHash, MERKLE_DEPTH_MAX, nodeHash, rootOfHashes, splitPoint } from './rfc6962.ts';

/** At most one sibling a level on each side. */
export const RANGE_PATH_MAX = 2 * MERKLE_DEPTH_MAX;

/** What is beside leaves `from` to `to` (not included) of `count`, from left to right. */
export function rangeProof(
  subtree: Subtree,
  count: number,
  from: number,
  to: number,
): Uint8Array[] {
  const path: Uint8Array[] = [];
  const visit = (at: number, size: number): void => {
    if (at >= from && at + size <= to) return;
    if (at >= to || at + size <= from) {
      path.push(rangeRoot(subtree, at, size));
      return;
    }
    const split = splitPoint(size);
    visit(at, split);
    visit(at + split, size - split);
  };
  if (from < to) visit(0, count);
  return path;
}

/** Whether `leaves` are number `from` and following of `count` leaves under `root`. */
export function verifyRange(
  root: Uint8Array,
  count: number,
  from: number,
  leaves: readonly Uint8Array[],
  path: readonly Uint8Array[],
): boolean {
  const to = from + leaves.length;
  const isRange = Number.isSafeInteger(count) && Number.isSafeInteger(from) && from >= 0;
  if (!isRange || leaves.length === 0 || to > count || path.length > RANGE_PATH_MAX) return false;
  const hashes = leaves.map(leafHash);
  let next = 0;
  const rootOf = (at: number, size: number): Uint8Array | undefined => {
    if (at >= from && at + size <= to)
      return rootOfHashes(hashes.slice(at - from, at - from + size));
    if (at >= to || at + size <= from) return path[next++];
    const split = splitPoint(size);
    const left = rootOf(at, split);
    const right = left && rootOf(at + split, size - split);
    return left && right && nodeHash(left, right);
  };
  const computed = rootOf(0, count);
  return computed !== undefined && next === path.length && equalBytes(computed, root);
}
