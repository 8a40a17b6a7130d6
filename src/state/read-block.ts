/**
 * Reading blocks on two threads. What a block's bytes say by themselves, without the chain before
 * them, is found out on one (`examine`): that they are canonical, that the transactions are the
 * header's, the ids, and whether the signatures are good. The other one, which executes, makes the
 * block from the bytes and these facts (`assemble`) and hashes and checks nothing again.
 */
import { decodeViews } from '../common/codec/index.ts';
import { invariant } from '../common/errors.ts';
import { HASH_BYTES } from '../common/hash.ts';
import { type Result, success } from '../common/result.ts';
import type { SignatureCheck } from '../common/signature.ts';
import {
  type Block,
  type BlockCode,
  blockHash,
  blockSchema,
  decodeBlock,
  decodeHeader,
  ENCODED_BLOCK_BYTES_MAX,
} from '../ledger/block.ts';
import { TRANSACTION_BYTES_CAP } from '../ledger/parameters.ts';
import {
  decodeTransaction,
  type ReceivedTransaction,
  signatureChecks,
  signedWell,
  transactionSchema,
} from '../ledger/transaction.ts';
import type { Received } from './reception.ts';

/** A byte for each, 1 = good, by the rule of consensus. */
export type CheckSignatures = (checks: readonly SignatureCheck[]) => Uint8Array;

/** What is known of a block's transactions; flat, since it goes from thread to thread. */
export interface TransactionFacts {
  /** Their ids, one behind the other. */
  readonly ids: Uint8Array;
  /** A byte for each, 1 where there are signatures and all are good. */
  readonly good: Uint8Array;
}

/** What another thread tells of a block's bytes. */
export interface ExaminedBlock {
  readonly bytes: Uint8Array;
  /** Undefined where a transaction doesn't decode. */
  readonly facts: TransactionFacts | undefined;
}

/** A block whose bytes were examined. */
export interface ReadBlock {
  readonly block: Block;
  /** Undefined where a transaction doesn't decode: judging the block says which. */
  readonly received: Received | undefined;
}

/** Fails where the bytes are no block of the chain. */
export function examine(
  chain: Uint8Array,
  bytes: Uint8Array,
  check: CheckSignatures,
): Result<ExaminedBlock, BlockCode> {
  const block = decodeBlock(chain, bytes);
  if (!block.ok) return block;
  const { transactions } = block.value;
  const ids = new Uint8Array(transactions.length * HASH_BYTES);
  const read: ReceivedTransaction[] = [];
  for (let i = 0; i < transactions.length; i++) {
    const decoded = decodeTransaction(transactions[i] as Uint8Array, TRANSACTION_BYTES_CAP);
    if (!decoded.ok) return success({ bytes, facts: undefined });
    ids.set(decoded.value.id, i * HASH_BYTES);
    read.push(decoded.value);
  }
  const good = signedWell(read, check(read.flatMap(signatureChecks)));
  return success({ bytes, facts: { ids, good: Uint8Array.from(good, Number) } });
}

/** The block of the chain that `examine` looked at. */
export function assemble(chain: Uint8Array, { bytes, facts }: ExaminedBlock): ReadBlock {
  const decoded = decodeViews(blockSchema, bytes, ENCODED_BLOCK_BYTES_MAX);
  const header = decoded.ok ? decodeHeader(chain, decoded.value.header) : undefined;
  invariant(decoded.ok && header?.ok === true, 'an examined block decodes');
  const { header: headerBytes, transactions } = decoded.value;
  const hash = blockHash(chain, headerBytes);
  const block = { header: header.value, headerBytes, hash, transactions };
  if (facts === undefined) return { block, received: undefined };
  const received: ReceivedTransaction[] = [];
  for (let i = 0; i < transactions.length; i++) {
    const own = transactions[i] as Uint8Array;
    const read = decodeViews(transactionSchema, own, TRANSACTION_BYTES_CAP);
    invariant(read.ok, 'an examined transaction decodes');
    const id = facts.ids.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
    received.push({ transaction: read.value, bytes: own, id });
  }
  return { block, received: { transactions: received, good: Array.from(facts.good, Boolean) } };
}
