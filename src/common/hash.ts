/** SHA-256, plain and under a domain. */
import { sha256, sha256Text } from '#platform';
import { concat, utf8 } from './bytes.ts';

export { sha256, sha256Text };

export const HASH_BYTES = 32;
export const ZERO_HASH = new Uint8Array(HASH_BYTES);

/** Most inputs are short; joining them here saves an allocation that costs as much as the hash. */
const JOINED = new Uint8Array(1024);
/** Its beginnings by their length, once they were needed. */
const BEGINNINGS: (Uint8Array | undefined)[] = new Array(JOINED.length + 1).fill(undefined);

/** SHA-256 of the whole of `parts`, in order. */
export function sha256Of(...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(joined(parts));
}

/** The same as a string of 32 characters below 256: a key for maps, and cheap to make. */
export function sha256TextOf(...parts: readonly Uint8Array[]): string {
  return sha256Text(joined(parts));
}

/** All parts in one piece, good until the next call. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > JOINED.length) return concat(...parts);
  let at = 0;
  for (const part of parts) {
    JOINED.set(part, at);
    at += part.length;
  }
  const known = BEGINNINGS[length] ?? JOINED.subarray(0, length);
  BEGINNINGS[length] = known;
  return known;
}

/**
 * The tags of everything that is hashed or signed. A tag is followed by a zero byte, so that none
 * is a prefix of another, and by the chain unless the structure precedes or makes the chain.
 */
export const DOMAIN = {
  genesis: 'ztc/genesis/v1',
  memberRequest: 'ztc/member-request/v1',
  publisherRequest: 'ztc/publisher-request/v1',
  publisherKey: 'ztc/publisher-key/v1',
  genesisVouch: 'ztc/genesis-vouch/v1',
  transaction: 'ztc/tx/v1',
  block: 'ztc/block/v1',
  vote: 'ztc/vote/v1',
  stateRoot: 'ztc/state/v1',
  validators: 'ztc/validators/v1',
  attestation: 'ztc/attestation/v1',
  privateWords: 'ztc/private-words/v1',
} as const;

export type Domain = (typeof DOMAIN)[keyof typeof DOMAIN];

/** Each tag with its zero byte. */
const PREFIX: ReadonlyMap<Domain, Uint8Array> = new Map(
  Object.values(DOMAIN).map((domain) => [domain, concat(utf8(domain), new Uint8Array(1))]),
);

/**
 * The domain hash SHA-256(tag ‖ 0x00 ‖ chain ‖ body). Identities (transaction id, block hash) are
 * domain hashes, and what a signature covers is always one of them, so a signer never sees bytes
 * whose meaning another domain or chain could share.
 *
 * @param chain 32 bytes, or empty for what is made before the genesis and for requests
 * @param body in parts, hashed as one
 */
export function domainHash(
  domain: Domain,
  chain: Uint8Array,
  ...body: readonly Uint8Array[]
): Uint8Array {
  return sha256Of(PREFIX.get(domain) as Uint8Array, chain, ...body);
}

/** The same as a string of 32 characters below 256. */
export function domainText(
  domain: Domain,
  chain: Uint8Array,
  ...body: readonly Uint8Array[]
): string {
  return sha256TextOf(PREFIX.get(domain) as Uint8Array, chain, ...body);
}
