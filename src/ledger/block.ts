/** Blocks: the header that everything is proven under, and the transactions it commits to. */
import { equalBytes } from '../common/bytes.ts';
import {
  bytesUpTo,
  type DecodeCode,
  decode,
  decodeViews,
  encode,
  list,
  nullable,
  type TypeOf,
  text,
  tuple,
  version,
} from '../common/codec/index.ts';
import { DOMAIN, domainHash, HASH_BYTES, ZERO_HASH } from '../common/hash.ts';
import { failure, type Result, success } from '../common/result.ts';
import { leafHashes, leafHashInto, merkleRoot, rootOfJoined } from './merkle/rfc6962.ts';
import { emptyStateRoot, stateRootOf } from './merkle/sparse.ts';
import { BLOCK_BYTES_CAP, TRANSACTION_BYTES_CAP } from './parameters.ts';
import { epoch, hash, height, id, time, view } from './primitives.ts';
import { type ValidatorSet, validatorsHash } from './validators.ts';

export const headerSchema = tuple({
  version: version(1),
  chain: hash,
  epoch,
  height,
  /** The view of the first proposal; a boundary block may be finalized in a later one. */
  view,
  parent: hash,
  /** Not below the parent's. */
  time,
  /** Member id of the first proposer; null in the genesis block only. */
  proposer: nullable(id),
  /** RFC 6962 root over the transactions' bytes. */
  txRoot: hash,
  /** The state after the parent, as tag, chain and tree root hashed. */
  stateRoot: hash,
  /** RFC 6962 root over the results of the parent's transactions. */
  resultRoot: hash,
  /** RFC 6962 root over the hashes of all earlier headers, height 0 first. */
  historyRoot: hash,
  /** Hash of the validator set of this block's epoch. */
  validators: hash,
  /** Hash of the set that the next epoch will have, as known after the parent. */
  nextValidators: hash,
});
export type Header = TypeOf<typeof headerSchema>;

/** Fourteen small fields: far below this. */
export const HEADER_BYTES_MAX = 1024;

/** The most transactions a block can hold: its bytes at 128, less than the smallest. */
export const TRANSACTIONS_CAP = BLOCK_BYTES_CAP / 128;

export const blockSchema = tuple({
  header: bytesUpTo(HEADER_BYTES_MAX),
  transactions: list(bytesUpTo(TRANSACTION_BYTES_CAP), TRANSACTIONS_CAP),
});

/** A block as data: header, its bytes and hash, and the transactions' bytes in order. */
export interface Block {
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  readonly hash: Uint8Array;
  readonly transactions: readonly Uint8Array[];
  /** The leaf hashes of the transactions in one piece, where somebody needed them. */
  readonly leaves?: Uint8Array;
}

/** Room for a block's header and the array around its transactions. */
const BLOCK_OVERHEAD_BYTES = 2 * HEADER_BYTES_MAX + 8 * TRANSACTIONS_CAP;
export const ENCODED_BLOCK_BYTES_MAX = BLOCK_BYTES_CAP + BLOCK_OVERHEAD_BYTES;

export function blockHash(chain: Uint8Array, headerBytes: Uint8Array): Uint8Array {
  return domainHash(DOMAIN.block, chain, headerBytes);
}

export function makeBlock(header: Header, transactions: readonly Uint8Array[]): Block {
  const headerBytes = encode(headerSchema, header);
  return { header, headerBytes, hash: blockHash(header.chain, headerBytes), transactions };
}

export function encodeBlock(block: Block): Uint8Array {
  return encode(blockSchema, { header: block.headerBytes, transactions: block.transactions });
}

export type BlockCode = DecodeCode | 'BLOCK_TX_ROOT' | 'BLOCK_CHAIN';

/**
 * Decodes a block of `chain` and checks that the transactions are the header's. Its parts are views
 * of the bytes.
 */
