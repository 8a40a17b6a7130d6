/** The validator set of an epoch, and its arithmetic. */
import { compareText, equalBytes } from '../common/bytes.ts';
import { ascending, encode, type TypeOf, tuple } from '../common/codec/index.ts';
import { DOMAIN, domainHash } from '../common/hash.ts';
import { id, publicKey } from './primitives.ts';

/** More than any consortium here needs; bounds certificates. */
export const VALIDATORS_MAX = 128;

export const validatorSchema = tuple({
  /** The member whose node this is; at most one voting key a member and epoch. */
  member: id,
  /** Votes only. */
  key: publicKey,
});
export type Validator = TypeOf<typeof validatorSchema>;

/** In order of member id; a vote names its signer by the position here. */
export const validatorSetSchema = ascending(validatorSchema, VALIDATORS_MAX, (a, b) =>
  compareText(a.member, b.member),
);
export type ValidatorSet = TypeOf<typeof validatorSetSchema>;

export function sameValidators(a: ValidatorSet, b: ValidatorSet): boolean {
  const same = (validator: Validator, i: number): boolean => {
    const other = b[i];
    return validator.member === other?.member && equalBytes(validator.key, other.key);
  };
  return a.length === b.length && a.every(same);
}

/** How many Byzantine validators of `count` are tolerated: ⌊(n − 1) / 3⌋. */
export function faultsTolerated(count: number): number {
  return Math.floor((count - 1) / 3);
}

/** How many votes of one kind make a certificate: n − f. */
export function quorumOf(count: number): number {
  return count - faultsTolerated(count);
}

/** The leader of a view: rotates every view; views of an epoch count from 1. */
export function leaderOf(view: number, count: number): number {
  return (view - 1) % count;
}

export function validatorsHash(chain: Uint8Array, set: ValidatorSet): Uint8Array {
  return domainHash(DOMAIN.validators, chain, encode(validatorSetSchema, set));
}
