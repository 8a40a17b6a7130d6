/** Proofs of a version. */
import { pathBit, type StateProof } from '../../ledger/merkle/sparse.ts';
import type { NodeView } from './view.ts';

/** The path to a key, present or not; `shareProofs` makes one proof of many. */
export function provePath(root: NodeView, keyHash: Uint8Array): StateProof {
  const siblings: Uint8Array[] = [];
  let node = root;
  for (let depth = 0; !node.isEmpty && !node.isLeaf; depth++) {
    const [left, right] = node.children;
    const goesLeft = pathBit(keyHash, depth) === 0;
    siblings.push((goesLeft ? right : left).hash);
    node = goesLeft ? left : right;
  }
  return { siblings, end: node.isEmpty ? null : node.leaf };
}
