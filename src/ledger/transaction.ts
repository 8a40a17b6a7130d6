/**
 * A transaction: a signed list of operations, applied all or nothing. There is no account sequence
 * number, so many build machines sign in parallel for one publisher; a random salt and a validity
 * in ledger time make each one unique and let its id be forgotten.
 */
import { Arena } from '../common/arena.ts';
import { compareBytes, keyText, writeText } from '../common/bytes.ts';
import {
  ascending,
  bytesOf,
  type DecodeCode,
  decodeViews,
  encode,
  list,
  recurring,
  type TypeOf,
  text,
  tuple,
  version,
} from '../common/codec/index.ts';
import { invariant } from '../common/errors.ts';
import { DOMAIN, domainText, HASH_BYTES } from '../common/hash.ts';
import { type Result, success } from '../common/result.ts';
import {
  type KeyPair,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  type SignatureCheck,
  sign,
  type Verify,
} from '../common/signature.ts';
import { leafText } from './merkle/rfc6962.ts';
import { OPERATIONS_CAP, operationSchema } from './operations.ts';
import { hash, publicKey, signature, time } from './primitives.ts';
import { type Signable, type Signer, signaturesOf } from './signing.ts';

/** Makes ids of equal transactions differ; 2⁶⁴ of them before a collision is likely. */
export const SALT_BYTES = 16;
/** More than any release policy asks for. */
export const SIGNATURES_MAX = 128;
/** A publisher's id, `recovery:` and one, or `member:` or `validator:` and a member's id. */
const SENDER_PATTERN = /^(member:|validator:|recovery:)?[a-z0-9-]{2,40}$/;
const SENDER_BYTES_MAX = 50;

const unsignedFields = {
  version: version(1),
  chain: recurring(hash),
  sender: recurring(text(SENDER_BYTES_MAX, SENDER_PATTERN)),
  salt: bytesOf(SALT_BYTES),
  /** The including block's time is at most this. */
  validUntil: time,
  operations: list(operationSchema, OPERATIONS_CAP),
} as const;

export const unsignedTransactionSchema = tuple(unsignedFields);
export type UnsignedTransaction = TypeOf<typeof unsignedTransactionSchema>;

export const transactionSchema = tuple({
  ...unsignedFields,
  /** Sorted by key, without duplicates. */
  signatures: ascending(tuple({ key: recurring(publicKey), signature }), SIGNATURES_MAX, (a, b) =>
    compareBytes(a.key, b.key),
  ),
});
export type Transaction = TypeOf<typeof transactionSchema>;

/** Who a transaction speaks for. */
export interface Sender {
  readonly kind: 'publisher' | 'recovery' | 'member' | 'validator';
  /** The publisher's, or the member's. */
  readonly id: string;
}

/** Reads a transaction's `sender`, whose form the codec has checked. */
export function senderOf(text: string): Sender {
  const colon = text.indexOf(':');
  if (colon < 0) return { kind: 'publisher', id: text };
  const [kind, id] = [text.slice(0, colon), text.slice(colon + 1)];
  return { kind: kind === 'member' || kind === 'recovery' ? kind : 'validator', id };
}

/** A decoded transaction with the bytes that came and their id. */
export interface ReceivedTransaction {
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
  readonly id: Uint8Array;
  /** What `keyOf` answers, once it was asked. */
  key?: string | undefined;
  /** What `leafOf` answers, once it was asked. */
  leaf?: string | undefined;
}

/** The id as a key for maps. */
export function keyOf(received: ReceivedTransaction): string {
  received.key ??= keyText(received.id);
  return received.key;
}

/**
 * Names all bytes of a transaction: its leaf hash in the tree of a block's transactions, as a key
 * for maps. Another transaction of the same id, otherwise signed, has another one.
 */
export function leafOf(received: ReceivedTransaction): string {
  received.leaf ??= leafText(received.bytes);
  return received.leaf;
}

/** The id, and what each signature covers: everything but the signatures. */
export function transactionId(unsigned: UnsignedTransaction): Uint8Array {
  return bytesOfKey(keyOfUnsigned(unsigned));
}

function keyOfUnsigned(unsigned: UnsignedTransaction): string {
  return keyOfBody(unsigned.chain, encode(unsignedTransactionSchema, unsigned));
}

/** What each signature covers, as a signer gets it: its hash is the id. */
function signableOf(unsigned: UnsignedTransaction): Signable {
  const body = encode(unsignedTransactionSchema, unsigned);
  return { domain: DOMAIN.transaction, chain: unsigned.chain, body };
}

