/**
 * Judging what a node proves: is it good under the genesis we know, and is it fresh? A proof that
 * fails is PROOF_INVALID; a good one of an old state is STALE, which is no verdict either.
 */
import { equalBytes } from '../common/bytes.ts';
import { fromJson, type Json } from '../common/codec/index.ts';
import { certifiedHeader, type ProvenHead } from '../ledger/finality.ts';
import {
  type ProvenState,
  type ProvenView,
  provenStateSchema,
  verifyProvenState,
} from '../ledger/proven-state.ts';
import type { ResolvedAt } from './at.ts';
import type { Client } from './client.ts';
import { ProofError, StaleError } from './errors.ts';
import type { KnownValidators } from './known-validators.ts';

/** What answers are held against. */
export interface ProofContext {
  readonly validators: KnownValidators;
  /** The newest head that was ever verified: what is older is no answer. */
  readonly newest: ProvenHead | undefined;
  /** How old a certified head may be, in ms. */
  readonly maxAgeMs: number;
  /** The state after this block must be in the answer. */
  readonly minHeight: number;
  /** Which state is asked for; the newest if left out. */
  readonly at?: ResolvedAt;
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

/** A proof that held: what it shows, and itself. */
export interface ReadProof {
  readonly view: ProvenView;
  readonly proven: ProvenState;
}

/**
 * @param url the node that gave the proof
 * @throws ProofError, or StaleError; TransportError, RpcError where links had to be fetched
 */
export async function readProof(
  client: Client,
  url: string,
  document: Json,
  context: ProofContext,
): Promise<ReadProof> {
  const proven = fromJson(provenStateSchema, document);
  if (!proven.ok) throw new ProofError(proven.code, url, proven.message);
  const { newest, validators } = context;
  const { trust, named, asked } = await validators.of(client, certifiedHeader(proven.value));
  if (!named && asked !== undefined && asked !== url) {
    // It may be behind: that says nothing against the one that gave the proof.
    throw staleError(`${asked} knows no later validators than those of epoch ${trust.epoch}`);
  }
  const view = verifyProvenState({ trust, proven: proven.value, verify: validators.verify });
  if (!view.ok) throw new ProofError(view.code, url, view.message);
  const { head } = view.value;
  if (newest?.height === head.height && !equalBytes(newest.hash, head.hash)) {
    const message = `its block ${head.height} is final, and so is another one verified before`;
    throw new ProofError('PROOF_FORK', url, message);
  }
  checkFresh(url, view.value, context);
  context.at?.check(url, view.value);
  return { view: view.value, proven: proven.value };
}

function checkFresh(url: string, view: ProvenView, context: ProofContext): void {
  const { head } = view;
  const { newest, maxAgeMs, minHeight } = context;
  if (newest !== undefined && head.height < newest.height) {
    const seen = `a head of height ${newest.height} was verified before`;
    throw staleError(`${url} answers as of height ${head.height}, but ${seen}`);
  }
  // A state that was asked for by its height is older on purpose; its proof is not.
  if (context.at?.height === undefined && view.height < minHeight) {
    throw staleError(`${url} answers as of height ${view.height}, asked was ${minHeight}`);
  }
  const age = context.now() - head.time;
  if (age <= maxAgeMs) return;
  const old = `${Math.round(age / 1000)} s old, allowed are ${Math.round(maxAgeMs / 1000)} s`;
  throw staleError(`the newest head that ${url} proves is ${old}`);
}

function staleError(message: string): StaleError {
  const hint = 'ask another node, or check the clock of this machine; this is no verdict';
  return new StaleError(message, hint);
}
