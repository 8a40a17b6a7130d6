/**
 * From the genesis's validators to those of any later epoch. Where an epoch ends with a change of
 * validators, its last block's header names the next set, and a quorum of the set before finalized
 * that block: who trusts one set can follow such links to the next ones, in order. Pure.
 *
 *   const known = followLinks({ trust: trustOf(genesis), links, verify });
 *   known.value.at(-1)                     // trust for `verifyProvenState` in later epochs
 *
 * Epochs that end without a change need no link. What old validators can still do with their keys
 * is sign another continuation; who looks often enough knows the newer set before that.
 */
import { equalBytes } from '../common/bytes.ts';
import { bytesUpTo, type TypeOf, tuple, version } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { HEADER_BYTES_MAX } from './block.ts';
import { type ChainTrust, type FinalityCode, verifyFinality } from './finality.ts';
import { validatorSetSchema, validatorsHash } from './validators.ts';
import { certificateSchema } from './vote.ts';

/** Of one answer of a node: with the largest sets (30 KB in JSON) far below its greatest answer. */
export const LINKS_MAX = 64;

/** A header, a certificate and a set of the largest size. */
export const VALIDATOR_LINK_BYTES_MAX = 32 * 1024;

export const validatorLinkSchema = tuple({
  version: version(1),
  /** Of the last block of an epoch. */
  header: bytesUpTo(HEADER_BYTES_MAX),
  /** The block's own finalization. */
  certificate: certificateSchema,
  /** The set that the header names as the next one. */
  validators: validatorSetSchema,
});
export type ValidatorLink = TypeOf<typeof validatorLinkSchema>;

export type LinkCode =
  | FinalityCode
  /** The header is not that of an epoch's last block, or its validators stay. */
  | 'PROOF_BOUNDARY'
  /** The set given is not the one that the header names. */
  | 'PROOF_VALIDATORS';

/** Follows links in order; the answer holds the set that each leads to. */
export function followLinks(options: {
  readonly trust: ChainTrust;
  readonly links: readonly ValidatorLink[];
  readonly verify: Verify;
}): Result<readonly ChainTrust[], LinkCode> {
  const reached: ChainTrust[] = [];
  for (const link of options.links) {
    const followed = followLink(reached.at(-1) ?? options.trust, link, options.verify);
    if (!followed.ok) return followed;
    reached.push(followed.value);
  }
  return success(reached);
}

function followLink(
  trust: ChainTrust,
  { header: bytes, certificate, validators }: ValidatorLink,
  verify: Verify,
): Result<ChainTrust, LinkCode> {
  const finality = { certificate, headers: [] };
  const final = verifyFinality({ trust, header: bytes, finality, verify });
  if (!final.ok) return final;
  const { header } = final.value;
  if (equalBytes(header.nextValidators, header.validators)) {
    return failure('PROOF_BOUNDARY', `block ${header.height} changes no validators`);
  }
  if (!equalBytes(header.nextValidators, validatorsHash(trust.chain, validators))) {
    return failure('PROOF_VALIDATORS', `block ${header.height} names other validators`);
  }
  return success({ chain: trust.chain, epoch: header.epoch + 1, validators });
}
