/**
 * What each validator signed in each view, as votes and in certificates, also after the view is
 * final: whoever signs the contrary, however late, names itself. Bounded by the evidence window in
 * ledger time and by the number of signatures.
 */
import { equalBytes } from '../../common/bytes.ts';
import { evidenceOf, faultOf } from '../../ledger/evidence.ts';
import { type Certificate, VOTE, type Vote, type VoteKind } from '../../ledger/vote.ts';
import { SIGNATURES_KEPT_MAX } from './limits.ts';
import type { Kept, SignedView } from './signed-view.ts';
import { type CoreState, emit } from './state.ts';

/** The kinds that a vote can contradict. */
const OPPOSED = {
  [VOTE.ACCEPT]: [VOTE.ACCEPT],
  [VOTE.NULLIFY]: [VOTE.FINALIZE],
  [VOTE.FINALIZE]: [VOTE.FINALIZE, VOTE.NULLIFY],
} as const satisfies Record<VoteKind, readonly VoteKind[]>;

type Subject = Pick<Vote, 'kind' | 'chain' | 'epoch' | 'view' | 'block'>;

const keyOf = ({ epoch, view }: Pick<Vote, 'epoch' | 'view'>): string => `${epoch}/${view}`;

/** Keeps a vote whose signature is good, and names its signer if it signed the contrary. */
export function noteSigned(state: CoreState, vote: Vote): void {
  keep(state, viewOf(state, vote), vote, vote.validator, vote.signature);
}

/** The same for everybody who stands in a good certificate. */
export function noteSigners(state: CoreState, certificate: Certificate): void {
  const kept = viewOf(state, certificate);
  for (const { validator, signature } of certificate.signatures) {
    keep(state, kept, certificate, validator, signature);
  }
}

function viewOf(state: CoreState, subject: Subject): SignedView {
  const { views } = state.signed;
  const key = keyOf(subject);
  let kept = views.get(key);
  if (kept === undefined) {
    const { epoch, view } = subject;
    kept = {
      epoch,
      view,
      closedAt: undefined,
      [VOTE.ACCEPT]: new Map(),
      [VOTE.NULLIFY]: new Map(),
      [VOTE.FINALIZE]: new Map(),
      named: new Map(),
    };
    views.set(key, kept);
    state.signed.open.push(kept);
  }
  return kept;
}

function keep(
  state: CoreState,
  kept: SignedView,
  subject: Subject,
  validator: number,
  signature: Uint8Array,
): void {
  for (const [against, earlier] of contradictions(kept, subject, validator)) {
    const { chain, epoch, view } = subject;
    const about = { version: 1, chain, epoch, view, validator } as const;
    const evidence = evidenceOf(
      { ...about, kind: against, ...earlier },
      { ...about, kind: subject.kind, block: subject.block, signature },
    );
    if (evidence === undefined) continue;
    const named = kept.named.get(validator) ?? new Set();
    kept.named.set(validator, named.add(evidence.kind));
    emit(state, { type: 'evidence', evidence });
  }
  const same = kept[subject.kind];
  if (same.has(validator)) return;
  same.set(validator, { block: shared(same, subject.block), signature });
  state.signed.signatures++;
}

/** One copy of a hash for all who signed it. */
function shared(same: ReadonlyMap<number, Kept>, block: Uint8Array | null): Uint8Array | null {
  const [first] = same.values();
  if (first === undefined || first.block === null || block === null) return block;
  return equalBytes(first.block, block) ? first.block : block;
}

/** What is kept of this validator that the vote contradicts, and for which it isn't named yet. */
function contradictions(
  kept: SignedView,
  subject: Subject,
  validator: number,
): (readonly [VoteKind, Kept])[] {
  return OPPOSED[subject.kind].flatMap((against) => {
    const earlier = kept[against].get(validator);
    if (earlier === undefined) return [];
    const fault = faultOf({ kind: against, ...earlier }, subject);
    const isNew = fault !== undefined && kept.named.get(validator)?.has(fault) !== true;
    return isNew ? [[against, earlier] as const] : [];
  });
}

/**
 * The votes in a certificate or by themselves that would name their signer, if their signatures
 * are good: asked of what is of no other use any more, before any signature is checked.
 */
export function suspectsIn(state: CoreState, given: Certificate | Vote): Vote[] {
  const kept = state.signed.views.get(keyOf(given));
  if (kept === undefined || !equalBytes(given.chain, state.chain)) return [];
  if (!('signatures' in given)) {
    return contradictions(kept, given, given.validator).length > 0 ? [given] : [];
  }
  const { signatures, ...subject } = given;
  return signatures
    .filter(({ validator }) => contradictions(kept, subject, validator).length > 0)
    .map((signed) => ({ ...subject, ...signed }));
}

/** What is kept of a view, in the form of certificates, though maybe of less than a quorum. */
export function keptOf(state: CoreState, epoch: number, view: number): Certificate[] {
  const kept = state.signed.views.get(keyOf({ epoch, view }));
  if (kept === undefined) return [];
  return [VOTE.ACCEPT, VOTE.NULLIFY, VOTE.FINALIZE].flatMap((kind) => {
    const [first] = kept[kind].values();
    if (first === undefined) return [];
    const { block } = first;
    const signatures = [...kept[kind]]
      .filter(([, each]) => each.block === block)
      .sort(([a], [b]) => a - b)
      .map(([validator, { signature }]) => ({ validator, signature }));
    return [{ version: 1, kind, chain: state.chain, epoch, view, block, signatures } as const];
  });
}

/** Forgets final views that have left the evidence window, or that are too many. */
export function pruneSigned(state: CoreState): void {
  const { signed, head, parameters, epoch } = state;
  signed.open = signed.open.filter((kept) => {
    if (kept.epoch === epoch && kept.view > head.view) return true;
    kept.closedAt = head.header.time;
    return false;
  });
  const oldest = head.header.time - parameters.evidenceWindowMs;
  for (const [key, { closedAt, ...kept }] of signed.views) {
    if (closedAt === undefined) return;
    if (closedAt >= oldest && signed.signatures <= SIGNATURES_KEPT_MAX) return;
    signed.views.delete(key);
    signed.signatures -= kept[VOTE.ACCEPT].size + kept[VOTE.NULLIFY].size;
    signed.signatures -= kept[VOTE.FINALIZE].size;
  }
}
