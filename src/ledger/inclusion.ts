/**
 * That a transaction, with its publisher's own signatures, is on the ledger and what came of it:
 * shown under any later header that is known to be final. Pure.
 *
 * The block's header commits to the transaction (`txRoot`), the next one to its result
 * (`resultRoot`) and, as its child, to the block; and the final header to the next one, through its
 * history, unless it is that one itself.
 */
import { equalBytes } from '../common/bytes.ts';
import {
  bytesUpTo,
  decode,
  encode,
  list,
  nullable,
  refined,
  type TypeOf,
  text,
  tuple,
  uint,
  version,
} from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { blockHash, HEADER_BYTES_MAX, type Header, resultSchema } from './block.ts';
import {
  type FinalHeaderCode,
  headerInHistory,
  historySchema,
  merklePathSchema,
  readAnyHeader,
} from './finality.ts';
import { climb, leafHash, MERKLE_DEPTH_MAX } from './merkle/rfc6962.ts';
import { TRANSACTION_BYTES_CAP } from './parameters.ts';
import { hash } from './primitives.ts';
import { decodeTransaction, isSignedWell, type ReceivedTransaction } from './transaction.ts';

export const inclusionSchema = refined(
  tuple({
    version: version(1),
    transaction: bytesUpTo(TRANSACTION_BYTES_CAP),
    /** Empty when applied, else why it was rejected. */
    code: text(64),
    /** Of the block that holds it. */
    header: bytesUpTo(HEADER_BYTES_MAX),
    /** Bit i: the sibling at step i, counted from the leaf, stands left. */
    sides: uint(),
    /** To `txRoot` of the block. */
    path: merklePathSchema,
    /** To `resultRoot` of the next block; the sides are the same. */
    resultPath: list(hash, MERKLE_DEPTH_MAX),
    /** The next header in the final one's history; null: it is the final one. */
    next: nullable(historySchema),
  }),
  'two paths of one length, and no side beyond it',
  ({ sides, path, resultPath }) => path.length === resultPath.length && sides < 2 ** path.length,
);
export type Inclusion = TypeOf<typeof inclusionSchema>;

/** The transaction, and room for two headers and three paths. */
export const INCLUSION_BYTES_MAX = TRANSACTION_BYTES_CAP + 16 * 1024;

/** A transaction that was shown to be on the ledger. */
export interface IncludedTransaction {
  readonly received: ReceivedTransaction;
  /** Of the block that holds it. */
  readonly header: Header;
  /** Empty when applied, else why it was rejected. */
  readonly code: string;
}

export type InclusionCode =
  | FinalHeaderCode
  /** It doesn't decode, is of another chain, or its keys did not sign it. */
  | 'PROOF_TRANSACTION'
  /** The block doesn't hold it, or the next one not this result. */
  | 'PROOF_INCLUSION';

/** Checks `bytes` of an inclusion under a header that is known to be final. */
export function verifyTransaction(options: {
  readonly final: Header;
  readonly bytes: Uint8Array;
  readonly verify: Verify;
}): Result<IncludedTransaction, InclusionCode> {
  const { final, verify } = options;
  const decoded = decode(inclusionSchema, options.bytes, INCLUSION_BYTES_MAX);
  if (!decoded.ok) return failure('PROOF_INCLUSION', decoded.message);
  const { transaction: bytes, code, header: headerBytes, next, ...proof } = decoded.value;
  const header = readAnyHeader(headerBytes);
  if (!header.ok) return header;
  const { chain } = header.value;
  const above = next === null ? success(final) : headerInHistory(final, next.header, next.path);
  if (!above.ok) return above;
  if (!isChildOf(above.value, header.value, blockHash(chain, headerBytes))) {
    return failure('PROOF_LINK', `block ${above.value.height} is not the child of this block`);
  }
  const received = decodeTransaction(bytes, TRANSACTION_BYTES_CAP);
  if (!received.ok) return failure('PROOF_TRANSACTION', received.message);
  const { id, transaction } = received.value;
  const result = encode(resultSchema, { transaction: id, code });
  const roots = [
    climb(leafHash(bytes), proof.sides, proof.path),
    climb(leafHash(result), proof.sides, proof.resultPath),
  ] as const;
  if (!equalBytes(roots[0], header.value.txRoot)) {
    return failure('PROOF_INCLUSION', 'the block does not hold the transaction');
  }
  if (!equalBytes(roots[1], above.value.resultRoot)) {
    return failure('PROOF_INCLUSION', 'the next block does not hold this result');
  }
  // Last, since it costs most: what a block holds was signed; a stranger can't have us check much.
  const isSigned = isSignedWell(received.value, verify);
  if (!equalBytes(transaction.chain, chain) || !isSigned) {
    return failure('PROOF_TRANSACTION', 'of another chain, or not signed by its keys');
  }
  return success({ received: received.value, header: header.value, code });
}

function isChildOf(child: Header, parent: Header, parentHash: Uint8Array): boolean {
  return child.height === parent.height + 1 && equalBytes(child.parent, parentHash);
}
