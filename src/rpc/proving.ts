/** The node's side of `src/ledger/finality.ts` and `proven-state.ts`: proofs from the store. */
import { toBase64url } from '../common/bytes.ts';
import { encode, type Json, toJson } from '../common/codec/index.ts';
import { invariant } from '../common/errors.ts';
import { resultSchema } from '../ledger/block.ts';
import {
  type FinalHeaderProof,
  type Finality,
  finalitySchema,
  historySchema,
} from '../ledger/finality.ts';
import type { Inclusion } from '../ledger/inclusion.ts';
import { inclusionProof, sidesOf, subtreesOf } from '../ledger/merkle/prover.ts';
import { shareProofs } from '../ledger/merkle/shared.ts';
import { PROVEN_ENTRIES_MAX, type ProvenState, shownSchema } from '../ledger/proven-state.ts';
import type { Ledger, StoredTransaction } from '../state/ledger.ts';
import type { StateReader } from '../state/reader.ts';
import { perHead } from './per-head.ts';
import { refuse } from './refusal.ts';

/** Makes that of the newest header, which most proofs rest on, once a head. */
const newestProofs = new WeakMap<Ledger, () => FinalHeaderProof>();

/**
 * Proves that the block of `height`, final here, is final: by a finalization where that is the
 * newest one, else as part of the newest block's history.
 */
export function proveHeader(ledger: Ledger, height: number): FinalHeaderProof {
  if (height !== ledger.head.header.height) return headerProof(ledger, height);
  const newest =
    newestProofs.get(ledger) ??
    perHead(ledger, () => headerProof(ledger, ledger.head.header.height));
  newestProofs.set(ledger, newest);
  return newest();
}

function headerProof(ledger: Ledger, height: number): FinalHeaderProof {
  const newest = ledger.head.header.height;
  const header = ledger.headerBytes(height);
  invariant(header !== undefined, 'the block is final');
  // Below, there may be none, nor any need of it.
  const finality = height < ledger.retained.blocks ? undefined : ledger.finality(height);
  if (finality !== undefined && height + finality.headers.length === newest) {
    return { header, history: null, finality };
  }
  const [above, certified] = [ledger.headerBytes(newest), ledger.finality(newest)];
  invariant(above !== undefined, 'the head is stored');
  if (certified === undefined) {
    refuse('SYNCING', { code: 'SYNCING', message: 'no block of this chain is final yet' });
  }
  const path = ledger.historyProof(height, newest);
  return { header, history: { header: above, path }, finality: certified };
}

/** Proves a transaction and its result under the header of a later block. */
export function proveTransaction(
  ledger: Ledger,
  { height, index, bytes, result }: StoredTransaction,
  under: number,
): Inclusion {
  const [header, above] = [ledger.headerBytes(height), ledger.headerBytes(height + 1)];
  invariant(header !== undefined && above !== undefined, 'the header above is final');
  const transactions = ledger.block(height)?.transactions ?? [];
  const results = ledger.results(height).map((each) => encode(resultSchema, each));
  const count = transactions.length;
  const isNext = height + 1 === under;
  const path = isNext ? [] : ledger.historyProof(height + 1, under);
  return {
    version: 1,
    transaction: bytes,
    code: result.code,
    header,
    sides: sidesOf(count, index),
    path: inclusionProof(subtreesOf(transactions), count, index),
    resultPath: inclusionProof(subtreesOf(results), count, index),
    next: isNext ? null : { header: above, path },
  };
}

/**
 * Proves what the state of `reader` holds at `keys`, under the header of the block after it, which
 * must be final here.
 */
export function proveState(
  ledger: Ledger,
  reader: StateReader,
  keys: readonly string[],
): ProvenState {
  if (keys.length > PROVEN_ENTRIES_MAX) {
    refuse('LIMIT_EXCEEDED', { code: 'PROOF_TOO_LARGE', message: 'the proof has too many parts' });
  }
  const entries = keys.map((key) => ({ key, value: reader.get(key) ?? null }));
  return {
    version: 3,
    ...proveHeader(ledger, reader.height + 1),
    ...shareProofs(entries, (key) => reader.prove(key)),
  };
}

type JsonObject = { readonly [name: string]: Json };

/** As `provenStateSchema` writes it. */
export function provenStateJson(proven: ProvenState): JsonObject {
  const shown = toJson(shownSchema, proven) as JsonObject;
  return { version: proven.version, ...finalHeaderFieldsJson(proven), ...shown };
}

/** As `finalHeaderSchema` writes it. */
export function finalHeaderJson(proof: FinalHeaderProof): JsonObject {
  return { version: 1, ...finalHeaderFieldsJson(proof) };
}

/** Of finalizations that proofs share. */
const finalityJsons = new WeakMap<Finality, Json>();

function finalHeaderFieldsJson({ header, history, finality }: FinalHeaderProof): JsonObject {
  const json = finalityJsons.get(finality) ?? toJson(finalitySchema, finality);
  finalityJsons.set(finality, json);
  return {
    header: toBase64url(header),
    history: history === null ? null : toJson(historySchema, history),
    finality: json,
  };
}
