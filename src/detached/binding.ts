/** Whether a key or certificate signed that it is the publisher's, and whom it names. */
import { utf8 } from '../common/bytes.ts';
import { sha256 } from '../common/hash.ts';
import { failure, type Result, success } from '../common/result.ts';
import { BINDING, type BindingClaim, bindingText } from '../ledger/bindings.ts';
import {
  certificateBytes,
  checkUse,
  fingerprintOf,
  readCertificates,
  subjectOf,
} from './certificate.ts';
import { checkCms, isSameCertificate, readCms } from './cms.ts';
import { contentOf } from './content.ts';
import { checkPgp, readPgpKey, readPgpSignature } from './pgp.ts';

export type KeyClaim = Exclude<BindingClaim, { readonly kind: typeof BINDING.DOMAIN }>;

/** A key or certificate by itself. */
export interface KeyName {
  readonly fingerprint: string;
  /** Its own word, or its issuer's. */
  readonly signer: string;
}

/** Whose and which key is bound. */
export interface BoundTo {
  readonly chain: Uint8Array;
  readonly publisher: string;
  /** Ledger time in ms of the binding. */
  readonly at: number;
}

/** Names the key, where its signature on the binding's text is good; nothing throws. */
export async function checkBinding(
  claim: KeyClaim,
  { chain, publisher, at }: BoundTo,
): Promise<Result<KeyName, 'BINDING_INVALID'>> {
  const text = utf8(bindingText(chain, publisher));
  const named = await readKeyName(claim);
  if (!named.ok) return failure('BINDING_INVALID', named.message);
  try {
    const checked = await (claim.kind === BINDING.PGP
      ? checkPgpProof(claim, text, at)
      : checkX509Proof(claim, text, at));
    return checked.ok ? named : failure('BINDING_INVALID', checked.message);
  } catch (error) {
    return failure('BINDING_INVALID', (error as Error).message);
  }
}

/** Names a key or certificate; that somebody bound it is not checked. */
export async function readKeyName(claim: KeyClaim): Promise<Result<KeyName, string>> {
  if (claim.kind === BINDING.PGP) {
    const key = await readPgpKey(claim.key);
    if (!key.ok) return key;
    return success({ fingerprint: key.value.fingerprint, signer: key.value.user });
  }
  const certificates = readCertificates(claim.key);
  if (!certificates.ok) return certificates;
  const [certificate, ...others] = certificates.value;
  if (certificate === undefined || others.length > 0) {
    return failure('SIGNATURE_MALFORMED', 'it is not one certificate');
  }
  return success({ fingerprint: fingerprintOf(certificate), signer: subjectOf(certificate) });
}

async function checkPgpProof(
  { key, proof }: KeyClaim,
  text: Uint8Array,
  at: number,
): Promise<Result<unknown, string>> {
  const read = await readPgpKey(key);
  if (!read.ok) return read;
  const signature = await readPgpSignature(proof);
  return signature.ok ? checkPgp(read.value, signature.value, contentOf(text), at) : signature;
}

async function checkX509Proof(
  { key, proof }: KeyClaim,
  text: Uint8Array,
  at: number,
): Promise<Result<unknown, string>> {
  const certificates = readCertificates(key);
  if (!certificates.ok) return certificates;
  const [certificate] = certificates.value;
  const cms = readCms(proof);
  if (!cms.ok) return cms;
  if (certificate === undefined || !isSameCertificate(certificate, key)) {
    return failure('SIGNATURE_MALFORMED', 'it is not one certificate in DER');
  }
  const used = checkUse(certificate, at);
  if (!used.ok) return used;
  return checkCms(cms.value, certificate, { sha256: sha256(text), content: contentOf(text) });
}

/** A certificate as it is bound. */
export function boundCertificate(given: Uint8Array): Result<Uint8Array, 'SIGNATURE_MALFORMED'> {
  const certificates = readCertificates(given);
  if (!certificates.ok) return certificates;
  const [certificate] = certificates.value;
  return certificate === undefined
    ? failure('SIGNATURE_MALFORMED', 'it holds no certificate')
    : success(certificateBytes(certificate));
}
