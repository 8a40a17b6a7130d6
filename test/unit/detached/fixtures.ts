/** Keys, certificates and signatures of the old world, made by the libraries that check them. */
import { createHash } from 'node:crypto';
import {
  GeneralizedTime,
  Integer,
  ObjectIdentifier,
  OctetString,
  UTCTime,
  Utf8String,
} from 'asn1js';
import { createMessage, generateKey, type PrivateKey, sign } from 'openpgp';
import {
  AlgorithmIdentifier,
  Attribute,
  AttributeTypeAndValue,
  BasicConstraints,
  Certificate,
  CertificateRevocationList,
  ContentInfo,
  EncapsulatedContentInfo,
  Extension,
  Extensions,
  ExtKeyUsage,
  IssuerAndSerialNumber,
  RevokedCertificate,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
  Time,
} from 'pkijs';

export const NOW = Date.UTC(2026, 10, 20);
export const DAY = 86_400_000;

export interface PgpPair {
  readonly privateKey: PrivateKey;
  /** Binary. */
  readonly publicKey: Uint8Array;
}

export async function pgpPair(
  name = 'ACME Releases',
  options: { readonly from?: number; readonly seconds?: number } = {},
): Promise<PgpPair> {
  const { privateKey, publicKey } = await generateKey({
    type: 'ecc',
    userIDs: [{ name, email: 'releases@acme.example' }],
    date: new Date(options.from ?? NOW - 100 * DAY),
    keyExpirationTime: options.seconds ?? 0,
    format: 'object',
  });
  return { privateKey, publicKey: publicKey.write() };
}

export async function signPgp(
  bytes: Uint8Array,
  { privateKey }: PgpPair,
  at = NOW,
): Promise<Uint8Array> {
  return sign({
    message: await createMessage({ binary: bytes }),
    signingKeys: privateKey,
    detached: true,
    format: 'binary',
    date: new Date(at),
  }) as Promise<Uint8Array>;
}

export interface CertificatePair {
  readonly certificate: Certificate;
  readonly keys: CryptoKeyPair;
}

export interface CertificateOptions {
  readonly name?: string;
  /** Null: by itself. */
  readonly issuer?: CertificatePair | null;
  readonly isCa?: boolean;
  readonly purposes?: readonly string[] | null;
  readonly from?: number;
  readonly to?: number;
}

export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const EMAIL = '1.3.6.1.5.5.7.3.4';
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' } as const;
let serial = 1;

export async function certificatePair(options: CertificateOptions = {}): Promise<CertificatePair> {
  const { name = 'ACME Ltd', issuer = null, isCa = false } = options;
  const { purposes = isCa ? null : [CODE_SIGNING] } = options;
  const keys = await crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const certificate = new Certificate();
  certificate.version = 2;
  certificate.serialNumber = new Integer({ value: serial++ });
  const named = new AttributeTypeAndValue({
    type: '2.5.4.3',
    value: new Utf8String({ value: name }),
  });
  certificate.subject.typesAndValues = [named];
  certificate.issuer = issuer === null ? certificate.subject : issuer.certificate.subject;
  certificate.notBefore.value = new Date(options.from ?? NOW - 10 * DAY);
  certificate.notAfter.value = new Date(options.to ?? NOW + 300 * DAY);
  const constraints = new BasicConstraints({ cA: isCa });
  certificate.extensions = [
    new Extension({
      extnID: '2.5.29.19',
      critical: true,
      extnValue: constraints.toSchema().toBER(),
    }),
    ...(purposes === null
      ? []
      : [
          new Extension({
            extnID: '2.5.29.37',
            extnValue: new ExtKeyUsage({ keyPurposes: [...purposes] }).toSchema().toBER(),
          }),
        ]),
  ];
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  await certificate.sign((issuer?.keys ?? keys).privateKey, 'SHA-256');
  return { certificate: Certificate.fromBER(certificate.toSchema(true).toBER()), keys };
}

export interface RevokedOptions {
  readonly at?: number;
  /** From which day on the certificate is not to be believed. */
  readonly invalidFrom?: number;
  /** Who signs; other than whose list it says to be, it is forged. */
  readonly signer?: CertificatePair;
}

/** The list of an issuer that has revoked these. */
export async function revocationList(
  issuer: CertificatePair,
  revoked: readonly CertificatePair[],
  { at = NOW, invalidFrom, signer = issuer }: RevokedOptions = {},
): Promise<Uint8Array> {
  const invalid = invalidFrom && new GeneralizedTime({ valueDate: new Date(invalidFrom) });
  const list = new CertificateRevocationList({
    version: 1,
    issuer: issuer.certificate.subject,
    thisUpdate: new Time({ value: new Date(NOW + DAY) }),
    revokedCertificates: revoked.map(
      ({ certificate }) =>
        new RevokedCertificate({
          userCertificate: certificate.serialNumber,
          revocationDate: new Time({ value: new Date(at) }),
          ...(invalid && {
            crlEntryExtensions: new Extensions({
              extensions: [new Extension({ extnID: '2.5.29.24', extnValue: invalid.toBER() })],
            }),
          }),
        }),
    ),
  });
  await list.sign(signer.keys.privateKey, 'SHA-256');
  return new Uint8Array(list.toSchema(true).toBER());
}

export function der({ certificate }: CertificatePair): Uint8Array {
  return new Uint8Array(certificate.toSchema().toBER());
}

/** A detached signature with its certificates, as `openssl cms -sign -binary` makes it. */
export async function signCms(
  bytes: Uint8Array,
  { certificate, keys }: CertificatePair,
  { digest = 'SHA-256', chain = [] as readonly CertificatePair[], attributes = true } = {},
): Promise<Uint8Array> {
  const { issuer, serialNumber } = certificate;
  const hash = createHash(digest.replace('-', '')).update(bytes).digest();
  const signed = new SignedData({
    version: 1,
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: '1.2.840.113549.1.7.1' }),
    signerInfos: [
      new SignerInfo({ version: 1, sid: new IssuerAndSerialNumber({ issuer, serialNumber }) }),
    ],
    certificates: [certificate, ...chain.map((each) => each.certificate)],
  });
  const [signer] = signed.signerInfos as [SignerInfo];
  signer.digestAlgorithm = new AlgorithmIdentifier({ algorithmId: '2.16.840.1.101.3.4.2.1' });
  const attribute = (type: string, value: unknown) => new Attribute({ type, values: [value] });
  if (attributes) {
    signer.signedAttrs = new SignedAndUnsignedAttributes({
      type: 0,
      attributes: [
        attribute('1.2.840.113549.1.9.3', new ObjectIdentifier({ value: '1.2.840.113549.1.7.1' })),
        attribute('1.2.840.113549.1.9.5', new UTCTime({ valueDate: new Date(NOW) })),
        attribute('1.2.840.113549.1.9.4', new OctetString({ valueHex: new Uint8Array(hash) })),
      ],
    });
  }
  await signed.sign(keys.privateKey, 0, digest, Uint8Array.from(bytes));
  const info = new ContentInfo({
    contentType: '1.2.840.113549.1.7.2',
    content: signed.toSchema(true),
  });
  return new Uint8Array(info.toSchema().toBER());
}
