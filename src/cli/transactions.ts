/** Making operations final: split into transactions, signed, submitted, waited for. */

import { ProofError, TransportError } from '../client/errors.ts';
import { pause } from '../client/pause.ts';
import { submitAndWait, type TransactionFate, unsignedTransaction } from '../client/submit.ts';
import { hashText } from '../client/views.ts';
import { encode } from '../common/codec/index.ts';
import { ZtcError } from '../common/errors.ts';
import { publicKeyToText } from '../common/signature.ts';
import { type Operation, operationSchema } from '../ledger/operations.ts';
import type { Signer } from '../ledger/signing.ts';
import {
  type ReceivedTransaction,
  signedBy,
  type UnsignedTransaction,
} from '../ledger/transaction.ts';
import { CliError, describeError, usageError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { type Io, note } from './output.ts';
import { REASONS } from './reasons.ts';
import type { Session } from './session.ts';

/** A transaction without its operations, with room for its framing and 16 signatures. */
const ENVELOPE_BYTES = 2048;

/** Splits operations, in order, into as few transactions as the chain's limits allow. */
export function splitOperations<T extends { readonly operation: Operation }>(
  entries: readonly T[],
  limits: { readonly operationsMax: number; readonly bytesMax: number },
): T[][] {
  const chunks: T[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = encode(operationSchema, entry.operation).length;
    const last = chunks.at(-1);
    const fits =
      last !== undefined && last.length < limits.operationsMax && bytes + size <= limits.bytesMax;
    if (fits) {
      last.push(entry);
      bytes += size;
    } else {
      chunks.push([entry]);
      bytes = ENVELOPE_BYTES + size;
    }
  }
  return chunks;
}

/** The limits of the chain for `splitOperations`. */
export function limitsOf(session: Session): { operationsMax: number; bytesMax: number } {
  const { transactionOperationsMax, transactionBytesMax } = session.status.limits;
  return { operationsMax: Math.max(1, transactionOperationsMax), bytesMax: transactionBytesMax };
}

/** After a pause of the whole chain its head is old until the next heartbeat, at most this long. */
const FRESH_HEAD_WAIT_MS = 15_000;
const FRESH_HEAD_POLL_MS = 300;

/**
 * Ledger time until which transactions made now shall be includable: half the validity from the
 * head on. An old head would make them expire before they are included, so a newer one is awaited.
 */
export async function validUntil(session: Session, io: Io): Promise<number> {
  return (await headTime(session, io)) + Math.floor(session.status.limits.maxValidityMs / 2);
}

/** Ledger time of a head that is not old. */
export async function headTime(session: Session, io: Io): Promise<number> {
  const half = Math.floor(session.status.limits.maxValidityMs / 2);
  const first = Date.parse(session.status.head.time);
  const started = io.now();
  let head = first;
  // A head that moves is fresh, whatever the clock of this machine says.
  const isOld = (): boolean => head === first && io.now() - head > half / 2;
  while (isOld() && io.now() - started < FRESH_HEAD_WAIT_MS && !io.signal.aborted) {
    await pause(FRESH_HEAD_POLL_MS, io.signal);
    head = Date.parse((await session.client.call('chain_status', {})).head.time);
  }
  return head;
}

/** A transaction that is final and applied. */
export interface FinalTransaction {
  readonly id: string;
  readonly height: number;
  /** RFC 3339; the node's word. */
  readonly time: string | null;
}

export interface SendOptions {
  readonly session: Session;
  readonly sender: string;
  readonly signers: readonly Signer[];
  readonly operations: readonly Operation[];
  readonly validUntil: number;
  readonly timeoutMs: number;
}

/**
 * Sends one transaction and returns when it is final.
 *
 * @throws CliError NOT_FINAL, TX_EXPIRED, INTERRUPTED or the code of the rejection, with the id
 */
export async function sendTransaction(options: SendOptions, io: Io): Promise<FinalTransaction> {
  const { session, signers, timeoutMs } = options;
  const unsigned = unsignedTransaction({ ...options, chain: session.chain });
  return submitted(session, await signedOnce(unsigned, signers), timeoutMs, io);
}

/** Signs with each of them. @throws CliError USAGE where one stands twice */
export async function signedOnce(
  unsigned: UnsignedTransaction,
  signers: readonly Signer[],
): Promise<ReceivedTransaction> {
  const keys = signers.map(({ publicKey }) => publicKeyToText(publicKey));
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) {
    throw usageError(`${twice} is given twice`, 'an approval is another key: name each once');
  }
  return signedBy(unsigned, signers);
}

/** Sends what is signed already. @throws as `sendTransaction` */
export async function submitted(
  { client }: Session,
  transaction: ReceivedTransaction,
  timeoutMs: number,
  io: Io,
): Promise<FinalTransaction> {
  const id = hashText(transaction.id);
  try {
    const fate = await submitAndWait(client, transaction, { timeoutMs, now: io.now });
    return finalOf(id, fate);
  } catch (error) {
    throw withTransaction(id, error);
  }
}

/** A final and applied transaction, or an error that says what else became of it. */
export function finalOf(id: string, fate: TransactionFate): FinalTransaction {
  const details = { transaction: id, ...(fate.height !== undefined && { height: fate.height }) };
  switch (fate.status) {
    case 'final':
      if (fate.height === undefined) {
        throw new CliError('BAD_ANSWER', 'the node calls it final without a height', { details });
      }
      return { id, height: fate.height, time: fate.time ?? null };
    case 'rejected': {
      const code = fate.code ?? 'TX_REJECTED';
      const message = 'the transaction was included, but rejected';
      const exit = describeError(new ZtcError(code, '')).exit;
      throw new CliError(code, message, {
        details,
        hint: REASONS.get(code)?.meaning,
        exit: exit === EXIT.AUTH ? EXIT.AUTH : EXIT.REJECTED,
      });
    }
    case 'expired':
      throw new CliError('TX_EXPIRED', 'the transaction expired before it was included', {
        details,
        hint: 'run the command again',
      });
    case 'pending':
    case 'unknown':
      throw new CliError('NOT_FINAL', `submitted, but not final yet: ${id}`, {
        details,
        hint: `it may still become final: ztc tx wait ${id}`,
      });
  }
}

/** Adds the id: whoever was cut off has to be able to ask what became of it. */
function withTransaction(id: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  const { code, message, hint, exit } = describeError(error);
  const asked =
    error instanceof TransportError ? `what became of it: ztc tx wait ${id}` : undefined;
  return new CliError(code, message, {
    details: { transaction: id },
    exit,
    hint: asked ?? hint,
    cause: error,
  });
}

/**
 * Runs a check of proven state behind a write. What can't be checked now (no node, too old) is only
 * not verified; what is checked and fails is PROOF_INVALID.
 */
export async function isConfirmed(
  check: () => Promise<boolean>,
  transaction: FinalTransaction,
  session: Session,
  io: Io,
): Promise<boolean> {
  try {
    if (await check()) return session.origin !== 'node-claimed';
    const url = session.client.transport.urls[0] as string;
    const message = `transaction ${transaction.id} is called final, but its effect is not there`;
    throw new ProofError('PROOF_EFFECT', url, message);
  } catch (error) {
    const { code, message } = describeError(error);
    if (code === 'PROOF_INVALID' || code === 'INTERRUPTED') throw error;
    note(io, `warning: final, but not proven yet: ${message}`);
    return false;
  }
}
