/** SHA-256, plain and under a domain. */
import { sha256 } from '#platform';
import { concat, utf8 } from './bytes.ts';

export { sha256 };

export const HASH_BYTES = 32;
export const ZERO_HASH = new Uint8Array(HASH_BYTES);

/** SHA-256 of the whole of `parts`, in order. */
export function sha256Of(...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(concat(...parts));
}

/**
 * The tags of everything that is hashed or signed. A tag is followed by a zero byte, so that none
 * is a prefix of another, and by the chain unless the structure precedes or makes the chain.
 */
export const DOMAIN = {
  genesis: 'ztc/genesis/v1',
  memberRequest: 'ztc/member-request/v1',
  publisherRequest: 'ztc/publisher-request/v1',
  genesisVouch: 'ztc/genesis-vouch/v1',
  transaction: 'ztc/tx/v1',
  block: 'ztc/block/v1',
  vote: 'ztc/vote/v1',
  batch: 'ztc/batch/v1',
  stateRoot: 'ztc/state/v1',
  validators: 'ztc/validators/v1',
} as const;

export type Domain = (typeof DOMAIN)[keyof typeof DOMAIN];

/**
 * The domain hash SHA-256(tag ‖ 0x00 ‖ chain ‖ body). Identities (transaction id, block hash) are
 * domain hashes, and what a signature covers is always one of them, so a signer never sees bytes
 * whose meaning another domain or chain could share.
 *
 * @param chain 32 bytes, or empty for what is made before the genesis and for requests
 */
export function domainHash(domain: Domain, chain: Uint8Array, body: Uint8Array): Uint8Array {
  return sha256Of(utf8(domain), new Uint8Array(1), chain, body);
}
