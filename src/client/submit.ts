/**
 * Making transactions final. The bytes are signed once; resending them is safe, because their id is
 * used up once, so a node that died or never heard of them gets the very same bytes.
 */
import { toBase64url } from '../common/bytes.ts';
import { ZtcError } from '../common/errors.ts';
import type { KeyPair } from '../common/signature.ts';
import {
  type ReceivedTransaction,
  SALT_BYTES,
  signTransaction,
  type UnsignedTransaction,
} from '../ledger/transaction.ts';
import type { AnswerOf } from './answers.ts';
import type { Client } from './client.ts';
import { TransportError } from './errors.ts';
import { pause } from './pause.ts';
import { CALL_TIMEOUT_MS } from './transport.ts';
import { hashText } from './views.ts';

/** A transaction without salt and signatures. */
export type TransactionDraft = Pick<
  UnsignedTransaction,
  'chain' | 'sender' | 'operations' | 'validUntil'
>;

export interface TransactionPlan extends TransactionDraft {
  readonly keys: KeyPair;
  /** Further keys that sign, where the sender asks for several. */
  readonly cosigners?: readonly KeyPair[];
}

/** With a fresh random salt. */
export function unsignedTransaction(draft: TransactionDraft): UnsignedTransaction {
  const { chain, sender, operations, validUntil } = draft;
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return { version: 1, chain, sender, salt, validUntil, operations };
}

/** Signs with a fresh random salt. */
export function buildTransaction(plan: TransactionPlan): ReceivedTransaction {
  const { keys, cosigners = [] } = plan;
  return signTransaction(unsignedTransaction(plan), [keys, ...cosigners]);
}

/** What became of a transaction; `pending` when time ran out first. */
export type TransactionFate = AnswerOf<'tx_wait'>;

/** A node waits for us this long at most in one call; shorter than what cuts idle connections. */
const WAIT_STEP_MS = 10_000;
/** Between tries while no node can be reached. */
const RETRY_MS = 500;

export interface WaitOptions {
  /** In ms from now. */
  readonly timeoutMs: number;
  readonly now: () => number;
}

/**
 * Submits and waits until the transaction is final, rejected or expired.
 *
 * @throws TransportError where no node took it, RpcError where one refused it
 */
export async function submitAndWait(
  client: Client,
  transaction: ReceivedTransaction,
  options: WaitOptions,
): Promise<TransactionFate> {
  const until = options.now() + options.timeoutMs;
  const bytes = toBase64url(transaction.bytes);
  await client.call('tx_submit', { tx: bytes });
  return waitUntil(client, hashText(transaction.id), {
    until,
    now: options.now,
    onUnknown: async () => void (await client.call('tx_submit', { tx: bytes })),
  });
}

/** Waits for a transaction that was submitted before; `unknown` when no node ever saw it. */
export function waitForTransaction(
  client: Client,
  id: string,
  options: WaitOptions,
): Promise<TransactionFate> {
  const until = options.now() + options.timeoutMs;
  return waitUntil(client, id, { until, now: options.now });
}

interface Waiting {
  readonly until: number;
  readonly now: () => number;
  /** When a node that we fell back to doesn't know it. */
  readonly onUnknown?: () => Promise<void>;
}

async function waitUntil(client: Client, id: string, waiting: Waiting): Promise<TransactionFate> {
  let status: TransactionFate['status'] = waiting.onUnknown ? 'pending' : 'unknown';
  for (;;) {
    const left = Math.max(0, waiting.until - waiting.now());
    const timeoutMs = Math.min(left, WAIT_STEP_MS);
    let idle = false;
    try {
      const options = { timeoutMs: timeoutMs + CALL_TIMEOUT_MS };
      const fate = await client.call('tx_wait', { hash: id, timeoutMs }, options);
      if (fate.status !== 'pending' && fate.status !== 'unknown') return fate;
      idle = fate.status === 'unknown';
      if (idle && waiting.onUnknown) await waiting.onUnknown();
      else status = fate.status;
    } catch (error) {
      if (!isPassing(error)) throw error;
      idle = true;
    }
    if (left === 0) return { hash: id, status };
    if (idle) await pause(Math.min(RETRY_MS, left), client.signal);
  }
}

/** The transaction may still become final, whoever is down at the moment. */
function isPassing(error: unknown): boolean {
  return error instanceof TransportError
    ? error.code !== 'INTERRUPTED'
    : error instanceof ZtcError && error.code === 'SYNCING';
}