export function decodeBlock(chain: Uint8Array, bytes: Uint8Array): Result<Block, BlockCode> {
  const decoded = decodeViews(blockSchema, bytes, ENCODED_BLOCK_BYTES_MAX);
  if (!decoded.ok) return decoded;
  const { header: headerBytes, transactions } = decoded.value;
  const header = decodeHeader(chain, headerBytes);
  if (!header.ok) return header;
  const leaves = leafHashes(transactions);
  if (!equalBytes(rootOfJoined(leaves), header.value.txRoot)) {
    return failure('BLOCK_TX_ROOT', 'the transactions are not those of the header');
  }
  return success({
    header: header.value,
    headerBytes,
    hash: blockHash(chain, headerBytes),
    transactions,
    leaves,
  });
}

/** A block without its transactions, which are named by their leaf hashes. */
export type Outline = Required<Omit<Block, 'transactions'>>;

/**
 * Decodes what a leader proposes: the header, and the names of transactions that others have
 * already. Checks that they are the header's, so the block is that of the header once each
 * transaction is found whose leaf hash is the name.
 */
export function decodeOutline(
  chain: Uint8Array,
  headerBytes: Uint8Array,
  leaves: Uint8Array,
): Result<Outline, BlockCode> {
  const header = decodeHeader(chain, headerBytes);
  if (!header.ok) return header;
  const whole = leaves.length % HASH_BYTES === 0;
  if (!whole || !equalBytes(rootOfJoined(leaves), header.value.txRoot)) {
    return failure('BLOCK_TX_ROOT', 'the named transactions are not those of the header');
  }
  return success({
    header: header.value,
    headerBytes,
    hash: blockHash(chain, headerBytes),
    leaves,
  });
}

/** Decodes a header and checks its chain. */
export function decodeHeader(
  chain: Uint8Array,
  bytes: Uint8Array,
): Result<Header, DecodeCode | 'BLOCK_CHAIN'> {
  const header = decode(headerSchema, bytes, HEADER_BYTES_MAX);
  if (!header.ok) return header;
  return equalBytes(header.value.chain, chain)
    ? header
    : failure('BLOCK_CHAIN', 'a header of another chain');
}

/** The block of height 0: empty, made of the genesis alone, accepted and final by definition. */
export function genesisBlock(chain: Uint8Array, genesisTime: number, set: ValidatorSet): Block {
  const validators = validatorsHash(chain, set);
  const emptyRoot = merkleRoot([]);
  return makeBlock(
    {
      version: 1,
      chain,
      epoch: 1,
      height: 0,
      view: 0,
      parent: ZERO_HASH,
      time: genesisTime,
      proposer: null,
      txRoot: emptyRoot,
      stateRoot: stateRootOf(chain, emptyStateRoot()),
      resultRoot: emptyRoot,
      historyRoot: emptyRoot,
      validators,
      nextValidators: validators,
    },
    [],
  );
}

/** What executing one transaction of a block gave. Its root is in the next header. */
export const resultSchema = tuple({
  transaction: hash,
  /** Empty when applied, else the stable code of the rejection. */
  code: text(64),
});
export type TransactionResult = TypeOf<typeof resultSchema>;

/** The leaf of a result without a code, as most have none; the transaction's id is put in. */
const APPLIED_LEAF = encode(resultSchema, { transaction: ZERO_HASH, code: '' });
const APPLIED_ID_AT = APPLIED_LEAF.length - HASH_BYTES - 1;

export function resultRoot(results: readonly TransactionResult[]): Uint8Array {
  const hashes = new Uint8Array(results.length * HASH_BYTES);
  for (let i = 0; i < results.length; i++) {
    const result = results[i] as TransactionResult;
    if (result.code === '') APPLIED_LEAF.set(result.transaction, APPLIED_ID_AT);
    const leaf = result.code === '' ? APPLIED_LEAF : encode(resultSchema, result);
    leafHashInto(hashes, i * HASH_BYTES, leaf);
  }
  return rootOfJoined(hashes);
}