function keyOfBody(chain: Uint8Array, ...body: readonly Uint8Array[]): string {
  return domainText(DOMAIN.transaction, chain, ...body);
}

/** Where ids lie: an array of 32 bytes by itself is three objects, a piece is one. */
const ids = new Arena();

function bytesOfKey(key: string): Uint8Array {
  const id = ids.take(HASH_BYTES);
  writeText(id, 0, key);
  return id;
}

/** Signs with each of `signers` and gives the canonical bytes. */
export function signTransaction(
  unsigned: UnsignedTransaction,
  signers: readonly KeyPair[],
): ReceivedTransaction {
  const id = transactionId(unsigned);
  return joinSignatures(
    unsigned,
    signers.map((keys) => ({ key: keys.publicKey, signature: sign(id, keys) })),
  );
}

/** As `signTransaction`, by keys that may be kept elsewhere. */
export async function signedBy(
  unsigned: UnsignedTransaction,
  signers: readonly Signer[],
): Promise<ReceivedTransaction> {
  return joinSignatures(unsigned, await signaturesOf(signableOf(unsigned), signers));
}

/** Whether there are signatures, all of them good; not whether these keys may sign. */
export function isSignedWell({ transaction, id }: ReceivedTransaction, verify: Verify): boolean {
  const { signatures } = transaction;
  return (
    signatures.length > 0 && signatures.every(({ key, signature }) => verify(signature, id, key))
  );
}

/** What signatures cover, and they. */
export type Signed = Pick<ReceivedTransaction, 'id'> & {
  readonly transaction: Pick<Transaction, 'signatures'>;
};

/** What `isSignedWell` checks, to be checked elsewhere: signatures cover the id. */
export function signatureChecks({ transaction, id }: Signed): SignatureCheck[] {
  return transaction.signatures.map(({ key, signature }) => ({ signature, message: id, key }));
}

/**
 * `isSignedWell` of each.
 *
 * @param outcomes of their `signatureChecks`, one behind the other; 1 = good
 */
export function signedWell(
  transactions: readonly ReceivedTransaction[],
  outcomes: Uint8Array,
): boolean[] {
  let at = 0;
  return transactions.map(({ transaction }) => {
    const from = at;
    at += transaction.signatures.length;
    let good = at > from;
    for (let i = from; i < at; i++) if (outcomes[i] !== 1) good = false;
    return good;
  });
}

/** Joins signatures, of different keys, that were made one by one; they are not checked. */
export function joinSignatures(
  unsigned: UnsignedTransaction,
  signatures: Transaction['signatures'],
): ReceivedTransaction {
  const sorted = [...signatures].sort((a, b) => compareBytes(a.key, b.key));
  const transaction = { ...unsigned, signatures: sorted };
  return received(transaction, encode(transactionSchema, transaction), keyOfUnsigned(unsigned));
}

/** The array of six fields has this first byte; with the signatures it is one more. */
const UNSIGNED_MARK = Uint8Array.of(0x96);

/** An array of two, and two pieces of binary, each with its length in one byte. */
const SIGNATURE_PAIR_BYTES = 1 + 2 + PUBLIC_KEY_BYTES + 2 + SIGNATURE_BYTES;

/** The list of signatures is the end of the bytes, and there is one way to write it. */
function signaturesAt({ signatures }: Transaction, bytes: Uint8Array): number {
  const headBytes = signatures.length < 16 ? 1 : 3;
  return bytes.length - headBytes - signatures.length * SIGNATURE_PAIR_BYTES;
}

/**
 * Decodes and checks form, not signatures; the id hashes the received bytes, of which the
 * transaction holds views.
 */
export function decodeTransaction(
  bytes: Uint8Array,
  bytesMax: number,
): Result<ReceivedTransaction, DecodeCode> {
  const decoded = decodeViews(transactionSchema, bytes, bytesMax);
  if (!decoded.ok) return decoded;
  const transaction = decoded.value;
  const body = bytes.subarray(1, signaturesAt(transaction, bytes));
  return success(received(transaction, bytes, keyOfBody(transaction.chain, UNSIGNED_MARK, body)));
}

/** What `decodeTransaction` made of the same bytes before. */
export function decodeAgain(bytes: Uint8Array): Transaction {
  const decoded = decodeViews(transactionSchema, bytes, bytes.length);
  invariant(decoded.ok, 'what was decoded decodes');
  return decoded.value;
}

/** With all members in place, so that whoever reads them finds them at once. */
function received(transaction: Transaction, bytes: Uint8Array, key: string): ReceivedTransaction {
  return { transaction, bytes, id: bytesOfKey(key), key, leaf: undefined };
}
