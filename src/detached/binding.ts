/** Whether a key or certificate signed that it is the publisher's, and whom it names. */

import type { Certificate } from 'pkijs';
import { utf8 } from '../common/bytes.ts';
import { sha256 } from '../common/hash.ts';
import { failure, type Result, success } from '../common/result.ts';
import { BINDING, bindingText, type KeyClaim } from '../ledger/bindings.ts';
import {
  certificateBytes,
  checkUse,
  fingerprintOf,
  readCertificates,
  subjectOf,
} from './certificate.ts';
import { checkCms, isSameCertificate, readCms } from './cms.ts';
import { contentOf } from './content.ts';
import { checkPgp, type PgpKey, readPgpKey, readPgpSignature } from './pgp.ts';

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
  try {
    const checked = await (claim.kind === BINDING.PGP
      ? checkPgpProof(claim, text, at)
      : checkX509Proof(claim, text, at));
    return checked.ok ? checked : failure('BINDING_INVALID', checked.message);
  } catch (error) {
    return failure('BINDING_INVALID', (error as Error).message);
  }
}

/** Names a key or certificate; that somebody bound it is not checked. */
export async function readKeyName({ kind, key }: KeyClaim): Promise<Result<KeyName, string>> {
  if (kind === BINDING.PGP) {
    const read = await readPgpKey(key);
    return read.ok ? success(pgpName(read.value)) : read;
  }
  const read = oneCertificate(key);
  return read.ok ? success(certificateName(read.value)) : read;
}

function pgpName({ fingerprint, user }: PgpKey): KeyName {
  return { fingerprint, signer: user };
}

function certificateName(certificate: Certificate): KeyName {
  return { fingerprint: fingerprintOf(certificate), signer: subjectOf(certificate) };
}

function oneCertificate(key: Uint8Array): Result<Certificate, 'SIGNATURE_MALFORMED'> {
  const certificates = readCertificates(key);
  if (!certificates.ok) return certificates;
  const [certificate, ...others] = certificates.value;
  return certificate === undefined || others.length > 0
    ? failure('SIGNATURE_MALFORMED', 'it is not one certificate')
    : success(certificate);
}

async function checkPgpProof(
  { key, proof }: KeyClaim,
  text: Uint8Array,
  at: number,
): Promise<Result<KeyName, string>> {
  const read = await readPgpKey(key);
  if (!read.ok) return read;
  const signature = await readPgpSignature(proof);
  if (!signature.ok) return signature;
  const checked = await checkPgp(read.value, signature.value, contentOf(text), at);
  return checked.ok ? success(pgpName(read.value)) : checked;
}

async function checkX509Proof(
  { key, proof }: KeyClaim,
  text: Uint8Array,
  at: number,
): Promise<Result<KeyName, string>> {
  const read = oneCertificate(key);
  if (!read.ok) return read;
  const certificate = read.value;
  const cms = readCms(proof);
  if (!cms.ok) return cms;
  if (!isSameCertificate(certificate, key)) {
    return failure('SIGNATURE_MALFORMED', 'it is not one certificate in DER');
  }
  const used = checkUse(certificate, at);
  if (!used.ok) return used;
  const signed = { sha256: sha256(text), content: contentOf(text) };
  const checked = await checkCms(cms.value, certificate, signed);
  return checked.ok ? success(certificateName(certificate)) : checked;
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
