/**
 * One command's talk with a chain: which nodes, under which genesis, and what is remembered of it.
 *
 * The genesis is `given` (`--genesis`), `pinned` (trust file), or, on this machine only, what the
 * node claims. A node of another chain than the given or a pinned one is refused (exit 20).
 */

import type { AnswerOf } from '../client/answers.ts';
import { resolveAt } from '../client/at.ts';
import { type Client, createClient } from '../client/client.ts';
import { KnownValidators } from '../client/known-validators.ts';
import type { ProofContext } from '../client/proof.ts';
import { httpTransport } from '../client/transport.ts';
import { hashText, timeText } from '../client/views.ts';
import { equalBytes, fromHex } from '../common/bytes.ts';
import { verify } from '../common/signature.ts';
import { type ProvenHead, trustOf } from '../ledger/finality.ts';
import { parseGenesisFile, readGenesisDocument } from '../ledger/genesis-file.ts';
import { type FullGenesis, verifyGenesis } from '../ledger/genesis-signatures.ts';
import {
  type Checkpoint,
  genesisCheckpoint,
  headOf,
  TRUST_PERIOD_MS,
  trustFrom,
} from '../ledger/light-client.ts';
import { CliError, usageError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { readText } from './home/files.ts';
import { isLoopback, parseAt, parseCount, parseDuration, parseUrl } from './options.ts';
import { type Io, note, printable } from './output.ts';
import {
  hintOf,
  readTrust,
  type Trust,
  type TrustedChain,
  trustedChain,
  trustFilePath,
  updateTrust,
  withCheckpoint,
  withHead,
  withHint,
} from './trust/trust-file.ts';

/** Where the genesis came from. */
export type TrustOrigin = 'pinned' | 'given' | 'node-claimed';

export interface SessionArgs {
  readonly rpc?: readonly string[] | undefined;
  readonly genesis?: string | undefined;
  readonly 'min-height'?: number | undefined;
  readonly 'max-age'?: string | undefined;
  readonly at?: string | undefined;
}

/** What an answer is judged under, online or from a receipt. */
export interface Standing {
  readonly origin: TrustOrigin;
  readonly genesis: FullGenesis;
  /** Publishers pinned for this chain. */
  readonly pinned: readonly string[];
  /** Certificates that X.509 signatures have to lead to, in DER. */
  readonly roots: readonly Uint8Array[];
  /** What their authorities revoked, as far as it was given, in DER. */
  readonly revocationLists: readonly Uint8Array[];
  /** The node that answers; undefined: none was asked. */
  readonly node: string | undefined;
}

/** What a command came to know of a chain. */
export interface Seen {
  readonly head?: ProvenHead;
  /** How high we wrote. */
  readonly written?: number;
  readonly checkpoint?: Checkpoint;
}

export interface Session extends Standing {
  readonly client: Client;
  readonly chain: Uint8Array;
  /** As the first node says; only `chain` was compared. */
  readonly status: AnswerOf<'chain_status'>;
  readonly proof: ProofContext;
  /** From the genesis on, whatever is known beyond: what the links in receipts lead from. */
  readonly fromGenesis: KnownValidators;
  /** Where the light client was: from here on answers are believed. */
  readonly checkpoint: Checkpoint;
  /** Keeps the newest verified head, and how high we wrote. */
  remember(seen: Seen): Promise<void>;
}

const DEFAULT_MAX_AGE = '5m';

/**
 * @param mayBeOld whether the checkpoint may be from before the trust period: then the caller asks
 *   for a second source
 * @throws CliError, TransportError, RpcError
 */
export async function openSession(args: SessionArgs, io: Io, mayBeOld = false): Promise<Session> {
  const askedAt = parseAt(args.at);
  const file = trustFilePath(io.env);
  const trust = await readTrust(file);
  const given = args.genesis === undefined ? undefined : await knownGenesis(args.genesis, trust);
  const urls = chooseUrls(args.rpc, trust, given?.chain);
  if (given === undefined && trust.chains.length === 0) requireLoopback(urls);
  const client = createClient({
    transport: httpTransport({ urls, fetch: io.fetch }),
    signal: io.signal,
  });
  const status = await client.call('chain_status', {}, firstContact(urls));
  const known = knownChain(trust, given, status.chain, urls);
  const entry = known && trustedChain(trust, known.chain);
  const origin = given !== undefined ? 'given' : known !== undefined ? 'pinned' : 'node-claimed';
  const genesis = known?.signed ?? (await fetchGenesis(client, known?.chain, status.chain));
  const chainTrust = trustOf(genesis.genesis);
  const { chain } = chainTrust;
  if (origin === 'node-claimed') {
    const remedy = `ztc trust add ${urls[0]}`;
    note(io, `warning: no genesis is pinned, so the node is taken at its word (${remedy})`);
  }
  if (entry?.checkpoint && !mayBeOld) requireRecent(entry.checkpoint, io.now());
  const at = await resolveAt(client, askedAt);
  const checkpoint = entry?.checkpoint ?? genesisCheckpoint(genesis.genesis);
  const minHeight = args['min-height'];
  let latest = trust;
  return {
    client,
    origin,
    chain,
    genesis,
    status,
    checkpoint,
    fromGenesis: new KnownValidators(chainTrust),
    pinned: entry?.publishers ?? [],
    roots: trust.roots,
    revocationLists: trust.revocationLists,
    get node() {
      return client.transport.urls[0];
    },
    proof: {
      validators: new KnownValidators(trustFrom(checkpoint)),
      newest: entry?.head ?? undefined,
      maxAgeMs: parseDuration('max-age', args['max-age'] ?? DEFAULT_MAX_AGE),
      minHeight:
        minHeight === undefined ? hintOf(trust, chain) : parseCount('min-height', minHeight),
      at,
      now: io.now,
    },
    remember: async (seen) => {
      const change = (current: Trust): Trust => withSeen(current, chain, seen);
      if (change(latest) === latest) return;
      latest = change(latest);
      // What was reached stands, even where nothing can be remembered (a read-only home in CI).
      await updateTrust(file, change).catch((error: Error) =>
        note(io, `warning: ${error.message}`),
      );
    },
  };
}

/** Validators of so long ago may have sold their keys: alone they prove nothing any more. */
function requireRecent(checkpoint: Checkpoint, now: number): void {
  const { time } = headOf(checkpoint);
  if (now - time <= TRUST_PERIOD_MS) return;
  throw new CliError(
    'CHECKPOINT_OLD',
    `the checkpoint that answers rest on is of ${timeText(time)}`,
    {
      hint: 'move it on, with nodes of two members: ztc light --once --rpc URL --rpc URL',
      exit: EXIT.UNREACHABLE,
    },
  );
}

function withSeen(trust: Trust, chain: Uint8Array, { head, written, checkpoint }: Seen): Trust {
  let next = head === undefined ? trust : withHead(trust, chain, head);
  if (written !== undefined) next = withHint(next, chain, written);
  return checkpoint === undefined ? next : withCheckpoint(next, chain, checkpoint);
}

/** The nodes that a command without verification asks. @throws CliError USAGE, TRUST_FILE */
export async function rpcUrls(
  rpc: readonly string[] | undefined,
  io: Io,
): Promise<readonly string[]> {
  return chooseUrls(rpc, await readTrust(trustFilePath(io.env)), undefined);
}

/** Where there are others, a node that says nothing at all is given up sooner. */
const FIRST_CONTACT_MS = 3_000;

function firstContact(urls: readonly string[]): { timeoutMs?: number } {
  return urls.length > 1 ? { timeoutMs: FIRST_CONTACT_MS } : {};
}

export interface KnownGenesis {
  readonly chain: Uint8Array;
  /** Undefined: only the hash is known; the node has the rest. */
  readonly signed: FullGenesis | undefined;
}

/** A fingerprint: 64 hexadecimal digits, with or without 0x. */
export function parseFingerprint(text: string): Uint8Array | undefined {
  return /^(0x)?[0-9a-fA-F]{64}$/.test(text)
    ? fromHex(text.toLowerCase().replace(/^0x/, ''))
    : undefined;
}

/** The genesis that a file or fingerprint names. @throws CliError */
export async function knownGenesis(given: string, trust: Trust): Promise<KnownGenesis> {
  const fingerprint = parseFingerprint(given);
  if (fingerprint !== undefined) {
    return { chain: fingerprint, signed: trustedChain(trust, fingerprint)?.signed };
  }
  const document = parseGenesisFile(await readText(given));
  if (!document.ok) {
    throw new CliError(document.code, `${given} is no genesis file: ${document.message}`);
  }
  const { chain, ...signed } = document.value;
  // The chain covers the body only: of an unsigned file the node has the signatures.
  if (signed.signatures.length === 0) return { chain, signed: undefined };
  const checked = verifyGenesis(signed, verify);
  if (!checked.ok) throw new CliError(checked.code, `${given}: ${checked.message}`);
  return { chain, signed };
}

function chooseUrls(
  rpc: readonly string[] | undefined,
  trust: Trust,
  chain: Uint8Array | undefined,
): readonly string[] {
  if (rpc !== undefined && rpc.length > 0) return rpc.map((url) => parseUrl('--rpc', url));
  const entry = chain === undefined ? trust.chains[0] : trustedChain(trust, chain);
  if (chain === undefined && trust.chains.length > 1) {
    const names = trust.chains.map(({ signed }) => printable(signed.genesis.name)).join(', ');
    throw usageError(
      `several chains are trusted (${names})`,
      'choose by --rpc URL or --genesis HASH',
    );
  }
  if (entry !== undefined && entry.urls.length > 0) return entry.urls;
  throw usageError(
    'no node is given',
    'name one by --rpc URL or ZTC_RPC, or once for all: ztc trust add URL --fingerprint HEX',
  );
}

function requireLoopback(urls: readonly string[]): void {
  const remote = urls.find((url) => !isLoopback(url));
  if (remote === undefined) return;
  throw new CliError('TRUST_REQUIRED', `no genesis is known to check ${remote} against`, {
    hint: `run: ztc trust add ${remote} --fingerprint HEX\nor give it: --genesis FILE|HASH`,
  });
}

/** The genesis to hold the node against; undefined where none is known at all. */
function knownChain(
  trust: Trust,
  given: KnownGenesis | undefined,
  claimed: string,
  urls: readonly string[],
): KnownGenesis | TrustedChain | undefined {
  if (given !== undefined) {
    if (hashText(given.chain) === claimed) return given;
    throw mismatch(urls, claimed, `the given genesis makes ${hashText(given.chain)}`);
  }
  if (trust.chains.length === 0) return undefined;
  const pinned = trust.chains.find(({ chain }) => hashText(chain) === claimed);
  if (pinned !== undefined) return pinned;
  const names = trust.chains.map(
    ({ chain, signed }) => `${printable(signed.genesis.name)} ${hashText(chain)}`,
  );
  throw mismatch(urls, claimed, `trusted is ${names.join(', ')}`);
}

function mismatch(urls: readonly string[], claimed: string, known: string): CliError {
  const message = `${urls[0]} is on another chain (${printable(claimed)}): ${known}`;
  return new CliError('GENESIS_MISMATCH', message, {
    hint: `if you mean to trust that chain too: ztc trust add ${urls[0]} --fingerprint HEX`,
    exit: EXIT.PROOF_INVALID,
  });
}

/** The genesis from the node: under a known hash it proves itself, else it is a claim. */
async function fetchGenesis(
  client: Client,
  known: Uint8Array | undefined,
  claimed: string,
): Promise<FullGenesis> {
  const { result, url } = await client.ask('chain_genesis', {});
  const refuse = (what: string): CliError =>
    new CliError('PROOF_INVALID', `the genesis that ${url} gave is not good: ${what}`);
  const document = readGenesisDocument(result);
  if (!document.ok) throw refuse(document.message);
  const { chain, ...signed } = document.value;
  if (known === undefined ? hashText(chain) !== claimed : !equalBytes(chain, known)) {
    throw refuse(`it makes the chain ${hashText(chain)}`);
  }
  const checked = verifyGenesis(signed, verify);
  if (!checked.ok) throw refuse(checked.message);
  return signed;
}
