/** The node's side of `src/ledger/proven-state.ts`: state entries, their proofs, and finality. */
import { type Json, toJson } from '../common/codec/index.ts';
import { invariant } from '../common/errors.ts';
import { PROVEN_ENTRIES_MAX, type ProvenState, provenStateSchema } from '../ledger/proven-state.ts';
import type { Ledger } from '../state/ledger.ts';
import type { StateReader } from '../state/reader.ts';
import { refuse } from './refusal.ts';

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
  const provingHeight = reader.height + 1;
  const header = ledger.headerBytes(provingHeight);
  const finality = ledger.finality(provingHeight);
  invariant(header !== undefined && finality !== undefined, 'the block above is final');
  return {
    version: 1,
    header,
    finality,
    treeRoot: reader.treeRoot,
    entries: keys.map((key) => ({
      key,
      value: reader.get(key) ?? null,
      proof: reader.prove(key),
    })),
  };
}

export function provenStateJson(proven: ProvenState): { readonly [name: string]: Json } {
  return toJson(provenStateSchema, proven) as { readonly [name: string]: Json };
}
