/** What a block that becomes final adds to the store, but for its state (`state-machine.ts`). */
import { concat, equalBytes } from '../common/bytes.ts';
import { encode } from '../common/codec/index.ts';
import type { Block } from '../ledger/block.ts';
import { encodeBlock, type TransactionResult } from '../ledger/block.ts';
import { appendAll, type Frontier } from '../ledger/merkle/rfc6962.ts';
import { OPERATION } from '../ledger/operations.ts';
import { height as heightSchema } from '../ledger/primitives.ts';
import { stateKey } from '../ledger/state-keys.ts';
import type { ReceivedTransaction } from '../ledger/transaction.ts';
import type { ValidatorSet } from '../ledger/validators.ts';
import { type Certificate, certificateSchema } from '../ledger/vote.ts';
import {
  boundarySchema,
  placeSchema,
  resultsRecordSchema,
  type StatementPlace,
  statementPlaceSchema,
} from './chain-store.ts';
import { APPLIED } from './execution/execute.ts';
import type { ListChange } from './execution/list-change.ts';
import { kvKey } from './kv/buckets.ts';
import type { KvWrite } from './kv/kv.ts';
import type { Outcome } from './outcome.ts';

/** The latest `validUntil`; 0 without transactions. */
export function expiryOf(transactions: readonly ReceivedTransaction[]): number {
  return transactions.reduce((latest, { transaction }) => {
    return Math.max(latest, transaction.validUntil);
  }, 0);
}

/** The header, and the block's certificate if it has one. */
export function headerWrites(block: Block, certificate: Certificate | undefined): KvWrite[] {
  const { height } = block.header;
  const header = { key: kvKey.header(height), value: block.headerBytes };
  if (certificate === undefined) return [header];
  const value = encode(certificateSchema, certificate);
  return [header, { key: kvKey.certificate(height), value }];
}

/** The block, its certificate if it has one, its results and the indexes. */
export function blockWrites(
  block: Block,
  transactions: readonly ReceivedTransaction[],
  { results, epoch: next }: Pick<Outcome, 'results' | 'epoch'>,
  certificate: Certificate | undefined,
): KvWrite[] {
  const { epoch, height, nextValidators, validators } = block.header;
  const writes: KvWrite[] = [
    ...headerWrites(block, certificate),
    { key: kvKey.block(height), value: encodeBlock(block) },
    { key: kvKey.heightOf(block.hash), value: encode(heightSchema, height) },
  ];
  if (!equalBytes(nextValidators, validators)) {
    writes.push(boundaryWrite(epoch, height, next.validators));
  }
  if (transactions.length === 0) return writes;
  const record = { expires: expiryOf(transactions), results };
  writes.push({ key: kvKey.results(height), value: encode(resultsRecordSchema, record) });
  for (const [index, { id }] of transactions.entries()) {
    writes.push({ key: kvKey.transaction(id), value: encode(placeSchema, { height, index }) });
  }
  return writes;
}

/** The last block of an epoch, where that changed the validators. */
export function boundaryWrite(epoch: number, height: number, validators: ValidatorSet): KvWrite {
  const value = encode(boundarySchema, { height, validators });
  return { key: kvKey.boundary(epoch), value };
}

/**
 * The subtrees of the history that the block's hash completes, but for its own leaf.
 *
 * @param before over all earlier block hashes
 */
export function historyWrites(block: Block, before: Frontier): KvWrite[] {
  const completed: Uint8Array[] = [];
  appendAll(before, [block.hash], (_position, _level, root) => completed.push(root.slice()));
  if (completed.length === 0) return [];
  return [{ key: kvKey.history(block.header.height), value: concat(...completed) }];
}

/**
 * Where the block's statements stand in their publishers' lists of acts, in ledger order.
 *
 * @param lists what the block appended
 */
export function statementPlaces(
  transactions: readonly ReceivedTransaction[],
  results: readonly TransactionResult[],
  lists: ReadonlyMap<string, ListChange>,
): StatementPlace[] {
  const next = new Map<string, number>();
  const places: StatementPlace[] = [];
  for (const [i, { transaction }] of transactions.entries()) {
    if (results[i]?.code !== APPLIED) continue;
    const publisher = transaction.sender;
    for (const { op } of transaction.operations) {
      if (op !== OPERATION.STATEMENT) continue;
      const index = next.get(publisher) ?? firstAct(lists, publisher);
      places.push({ publisher, index });
      next.set(publisher, index + 1);
    }
  }
  return places;
}

function firstAct(lists: ReadonlyMap<string, ListChange>, publisher: string): number {
  const acts = lists.get(stateKey.publisherActs(publisher));
  return acts === undefined ? 0 : acts.count - acts.items.length;
}

/** The index of all statements, continued from `position`. */
export function statementWrites(places: readonly StatementPlace[], position: number): KvWrite[] {
  return places.map((place, i) => ({
    key: kvKey.statement(position + i),
    value: encode(statementPlaceSchema, place),
  }));
}
