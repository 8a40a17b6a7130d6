/** What all proofs of the present state have in common. */

import type { KnownValidators } from '../../../client/known-validators.ts';
import { MAX_AGE_MS } from '../../../client/ledger-client.ts';
import type { ProofContext, ReadProof } from '../../../client/proof.ts';
import { hashText } from '../../../client/views.ts';
import type { ProvenHead } from '../../../ledger/finality.ts';
import { count, duration, short } from '../text.ts';
import type { Progress } from './steps.ts';
import { signersDetail } from './trust.ts';

/** The newest head that this page verified: older answers are stale. */
let newest: ProvenHead | undefined;

/** What an answer is held against. @param minHeight whose state must be in it */
export function contextOf(validators: KnownValidators, minHeight: number): ProofContext {
  // This device's own clock: the node's would make every old answer fresh.
  return { validators, newest, maxAgeMs: MAX_AGE_MS, minHeight, now: Date.now };
}

export function seen({ head }: ReadProof['view']): void {
  if (head.height > (newest?.height ?? -1)) newest = head;
}

/** The steps from the certificate to the state that it stands for. */
export function reportState(
  progress: Progress,
  validators: KnownValidators,
  { view, proven }: ReadProof,
): void {
  const { certificate } = proven.finality;
  const block = `Block ${count(view.head.height)}, ${short(hashText(view.head.hash))}`;
  progress.done('final', `${block}: ${signersDetail(validators, certificate)}.`);
  const entries = count(proven.entries.length, 'entry').replace('entrys', 'entries');
  const state = `${entries} of the state after block ${count(view.height)}, under one proof.`;
  progress.done('state', state);
  const age = duration(Date.now() - view.head.time);
  progress.done('fresh', `The newest block proven is ${age} old, by this device’s clock.`);
}
