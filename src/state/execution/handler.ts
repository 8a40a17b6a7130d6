/** What every operation's rule gets and gives. */
import type { Draft } from './draft.ts';
import type { Sender } from './sender.ts';

/** Why execution rejects a transaction: stable codes, which headers commit to. */
export type RejectionCode =
  /** The sender may not do this at all. */
  | 'UNAUTHORISED'
  /** The namespace is another publisher's. */
  | 'NAMESPACE_FORBIDDEN'
  /** `ifRevision` 0 where the record is present. */
  | 'ALREADY_EXISTS'
  /** Another `ifRevision` than the record's current revision, 0 when it is absent. */
  | 'REVISION_MISMATCH';

/** Where and by whom an operation is done. */
export interface Origin {
  readonly sender: Sender;
  /** The key that stands as signer: the first of the transaction's signatures, by key order. */
  readonly key: Uint8Array;
  readonly height: number;
  /** The block's time in ms. */
  readonly time: number;
  /** Transaction id. */
  readonly transaction: Uint8Array;
  /** Position of the operation in its transaction. */
  readonly operation: number;
}

/** Applies one operation to the draft, or says why not; never throws for what it was given. */
export type Handler<O> = (draft: Draft, origin: Origin, operation: O) => RejectionCode | null;
