/** Writing: signed here, made final by the chain; what did not come to that is an error. */
import { encode } from '../common/codec/index.ts';
import { Refusal } from '../common/codec/refusal.ts';
import { ZtcError } from '../common/errors.ts';
import { keyPairOf } from '../common/signature.ts';
import type { Detached } from '../ledger/detached.ts';
import {
  OPERATION,
  type Operation,
  operationSchema,
  STATUS,
  type StatementOperation,
} from '../ledger/operations.ts';
import { hiding } from '../ledger/private-words.ts';
import { TransactionError } from './errors.ts';
import { assetOf, type LedgerClient } from './ledger-client.ts';
import { openingOf, type Words, wordsOf } from './private.ts';
import {
  buildTransaction,
  submitAndWait,
  type TransactionFate,
  waitForTransaction,
} from './submit.ts';

const FINALITY_TIMEOUT_MS = 30_000;

/** A publisher that signs: its id, and the 32 bytes of its secret key. */
export interface Signer {
  readonly publisher: string;
  readonly secretKey: Uint8Array;
}

/** A transaction that is final and was applied. */
export interface Written {
  /** The transaction's id, `0x…`. */
  readonly hash: string;
  /** Of its block: with `minHeight`, later reads see what was written. */
  readonly height: number;
  /** RFC 3339; the node's word. */
  readonly time: string | null;
}

export interface Notarization extends Words {
  readonly digest: string;
  /** What is said of it; TRUSTED by default. */
  readonly status?: keyof typeof STATUS;
  readonly kind?: string;
  readonly reason?: string;
  /** Makes name, version, size and attributes private: see `privateSalt`. */
  readonly salt?: Uint8Array;
  /** The publisher's PGP or X.509 signature on it (`ztc/detached`). */
  readonly detached?: Detached;
}

/**
 * States something on a digest (TRUSTED, unless said otherwise) and waits until that is final.
 *
 * @throws TransactionError; TransportError where no node took it, RpcError where one refused it;
 *   ZtcError USAGE where no ledger takes what is said
 * @example
 * const said = { digest, name: 'app.tgz', version: '1.4.0' };
 * const { height } = await notarize(client, signer, said);
 * const asked = { publisher: 'acme', minHeight: height };
 * (await authenticate(client, digest, asked)).statement?.version; // → '1.4.0'
 */
export async function notarize(
  client: LedgerClient,
  signer: Signer,
  said: Notarization,
  timeoutMs?: number,
): Promise<Written> {
  const asset = assetOf(said.digest);
  const clear: StatementOperation = {
    op: OPERATION.STATEMENT,
    asset,
    status: STATUS[said.status ?? 'TRUSTED'],
    ...wordsOf(said),
    kind: said.kind ?? 'file',
    reason: said.reason ?? '',
    commitment: null,
    detached: said.detached ?? null,
  };
  return submitOperations(client, signer, [inPublic(clear, client, signer, said)], timeoutMs);
}

/** What goes to the ledger of it. */
function inPublic(
  clear: StatementOperation,
  { trust }: LedgerClient,
  { publisher }: Signer,
  { salt, ...words }: Notarization,
): StatementOperation {
  if (salt === undefined) return clear;
  // Before they are hidden: of a commitment nobody could tell that no ledger takes its words.
  checkOperation(clear);
  const committed = { chain: trust.origin.chain, publisher, asset: clear.asset };
  return hiding(clear, committed, openingOf({ salt, ...words }).salt).operation;
}

/**
 * Waits for a transaction (`0x…`) that was submitted before.
 *
 * @throws TransactionError where it is not final, or was rejected; TransportError, RpcError
 * @example
 * const { hash, height } = await notarize(client, signer, { digest });
 * (await waitForFinality(client, { hash })).height === height; // → true
 */
export async function waitForFinality(
  client: LedgerClient,
  transaction: { readonly hash: string; readonly timeoutMs?: number },
): Promise<Written> {
  const { hash, timeoutMs = FINALITY_TIMEOUT_MS } = transaction;
  const { now } = client.context();
  return writtenOf(await waitForTransaction(client.caller, hash, { timeoutMs, now }));
}

/** Signs the operations as one transaction and waits. As `notarize`. */
export async function submitOperations(
  client: LedgerClient,
  signer: Signer,
  operations: readonly Operation[],
  timeoutMs: number = FINALITY_TIMEOUT_MS,
): Promise<Written> {
  operations.forEach(checkOperation);
  const { now } = client.context();
  const { head, limits } = await client.caller.call('chain_status', {});
  const transaction = buildTransaction({
    chain: client.trust.origin.chain,
    sender: signer.publisher,
    keys: keyPairOf(signer.secretKey),
    operations,
    validUntil: Math.max(Date.parse(head.time), now()) + Math.floor(limits.maxValidityMs / 2),
  });
  return writtenOf(await submitAndWait(client.caller, transaction, { timeoutMs, now }));
}

/** @throws ZtcError USAGE where no ledger takes it */
function checkOperation(operation: Operation): void {
  try {
    encode(operationSchema, operation);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new ZtcError('USAGE', `this can't be written: ${error.path}: ${error.what}`);
  }
}

/** @throws TransactionError, ZtcError BAD_ANSWER */
function writtenOf({ hash, status, height, time, code }: TransactionFate): Written {
  switch (status) {
    case 'final':
      if (height !== undefined) return { hash, height, time: time ?? null };
      throw new ZtcError('BAD_ANSWER', 'the node calls it final without a height');
    case 'rejected':
      throw new TransactionError(code ?? 'TX_REJECTED', hash, 'it was included, but rejected');
    case 'expired':
      throw new TransactionError('TX_EXPIRED', hash, 'it expired before it was included');
    case 'pending':
    case 'unknown':
      throw new TransactionError('NOT_FINAL', hash, 'it is not final yet');
  }
}
