/**
 * The SDK, for browsers and Node: what `import … from 'ztc/client'` gives.
 *
 *   const trust = trustGenesis(genesisText);
 *   const client = createClient({ transport: fallback([http(a), http(b)]), trust });
 *   const verdict = await authenticate(client, 'sha256:…', { publisher: 'acme' });
 *   if (verdict.status === 'TRUSTED') …
 *
 * Every answer was proven under `trust` before it is returned; one that doesn't prove itself is
 * thrown as ProofError, one that is old as STALE. The functions take the client first.
 */
import { ZtcError } from '../common/errors.ts';
import { keyPairOf } from '../common/signature.ts';
import { OPERATION, STATUS, type StatementOperation } from '../ledger/operations.ts';
import { assetFromText } from '../ledger/primitives.ts';
import { formatReceipt } from '../ledger/receipt.ts';
import { type AskedAt, resolveAt } from './at.ts';
import { askAsset, askRecord } from './authenticate.ts';
import { type Client, createClient as createCaller } from './client.ts';
import { KnownValidators } from './known-validators.ts';
import type { ProofContext } from './proof.ts';
import { fetchReceipt } from './receipt.ts';
import {
  buildTransaction,
  submitAndWait,
  type TransactionFate,
  waitForTransaction,
} from './submit.ts';
import type { Transport } from './transport.ts';
import type { Trust } from './trust.ts';
import {
  type Asked,
  type AssetVerdict,
  assetVerdict,
  type VerifiedRecord,
  verifiedRecord,
} from './verified.ts';

export { ZtcError } from '../common/errors.ts';
export { ProofError, RpcError, TransportError } from './errors.ts';
export { type FeedEvent, readFeed } from './events.ts';
export { fallback, http, type Transport } from './transport.ts';
export { type Trust, trustGenesis } from './trust.ts';
export type { Asked, AssetVerdict, VerifiedRecord } from './verified.ts';
export { ReceiptError, type VerifiedReceipt, verifyReceipt } from './verify-receipt.ts';

export interface LedgerClientOptions {
  readonly transport: Transport;
  readonly trust: Trust;
  /** How old a certified head may be, in ms; older is STALE. */
  readonly maxAgeMs?: number;
  /** Aborts everything that this client waits for. */
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970 UTC. */
  readonly now?: () => number;
}

/** Keeps the validators and the newest head that were proven: it never goes back. */
export interface LedgerClient {
  readonly caller: Client;
  readonly trust: Trust;
  /** What the next answer is held against. */
  context(minHeight?: number): ProofContext;
  /** Keeps a proven head where it is the newest. */
  seen(head: ProofContext['newest']): void;
}

const MAX_AGE_MS = 5 * 60_000;
const FINALITY_TIMEOUT_MS = 30_000;

export function createClient(options: LedgerClientOptions): LedgerClient {
  const { transport, trust, signal, maxAgeMs = MAX_AGE_MS, now = Date.now } = options;
  const validators = new KnownValidators(trust.origin);
  let newest: ProofContext['newest'];
  return {
    caller: createCaller({ transport, ...(signal !== undefined && { signal }) }),
    trust,
    context: (minHeight = 0) => ({ validators, newest, maxAgeMs, minHeight, now }),
    seen: (head) => {
      if (head !== undefined && head.height > (newest?.height ?? -1)) newest = head;
    },
  };
}

export interface AuthenticateOptions extends Asked {
  /** The state after this block must be in the answer. */
  readonly minHeight?: number;
  /** As of an earlier block, or the last one not after a time (ms since 1970 UTC). */
  readonly at?: AskedAt;
}

/** May I trust what has this digest (`sha256:…`), now? @throws ProofError, ZtcError STALE, … */
export async function authenticate(
  client: LedgerClient,
  digest: string,
  options: AuthenticateOptions = {},
): Promise<AssetVerdict> {
  const asset = assetOf(digest);
  const at = await resolveAt(client.caller, client.trust.origin.chain, options.at);
  const context = { ...client.context(options.minHeight), at };
  const { answer, view } = await askAsset(client.caller, asset, context);
  client.seen(view.head);
  return assetVerdict(asset, answer, view, options);
}

/** The text of a receipt: what `authenticate` answers, to be proven with no network. */
export async function receiptOf(client: LedgerClient, digest: string): Promise<string> {
  const context = client.context();
  const proven = await askAsset(client.caller, assetOf(digest), context);
  client.seen(proven.view.head);
  return formatReceipt(await fetchReceipt(client.caller, proven, context.validators));
}

/** A publisher that signs: its id, and the 32 bytes of its secret key. */
export interface Signer {
  readonly publisher: string;
  readonly secretKey: Uint8Array;
}

export interface Notarization {
  readonly digest: string;
  readonly name?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly size?: number | null;
  readonly attributes?: { readonly [key: string]: string };
}

/** States TRUSTED on a digest and waits until that is final. @throws TransportError, RpcError */
export async function notarize(
  client: LedgerClient,
  signer: Signer,
  said: Notarization,
  timeoutMs: number = FINALITY_TIMEOUT_MS,
): Promise<TransactionFate> {
  const attributes = Object.entries(said.attributes ?? {}).map(([key, value]) => ({ key, value }));
  const operation: StatementOperation = {
    op: OPERATION.STATEMENT,
    asset: assetOf(said.digest),
    status: STATUS.TRUSTED,
    name: said.name ?? '',
    version: said.version ?? '',
    kind: said.kind ?? 'file',
    size: said.size ?? null,
    attributes: attributes.sort((a, b) => (a.key < b.key ? -1 : 1)),
    reason: '',
  };
  const { head, limits } = await client.caller.call('chain_status', {});
  const transaction = buildTransaction({
    chain: client.trust.origin.chain,
    sender: signer.publisher,
    keys: keyPairOf(signer.secretKey),
    operations: [operation],
    validUntil: Math.max(Date.parse(head.time), client.context().now()) + limits.maxValidityMs / 2,
  });
  return submitAndWait(client.caller, transaction, { timeoutMs, now: client.context().now });
}

/** What became of a transaction (`0x…`) that was submitted before. */
export function waitForFinality(
  client: LedgerClient,
  transaction: { readonly hash: string; readonly timeoutMs?: number },
): Promise<TransactionFate> {
  const { hash, timeoutMs = FINALITY_TIMEOUT_MS } = transaction;
  return waitForTransaction(client.caller, hash, { timeoutMs, now: client.context().now });
}

/** Records under namespaces (`publisher/name`). */
export const records = {
  /** The current revision, or that there is none. @throws as `authenticate` */
  async get(
    client: LedgerClient,
    record: { readonly namespace: string; readonly key: string; readonly minHeight?: number },
  ): Promise<VerifiedRecord> {
    const { namespace, key, minHeight } = record;
    const context = client.context(minHeight);
    const { answer, view } = await askRecord(client.caller, { namespace, key }, context);
    client.seen(view.head);
    return verifiedRecord(namespace, key, answer, view);
  },
};

function assetOf(digest: string): Uint8Array {
  const asset = assetFromText(digest);
  if (asset !== undefined) return asset;
  throw new ZtcError('USAGE', `${digest} is no SHA-256 digest: sha256: and 64 hexadecimal digits`);
}
