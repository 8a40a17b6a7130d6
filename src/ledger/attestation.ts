/**
 * A node's own word, by its node key, that a block is final here. It proves nothing about the chain
 * (finalizations do); it shows who stands behind an answer, so that two addresses of one node are
 * not taken for two sources. The nonce is the asker's: an old word is no word. Pure.
 */
import { encode, tuple, version } from '../common/codec/index.ts';
import { DOMAIN, domainHash } from '../common/hash.ts';
import { type KeyPair, sign, type Verify } from '../common/signature.ts';
import { hash, height } from './primitives.ts';

const attestedSchema = tuple({ version: version(1), nonce: hash, height, hash });

/** What is attested. */
export interface Attested {
  /** 32 bytes that the asker chose at random. */
  readonly nonce: Uint8Array;
  readonly height: number;
  /** Of the block. */
  readonly hash: Uint8Array;
}

function attestationHash(chain: Uint8Array, attested: Attested): Uint8Array {
  return domainHash(DOMAIN.attestation, chain, encode(attestedSchema, { version: 1, ...attested }));
}

export function signAttestation(
  chain: Uint8Array,
  attested: Attested,
  nodeKeys: KeyPair,
): Uint8Array {
  return sign(attestationHash(chain, attested), nodeKeys);
}

export function verifyAttestation(
  chain: Uint8Array,
  attested: Attested,
  { nodeKey, signature }: { readonly nodeKey: Uint8Array; readonly signature: Uint8Array },
  verify: Verify,
): boolean {
  return verify(signature, attestationHash(chain, attested), nodeKey);
}
