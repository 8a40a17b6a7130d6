/** Detached CMS signatures (RFC 5652), as `openssl cms -sign -binary` and others make them. */
import { sha384, sha512 } from '@noble/hashes/sha2.js';
import { OctetString } from 'asn1js';
import {
  Certificate,
  ContentInfo,
  getCrypto,
  IssuerAndSerialNumber,
  SignedData,
  type SignerInfo,
} from 'pkijs';
import { equalBytes } from '../common/bytes.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Content, DetachedCode } from '../ledger/detached.ts';
import { certificateBytes } from './certificate.ts';
import { isArmored, pemBlocks } from './content.ts';

const PEM_LABELS = ['CMS', 'PKCS7', 'PKCS #7 SIGNED DATA'];
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const DATA = '1.2.840.113549.1.7.1';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const RSA = '1.2.840.113549.1.1.1';
const SUBJECT_KEY = '2.5.29.14';
const DIGESTS: ReadonlyMap<string, 'SHA-256' | 'SHA-384' | 'SHA-512'> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'SHA-256'],
  ['2.16.840.1.101.3.4.2.2', 'SHA-384'],
  ['2.16.840.1.101.3.4.2.3', 'SHA-512'],
]);

export interface CmsSignature {
  /** DER. */
  readonly bytes: Uint8Array;
  readonly signer: SignerInfo;
  /** Those that came with it. */
  readonly certificates: readonly Certificate[];
}

/** Reads one detached signature in DER or PEM. */
export function readCms(given: Uint8Array): Result<CmsSignature, 'SIGNATURE_MALFORMED'> {
  const refused = (why: string): Result<never, 'SIGNATURE_MALFORMED'> =>
    failure('SIGNATURE_MALFORMED', why);
  const blocks = isArmored(given) ? pemBlocks(given, PEM_LABELS) : [given];
  const [bytes, ...others] = blocks ?? [];
  if (bytes === undefined || others.length > 0)
    return refused('it is not one CMS signature in PEM');
  try {
    const info = ContentInfo.fromBER(Uint8Array.from(bytes));
    if (info.contentType !== SIGNED_DATA) return refused('it is CMS, but no signature');
    const signed = new SignedData({ schema: info.content });
    const [signer, ...more] = signed.signerInfos;
    if (signer === undefined || more.length > 0) return refused('it is not by exactly one signer');
    if (signed.encapContentInfo.eContent !== undefined) {
      return refused('it holds the content: make a detached one');
    }
    const certificates = (signed.certificates ?? []).filter((each) => each instanceof Certificate);
    return success({ bytes, signer, certificates });
  } catch (error) {
    const { message } = error as Error;
    return refused(`it is no CMS signature in DER or PEM (${message})`);
  }
}

/** The certificate that it says it was made by, of its own and `known` ones. */
export function signerOf(
  { signer, certificates }: CmsSignature,
  known: readonly Certificate[],
): Certificate | undefined {
  const { sid } = signer;
  return [...certificates, ...known].find((certificate) => {
    if (sid instanceof IssuerAndSerialNumber) {
      const { issuer, serialNumber } = certificate;
      return issuer.isEqual(sid.issuer) && serialNumber.isEqual(sid.serialNumber);
    }
    const wanted =
      sid?.valueBlock?.value?.[0]?.valueBlock?.valueHexView ?? sid?.valueBlock?.valueHexView;
    const own = certificate.extensions?.find(({ extnID }) => extnID === SUBJECT_KEY)?.parsedValue;
    return (
      wanted instanceof Uint8Array &&
      own instanceof OctetString &&
      equalBytes(own.valueBlock.valueHexView, wanted)
    );
  });
}

/** What is signed: its SHA-256, and itself where it is at hand. */
export interface SignedContent {
  readonly sha256: Uint8Array;
  readonly content: Content | undefined;
}

/** Whether the holder of `certificate` signed this content; whose that is, is another matter. */
export async function checkCms(
  { signer }: CmsSignature,
  certificate: Certificate,
  what: SignedContent,
): Promise<Result<null, DetachedCode>> {
  const digestName = DIGESTS.get(signer.digestAlgorithm.algorithmId);
  if (digestName === undefined) {
    return failure('SIGNATURE_ALGORITHM', 'its digest is none of SHA-256, SHA-384 and SHA-512');
  }
  const { signedAttrs, signature, signatureAlgorithm } = signer;
  const attributes = signedAttrs?.attributes ?? [];
  const attributeOf = (wanted: string): unknown => {
    const [found, ...others] = attributes.filter(({ type }) => type === wanted);
    return others.length > 0 || found?.values.length !== 1 ? undefined : found.values[0];
  };
  const type = attributeOf(CONTENT_TYPE) as { valueBlock?: { toString(): string } } | undefined;
  const claimed = attributeOf(MESSAGE_DIGEST);
  if (signedAttrs === undefined || !(claimed instanceof OctetString)) {
    return failure('SIGNATURE_ALGORITHM', 'it has no signed attributes (-noattr): sign with them');
  }
  if (String(type?.valueBlock) !== DATA) {
    return failure('SIGNATURE_MALFORMED', 'it signs something else than data');
  }
  const digest = await digestOf(digestName, what);
  if (digest === undefined)
    return failure('CONTENT_MISSING', `it needs the content's ${digestName}`);
  if (!equalBytes(digest, claimed.valueBlock.valueHexView)) {
    return failure('SIGNATURE_MISMATCH', 'it signs something else');
  }
  try {
    const isRsa = signatureAlgorithm.algorithmId === RSA;
    const { subjectPublicKeyInfo } = certificate;
    const good = await getCrypto(true).verifyWithPublicKey(
      signedAttrs.encodedValue,
      signature,
      subjectPublicKeyInfo,
      signatureAlgorithm,
      ...(isRsa ? [digestName] : []),
    );
    return good ? success(null) : failure('SIGNATURE_MISMATCH', 'another key made it');
  } catch (error) {
    return failure('SIGNATURE_ALGORITHM', `it can't be checked: ${(error as Error).message}`);
  }
}

async function digestOf(
  name: 'SHA-256' | 'SHA-384' | 'SHA-512',
  { sha256, content }: SignedContent,
): Promise<Uint8Array | undefined> {
  if (name === 'SHA-256') return sha256;
  if (content === undefined) return undefined;
  const hash = (name === 'SHA-384' ? sha384 : sha512).create();
  for await (const chunk of content()) hash.update(chunk);
  return hash.digest();
}

export function isSameCertificate(a: Certificate, b: Uint8Array): boolean {
  return equalBytes(certificateBytes(a), b);
}
