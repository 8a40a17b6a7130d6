/** What a block that becomes final adds to the store, but for its state (`state-machine.ts`). */
import { concat, equalBytes } from '../common/bytes.ts';
import { encode } from '../common/codec/index.ts';
import { invariant } from '../common/errors.ts';
import type { Block } from '../ledger/block.ts';
import { encodeBlock, type TransactionResult } from '../ledger/block.ts';
import { appendAll, type Frontier } from '../ledger/merkle/rfc6962.ts';
import { OPERATION } from '../ledger/operations.ts';
import { height as heightSchema } from '../ledger/primitives.ts';
import { stateKey } from '../ledger/state-keys.ts';
import type { ReceivedTransaction } from '../ledger/transaction.ts';
import type { ValidatorSet } from '../ledger/validators.ts';
import { type Certificate, certificateSchema } from '../ledger/vote.ts';
import type { AppendedLists } from './appended-lists.ts';
import {
  boundarySchema,
  GROUP_STATEMENTS,
  placeSchema,
  resultsRecordSchema,
} from './chain-store.ts';
import { APPLIED } from './execution/execute.ts';
import { kvKey } from './kv/buckets.ts';
import type { KvWrite } from './kv/kv.ts';
import type { Outcome } from './outcome.ts';
import { encodePlaces } from './places.ts';

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
 * The block's statements as items of their publishers' lists of acts, in ledger order: which of the
 * block's items each is.
 *
 * @param lists what the block appended
 */
export function statementItems(
  transactions: readonly ReceivedTransaction[],
  results: readonly TransactionResult[],
  lists: AppendedLists,
): number[] {
  const acts = new Map<string, Acts>();
  const items: number[] = [];
  for (const [i, { transaction }] of transactions.entries()) {
    if (results[i]?.code !== APPLIED) continue;
    const publisher = transaction.sender;
    for (const { op } of transaction.operations) {
      if (op !== OPERATION.STATEMENT) continue;
      const own = acts.get(publisher) ?? actsOf(publisher, lists);
      acts.set(publisher, own);
      const item = own.items[own.next++];
      invariant(item !== undefined, 'a statement is among the acts of its publisher');
      items.push(item);
    }
  }
  return items;
}

/** What a block appended to a publisher's list of acts, and how much of that was passed. */
interface Acts {
  readonly items: readonly number[];
  next: number;
}

function actsOf(publisher: string, lists: AppendedLists): Acts {
  return { items: lists.itemsOf(stateKey.publisherActs(publisher)), next: 0 };
}

/**
 * The index of all statements, continued from `position`.
 *
 * @param last places of the group that `position` is in, as it is stored
 */
export function statementWrites(
  places: readonly number[],
  position: number,
  last: readonly number[],
): KvWrite[] {
  if (places.length === 0) return [];
  const all = [...last, ...places];
  const first = Math.floor(position / GROUP_STATEMENTS);
  return Array.from({ length: Math.ceil(all.length / GROUP_STATEMENTS) }, (_, i) => {
    const group = all.slice(i * GROUP_STATEMENTS, (i + 1) * GROUP_STATEMENTS);
    return { key: kvKey.statements(first + i), value: encodePlaces(group) };
  });
}
