/** A chain and the nodes that are asked about it: what the functions of the SDK take first. */
import { ZtcError } from '../common/errors.ts';
import { assetFromText } from '../ledger/primitives.ts';
import { type AskedAt, resolveAt } from './at.ts';
import { type Client, createClient as createCaller } from './client.ts';
import { KnownValidators } from './known-validators.ts';
import type { ProofContext } from './proof.ts';
import type { Transport } from './transport.ts';
import type { Trust } from './trust.ts';

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

/** Which state is asked for. */
export interface WhichState {
  /** The state after this block must be in the answer. */
  readonly minHeight?: number | undefined;
  /** As of an earlier block, or the last one not after a time (ms since 1970 UTC). */
  readonly at?: AskedAt | undefined;
}

/** A certified head older than this is no verdict, unless the caller says otherwise. */
export const MAX_AGE_MS = 5 * 60_000;

/**
 * A client of a chain, by nodes that it need not trust.
 *
 * @example
 * const trust = trustGenesis(genesisText);
 * const client = createClient({ transport: fallback([http(url), http(otherUrl)]), trust });
 * (await authenticate(client, digest, { publisher: 'acme' })).status; // → 'TRUSTED'
 */
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

/** The context of a question about some state. @throws as `resolveAt` */
export async function contextOf(client: LedgerClient, which: WhichState): Promise<ProofContext> {
  const at = await resolveAt(client.caller, which.at);
  return { ...client.context(which.minHeight), at };
}

/** The asset of a digest. @throws ZtcError USAGE */
export function assetOf(digest: string): Uint8Array {
  const asset = assetFromText(digest);
  if (asset !== undefined) return asset;
  throw new ZtcError('USAGE', `${digest} is no SHA-256 digest: sha256: and 64 hexadecimal digits`);
}
