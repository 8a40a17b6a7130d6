/**
 * Evidence of equivocation: two votes of one validator in one view that no honest one signs both.
 * It proves the fault by itself, to anybody who knows the validator set of its epoch. Which pairs
 * these are, and why they name f + 1 signers of any fork, is in the README of `src/consensus`.
 */
import { compareBytes, equalBytes } from '../common/bytes.ts';
import {
  type DecodeCode,
  decode,
  encode,
  oneOf,
  type TypeOf,
  tuple,
  version,
} from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import type { Validator, ValidatorSet } from './validators.ts';
import { VOTE, VOTE_BYTES_MAX, type Vote, verifyVote, voteSchema } from './vote.ts';

export const FAULT = {
  CONFLICTING_ACCEPT: 1,
  CONFLICTING_FINALIZE: 2,
  NULLIFY_FINALIZE: 3,
} as const;
export type FaultKind = (typeof FAULT)[keyof typeof FAULT];

/** How a kind of fault is spelled where people read it. */
export const FAULT_NAMES = {
  [FAULT.CONFLICTING_ACCEPT]: 'conflicting-accept',
  [FAULT.CONFLICTING_FINALIZE]: 'conflicting-finalize',
  [FAULT.NULLIFY_FINALIZE]: 'nullify-finalize',
} as const satisfies Record<FaultKind, string>;

export const evidenceSchema = tuple({
  version: version(1),
  kind: oneOf(FAULT.CONFLICTING_ACCEPT, FAULT.CONFLICTING_FINALIZE, FAULT.NULLIFY_FINALIZE),
  /** The nullify, or of two blocks the one with the lower hash: one pair has one spelling. */
  first: voteSchema,
  second: voteSchema,
});
export type Evidence = TypeOf<typeof evidenceSchema>;

/** Two votes and their framing. */
export const EVIDENCE_BYTES_MAX = 2 * VOTE_BYTES_MAX + 16;

/** What a pair of votes says about the one who signed both. */
type Pair = Pick<Vote, 'kind' | 'block'>;

/** The fault that lies in signing both of these in one view; undefined where there is none. */
export function faultOf(a: Pair, b: Pair): FaultKind | undefined {
  if (a.kind === b.kind) {
    if (a.block === null || b.block === null || equalBytes(a.block, b.block)) return undefined;
    return a.kind === VOTE.ACCEPT ? FAULT.CONFLICTING_ACCEPT : FAULT.CONFLICTING_FINALIZE;
  }
  // Accepting goes with either of the others, whatever the block: an honest validator may accept
  // one block, and then finalize the other that the quorum took, or give the view up.
  const accepts = a.kind === VOTE.ACCEPT || b.kind === VOTE.ACCEPT;
  return accepts ? undefined : FAULT.NULLIFY_FINALIZE;
}

/** Of two votes of one validator in one view; undefined where they don't contradict each other. */
export function evidenceOf(a: Vote, b: Vote): Evidence | undefined {
  const kind = faultOf(a, b);
  if (kind === undefined) return undefined;
  const [first, second] = inOrder(a, b) ? [a, b] : [b, a];
  return { version: 1, kind, first, second };
}

function inOrder(a: Vote, b: Vote): boolean {
  if (a.block === null || b.block === null) return a.block === null;
  return compareBytes(a.block, b.block) < 0;
}

export function encodeEvidence(evidence: Evidence): Uint8Array {
  return encode(evidenceSchema, evidence);
}

export function decodeEvidence(bytes: Uint8Array): Result<Evidence, DecodeCode> {
  return decode(evidenceSchema, bytes, EVIDENCE_BYTES_MAX);
}

export type EvidenceCode =
  | 'EVIDENCE_CHAIN'
  | 'EVIDENCE_PAIR'
  | 'EVIDENCE_SIGNER'
  | 'EVIDENCE_SIGNATURE';

/** Who did what, as evidence proves it. */
export interface Accusation {
  /** Its member and voting key. */
  readonly validator: Validator;
  readonly epoch: number;
  readonly view: number;
  readonly kind: FaultKind;
}

/** Checks everything about evidence. `set` is that of the epoch which the votes name. */
export function verifyEvidence(
  evidence: Evidence,
  chain: Uint8Array,
  set: ValidatorSet,
  verify: Verify,
): Result<Accusation, EvidenceCode> {
  const { kind, first, second } = evidence;
  if (!equalBytes(first.chain, chain) || !equalBytes(second.chain, chain)) {
    return failure('EVIDENCE_CHAIN', 'a vote on another chain');
  }
  const together =
    first.validator === second.validator &&
    first.epoch === second.epoch &&
    first.view === second.view;
  if (!together || faultOf(first, second) !== kind || !inOrder(first, second)) {
    return failure('EVIDENCE_PAIR', 'the votes do not make this fault of one validator in a view');
  }
  const validator = set[first.validator];
  if (validator === undefined) {
    return failure('EVIDENCE_SIGNER', `validator ${first.validator} is unknown`);
  }
  if (!verifyVote(first, set, verify) || !verifyVote(second, set, verify)) {
    return failure('EVIDENCE_SIGNATURE', `a signature is not that of ${validator.member}`);
  }
  return success({ validator, epoch: first.epoch, view: first.view, kind });
}
