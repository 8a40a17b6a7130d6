/**
 * What is signed, and who signs: a key in memory, or one that never leaves where it is kept. A
 * signer gets the whole structure, so that it can hash, and judge, for itself.
 */
import { type Domain, domainHash } from '../common/hash.ts';
import { type KeyPair, sign } from '../common/signature.ts';

/** What a signature covers: the domain hash of these. */
export interface Signable {
  readonly domain: Domain;
  /** Empty for what is made before a chain, and for requests. */
  readonly chain: Uint8Array;
  readonly body: Uint8Array;
}

export function signedHash({ domain, chain, body }: Signable): Uint8Array {
  return domainHash(domain, chain, body);
}

export interface Signer {
  readonly publicKey: Uint8Array;
  /** The signature of `signedHash(what)`. Rejects where the key's keeper doesn't sign. */
  sign(what: Signable): Promise<Uint8Array>;
}

/** One after the other, since each may ask a person; in order of the signers. */
export async function signaturesOf(what: Signable, signers: readonly Signer[]) {
  const signatures: { readonly key: Uint8Array; readonly signature: Uint8Array }[] = [];
  for (const signer of signers) {
    signatures.push({ key: signer.publicKey, signature: await signer.sign(what) });
  }
  return signatures;
}

/** Signs with a key in memory. */
export function keySigner(keys: KeyPair): Signer {
  return { publicKey: keys.publicKey, sign: async (what) => sign(signedHash(what), keys) };
}
