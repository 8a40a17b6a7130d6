/** Answers about the final chain that take more than one read of the store. */
import { equalBytes } from '../common/bytes.ts';
import { invariant } from '../common/errors.ts';
import type { TransactionResult } from '../ledger/block.ts';
import { type Statement, statementSchema } from '../ledger/state-values.ts';
import type { Certificate } from '../ledger/vote.ts';
import { type ChainStore, GROUP_STATEMENTS } from './chain-store.ts';
import { readStored } from './execution/stored.ts';
import { requireBlock } from './pruning/retention.ts';
import type { StateTree } from './tree/tree.ts';

/** What makes a block final. */
export interface Finality {
  /** Of the block itself, or of the descendant that `headers` lead to. */
  readonly certificate: Certificate;
  /** The headers above the block up to the certified one, in order. */
  readonly headers: Uint8Array[];
}

/**
 * Undefined above the head, and for block 0, final by definition, while no other block is.
 *
 * @throws PrunedError where the certificates are gone; that of an epoch's last block never is
 */
export function finalityOf(
  stored: ChainStore,
  height: number,
  headHeight: number,
): Finality | undefined {
  const own = stored.certificate(height);
  if (own !== undefined) return { certificate: own, headers: [] };
  // Block 0 has none of its own, and the way to the next one is as long as anybody's.
  requireBlock(stored.retained, Math.max(1, height));
  const headers: Uint8Array[] = [];
  for (let at = height; at <= headHeight; at++) {
    if (at > height) headers.push(stored.headerBytes(at) as Uint8Array);
    const certificate = stored.certificate(at);
    if (certificate !== undefined) return { certificate, headers };
  }
  return undefined;
}

export interface StoredTransaction {
  readonly height: number;
  /** Position in its block. */
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly result: TransactionResult;
}

/** @throws PrunedError where it is known that there is one, and the block is not kept */
export function storedTransaction(
  stored: ChainStore,
  id: Uint8Array,
): StoredTransaction | undefined {
  const place = stored.place(id);
  if (place === undefined) return undefined;
  const { height, index } = place;
  requireBlock(stored.retained, height);
  const bytes = stored.block(height)?.transactions[index];
  const result = stored.results(height)[index];
  invariant(bytes !== undefined && result !== undefined, 'an indexed transaction is stored');
  // The index knows the beginning of the id.
  if (!equalBytes(result.transaction, id)) return undefined;
  return { height, index, bytes, result };
}

/** Statements with a sequence number below `from`, newest first. */
export function recentStatements(
  stored: ChainStore,
  tree: StateTree,
  from: number,
  limit: number,
): { sequence: number; statement: Statement }[] {
  const found: { sequence: number; statement: Statement }[] = [];
  let [group, places]: [number, readonly number[]] = [-1, []];
  for (let sequence = from - 1; sequence >= 0 && found.length < limit; sequence--) {
    const asked = Math.floor(sequence / GROUP_STATEMENTS);
    if (asked !== group) [group, places] = [asked, stored.statementPlaces(asked)];
    const place = places[sequence % GROUP_STATEMENTS];
    invariant(place !== undefined, 'every statement is in the index');
    const statement = readStored(statementSchema, tree.kept(place), 'a statement');
    found.push({ sequence, statement });
  }
  return found;
}
