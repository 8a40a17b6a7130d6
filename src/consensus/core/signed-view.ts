/** The data of `signed.ts`: who signed what in a view. */

import type { FaultKind } from '../../ledger/evidence.ts';
import { VOTE } from '../../ledger/vote.ts';

/** A signature and what it is for, beside kind, epoch and view. */
export interface Kept {
  readonly block: Uint8Array | null;
  readonly signature: Uint8Array;
}

export interface SignedView {
  readonly epoch: number;
  readonly view: number;
  /** Ledger time at which the view was left below the final head; undefined before. */
  closedAt: number | undefined;
  /** The first of each validator. */
  readonly [VOTE.ACCEPT]: Map<number, Kept>;
  readonly [VOTE.NULLIFY]: Map<number, Kept>;
  readonly [VOTE.FINALIZE]: Map<number, Kept>;
  /** Who was named for what. */
  readonly named: Map<number, Set<FaultKind>>;
}

/** By epoch and view, in the order of their first mention. */
export interface Signed {
  readonly views: Map<string, SignedView>;
  /** Those that the final head has not passed yet. */
  open: SignedView[];
  signatures: number;
}

export function createSigned(): Signed {
  return { views: new Map(), open: [], signatures: 0 };
}
