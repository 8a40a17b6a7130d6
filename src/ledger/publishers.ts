/**
 * Publishers as data and pure rules: what a key may sign, who vouches when, and the level that
 * follows from it. The same for execution, a node's answers and the clients that check proofs.
 */

import { EMPTY_BYTES } from '../common/bytes.ts';
import {
  bytesOf,
  encode,
  list,
  nullable,
  type TypeOf,
  text,
  tuple,
  uint,
  version,
} from '../common/codec/index.ts';
import { DOMAIN, HASH_BYTES } from '../common/hash.ts';
import { MEMBERS_MAX } from './genesis.ts';
import { id, publicKey, time } from './primitives.ts';
import { type Signable, signedHash } from './signing.ts';

const LABEL_BYTES_MAX = 64;
const SCOPE_BYTES_MAX = 64;
const SCOPE_PARTS_MAX = 4;
const KIND_PATTERN = /^[a-z0-9-]{1,32}$/;
/** A name, or the beginning of names and `*`. No control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const NAME_SCOPE_PATTERN = /^[^*\u0000-\u001f\u007f]{0,63}[^\u0000-\u001f\u007f]$/;

/** What a key may state something about; an empty list sets no limit. */
export const scopeSchema = tuple({
  /** Names of what is notarized: a name, or `PREFIX*`. */
  names: list(text(SCOPE_BYTES_MAX, NAME_SCOPE_PATTERN), SCOPE_PARTS_MAX),
  kinds: list(text(32, KIND_PATTERN), SCOPE_PARTS_MAX),
});
export type Scope = TypeOf<typeof scopeSchema>;

export const ANY_SCOPE: Scope = { names: [], kinds: [] };

export function fitsScope(
  scope: Scope,
  { name, kind }: { readonly name: string; readonly kind: string },
): boolean {
  const fits = (pattern: string): boolean =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  if (scope.kinds.length > 0 && !scope.kinds.includes(kind)) return false;
  return scope.names.length === 0 || scope.names.some(fits);
}

/** Who holds the key and where: a person, a build machine. */
export const keyLabel = text(LABEL_BYTES_MAX);

/** A publisher's key and when, in ledger time, it counts. */
export const publisherKeySchema = tuple({
  key: publicKey,
  label: keyLabel,
  validFrom: time,
  /** Null: until revoked. */
  validUntil: nullable(time),
  /** What was signed at this ledger time or later is bad. */
  compromisedSince: nullable(time),
  scope: scopeSchema,
});
export type PublisherKey = TypeOf<typeof publisherKeySchema>;

/** When a key counts. */
export type KeySpan = Pick<PublisherKey, 'validFrom' | 'validUntil' | 'compromisedSince'>;

/** Whether what the key signs at a ledger time is good. */
export function isKeyValidAt(
  { validFrom, validUntil, compromisedSince }: KeySpan,
  at: number,
): boolean {
  if (at < validFrom || (validUntil !== null && at > validUntil)) return false;
  return compromisedSince === null || at < compromisedSince;
}

/** What a publisher that is registered starts with: its keys count from then on, for anything. */
export function firstKeys(keys: readonly Uint8Array[], validFrom: number): PublisherKey[] {
  return keys.map((key) => ({
    key,
    label: '',
    validFrom,
    validUntil: null,
    compromisedSince: null,
    scope: ANY_SCOPE,
  }));
}

/** A member's word that a publisher is who it says. Withdrawn and expired ones stay in place. */
export const vouchSchema = tuple({
  member: id,
  from: time,
  /** It doesn't count from this ledger time on; null: until it is withdrawn. */
  until: nullable(time),
});
export type Vouch = TypeOf<typeof vouchSchema>;

/** Of one member on one publisher; the oldest are forgotten: nobody fills another's list. */
export const VOUCHES_PER_MEMBER_MAX = 4;
export const vouchesSchema = list(vouchSchema, MEMBERS_MAX * VOUCHES_PER_MEMBER_MAX);

export function isVouchedAt({ from, until }: Vouch, at: number): boolean {
  return from <= at && (until === null || at < until);
}

/**
 * The level at a ledger time: how many of `active`, the members that are active as of the state in
 * hand, vouched then. So a member that is gone vouches for nothing, whenever it did.
 */
export function levelAt(vouches: readonly Vouch[], active: readonly string[], at: number): number {
  return vouchersAt(vouches, active, at).length;
}

/** Those members, by id. */
export function vouchersAt(
  vouches: readonly Vouch[],
  active: readonly string[],
  at: number,
): string[] {
  return active.filter((member) =>
    vouches.some((vouch) => vouch.member === member && isVouchedAt(vouch, at)),
  );
}

/** How many keys have to sign a statement, at most. */
export const APPROVALS_MAX = 16;
export const approvals = uint(APPROVALS_MAX);

/** The SHA-256 of a recovery key, of which nothing else is known until it is used. */
export const recoveryHash = bytesOf(HASH_BYTES);

const keyProofBody = tuple({ version: version(1), publisher: id, key: publicKey });

/** What a new key signs: nobody gets a key that isn't his. */
export function keyProof(publisher: string, key: Uint8Array): Signable {
  const body = encode(keyProofBody, { version: 1, publisher, key });
  return { domain: DOMAIN.publisherKey, chain: EMPTY_BYTES, body };
}

export function keyProofHash(publisher: string, key: Uint8Array): Uint8Array {
  return signedHash(keyProof(publisher, key));
}
