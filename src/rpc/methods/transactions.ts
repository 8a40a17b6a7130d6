/** `tx_*`: the way in, and what became of it. */
import { fromBase64url, toBase64url } from '../../common/bytes.ts';
import { encode } from '../../common/codec/index.ts';
import { ZtcError } from '../../common/errors.ts';
import { publicKeyToText } from '../../common/signature.ts';
import { inclusionSchema } from '../../ledger/inclusion.ts';
import type { StoredTransaction } from '../../state/ledger.ts';
import { finalTransaction, operationView } from '../block-views.ts';
import type { Handlers, Services } from '../handler.ts';
import { proveTransaction } from '../proving.ts';
import { hashOf, refuseHeight } from '../reading.ts';
import { Refusal, refuse } from '../refusal.ts';
import type { MethodName, ResultOf } from '../schema/index.ts';
import { WAIT_MS_DEFAULT } from '../schema/transactions.ts';
import { hashText, timeText } from '../views.ts';

export type TransactionMethod = Extract<MethodName, `tx_${string}`>;

/** How often a wait looks whether the mempool dropped the transaction. */
const MEMPOOL_LOOK_MS = 1_000;

export function transactionHandlers(services: Services): Handlers<TransactionMethod> {
  return {
    tx_submit: ({ tx }) => submit(services, tx),
    tx_submitMany: async ({ txs }) => ({
      items: await Promise.all(txs.map((tx) => submitOne(services, tx))),
    }),
    tx_wait: ({ hash, timeoutMs }) =>
      waitFor(services, hashOf(hash), Date.now() + (timeoutMs ?? WAIT_MS_DEFAULT)),
    tx_get: ({ hash, under }) => get(services, hashOf(hash), under),
  };
}

async function submit(services: Services, text: string): Promise<ResultOf<'tx_submit'>> {
  const bytes = fromBase64url(text);
  if (bytes === undefined) {
    refuse('INVALID_PARAMS', { message: 'not base64url', field: 'tx' });
  }
  const submitted = await services.context.submit(bytes);
  if (submitted.ok) {
    const { id, validUntil, known } = submitted.value;
    services.submitted.remember(id, validUntil);
    const final = known ? outcome(services, id) : undefined;
    return final ?? { hash: hashText(id), status: 'pending' };
  }
  const { id, code, message, retryAfterMs = 0 } = submitted;
  // Final long ago, or while its signatures were checked: then nothing else matters.
  const final = id && outcome(services, id);
  if (final !== undefined) return final;
  const named = id === undefined ? {} : { txHash: hashText(id) };
  if (code === 'MEMPOOL_FULL' || code === 'QUOTA_EXCEEDED') {
    refuse('LIMIT_EXCEEDED', { code, message, retryable: true, retryAfterMs, ...named });
  }
  refuse('TX_REJECTED', { code, message, ...named });
}

/** One of many: a refusal is its own answer. */
async function submitOne(
  services: Services,
  tx: string,
): Promise<ResultOf<'tx_submitMany'>['items'][number]> {
  try {
    return await submit(services, tx);
  } catch (error) {
    // It was final here once, in a block that is no longer kept.
    if (error instanceof ZtcError && error.code === 'PRUNED') {
      return { status: 'refused', code: error.code, message: error.message, retryable: false };
    }
    if (!(error instanceof Refusal)) throw error;
    const { message, data } = error.error;
    const { code, retryable, txHash: hash } = data;
    return { status: 'refused', ...(hash !== undefined && { hash }), code, message, retryable };
  }
}

/** What is certain about a transaction: where it stands in a final block. */
function outcome(services: Services, id: Uint8Array) {
  const found = services.context.ledger.transaction(id);
  if (found === undefined) return undefined;
  const { height, result } = found;
  const rejected = result.code !== '';
  return {
    hash: hashText(id),
    status: rejected ? ('rejected' as const) : ('final' as const),
    height,
    ...(rejected ? { code: result.code } : {}),
  };
}

async function waitFor(
  services: Services,
  id: Uint8Array,
  deadline: number,
): Promise<ResultOf<'tx_wait'>> {
  const { context, heads } = services;
  const isFinal = (): boolean => context.ledger.heightOfTransaction(id) !== undefined;
  while (!isFinal() && context.pending(id)) {
    const left = deadline - Date.now();
    if (left <= 0) return { hash: hashText(id), status: 'pending' };
    await heads.wait(isFinal, Math.min(left, MEMPOOL_LOOK_MS));
  }
  const found = context.ledger.transaction(id);
  if (found === undefined) return { hash: hashText(id), status: lost(services, id) };
  const { height, index, result } = found;
  const time = timeText(context.ledger.header(height)?.time ?? 0);
  const place = { hash: hashText(id), height, time, index };
  return result.code === ''
    ? { ...place, status: 'final' }
    : { ...place, status: 'rejected', code: result.code };
}

/** Neither final nor waiting: why? */
function lost(services: Services, id: Uint8Array): 'expired' | 'unknown' {
  const validUntil = services.submitted.validUntil(id);
  const now = services.context.ledger.head.header.time;
  return validUntil !== undefined && validUntil < now ? 'expired' : 'unknown';
}

function get(services: Services, id: Uint8Array, under: number | undefined): ResultOf<'tx_get'> {
  const { ledger } = services.context;
  const found = ledger.transaction(id);
  if (found === undefined) return null;
  const { transaction } = finalTransaction(found.bytes);
  return {
    hash: hashText(id),
    status: found.result.code === '' ? 'final' : 'rejected',
    height: found.height,
    time: timeText(ledger.header(found.height)?.time ?? 0),
    index: found.index,
    sender: transaction.sender,
    validUntil: timeText(transaction.validUntil),
    operations: transaction.operations.map(operationView),
    signatures: transaction.signatures.map(({ key, signature }) => ({
      key: publicKeyToText(key),
      signature: toBase64url(signature),
    })),
    bytes: toBase64url(found.bytes),
    result: { code: found.result.code },
    ...(under === undefined ? {} : { proof: proofOf(services, found, under) }),
  };
}

function proofOf({ context }: Services, found: StoredTransaction, under: number): string {
  const { ledger } = context;
  const head = ledger.head.header.height;
  if (under > head) refuseHeight(under, head);
  if (found.height >= under) {
    refuse('NOT_FOUND', {
      code: 'NOT_BELOW',
      message: `block ${under} is not above the transaction's: ${found.height}`,
      retryable: false,
      field: 'under',
    });
  }
  return toBase64url(encode(inclusionSchema, proveTransaction(ledger, found, under)));
}
