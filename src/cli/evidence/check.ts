/** Checking evidence against validator sets that are proven, and saying it in words. */
import { toBase64url } from '../../common/bytes.ts';
import type { Json } from '../../common/codec/index.ts';
import { publicKeyToText, verify } from '../../common/signature.ts';
import {
  type Accusation,
  type Evidence,
  encodeEvidence,
  FAULT_NAMES,
  verifyEvidence,
} from '../../ledger/evidence.ts';
import type { ChainTrust } from '../../ledger/finality.ts';
import { CliError } from '../errors.ts';

const FAULT_WORDS = {
  1: 'accepted two different blocks',
  2: 'finalized two different blocks',
  3: 'gave the view up and finalized a block in it',
} as const;

/**
 * @param sets those that were proven, from the genesis's on
 * @throws CliError EVIDENCE_EPOCH, and those of `verifyEvidence`
 */
export function checkEvidence(evidence: Evidence, sets: readonly ChainTrust[]): Accusation {
  const { epoch } = evidence.first;
  const trust = sets.findLast((set) => set.epoch <= epoch);
  if (trust === undefined) throw new CliError('EVIDENCE_EPOCH', `there is no epoch ${epoch}`);
  const checked = verifyEvidence(evidence, trust.chain, trust.validators, verify);
  if (checked.ok) return checked.value;
  throw new CliError(checked.code, checked.message);
}

export function accusationJson(
  evidence: Evidence,
  accused: Accusation,
): { readonly [name: string]: Json } {
  const { validator, epoch, view, kind } = accused;
  return {
    member: validator.member,
    key: publicKeyToText(validator.key),
    epoch,
    view,
    kind: FAULT_NAMES[kind],
    bytes: toBase64url(encodeEvidence(evidence)),
  };
}

export function accusationText({ validator, epoch, view, kind }: Accusation): string {
  return `${validator.member} ${FAULT_WORDS[kind]} in view ${view} of epoch ${epoch}`;
}
