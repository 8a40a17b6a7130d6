/** X.509 certificates (RFC 5280): reading them, what they are for, and to which root they lead. */
import { Certificate, CertificateChainValidationEngine, ExtKeyUsage, getCrypto } from 'pkijs';
import { equalBytes, toHex } from '../common/bytes.ts';
import { sha256 } from '../common/hash.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { DetachedCode } from '../ledger/detached.ts';
import { isArmored, pemBlocks } from './content.ts';

const PEM_LABELS = ['CERTIFICATE', 'X509 CERTIFICATE'];
const COMMON_NAME = '2.5.4.3';
const ORGANISATION = '2.5.4.10';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const KEY_USAGE = '2.5.29.15';
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const ANY_PURPOSE = '2.5.29.37.0';
/** The first bit of a key usage: `digitalSignature`. */
const DIGITAL_SIGNATURE = 0x80;

/** Reads the certificates of a file: DER, or PEM with any number. */
export function readCertificates(
  given: Uint8Array,
): Result<readonly Certificate[], 'SIGNATURE_MALFORMED'> {
  const blocks = isArmored(given) ? pemBlocks(given, PEM_LABELS) : [given];
  if (blocks === undefined || blocks.length === 0) {
    return failure('SIGNATURE_MALFORMED', 'it holds no certificates in PEM, or something else');
  }
  try {
    return success(blocks.map((block) => Certificate.fromBER(Uint8Array.from(block))));
  } catch (error) {
    return failure('SIGNATURE_MALFORMED', `it is no certificate: ${(error as Error).message}`);
  }
}

/** Its DER, as it was signed. */
export function certificateBytes(certificate: Certificate): Uint8Array {
  return new Uint8Array(certificate.toSchema().toBER());
}

/** As `openssl x509 -fingerprint -sha256` has it, but for the colons. */
export function fingerprintOf(certificate: Certificate): string {
  return toHex(sha256(certificateBytes(certificate))).toUpperCase();
}

/** Common name and organisation of whom it is about; its issuer's word. */
export function subjectOf({ subject }: Pick<Certificate, 'subject'>): string {
  const values = [COMMON_NAME, ORGANISATION].flatMap((wanted) =>
    subject.typesAndValues
      .filter(({ type }) => type === wanted)
      .map(({ value }) => String(value.valueBlock.value)),
  );
  return [...new Set(values)].join(', ') || 'a certificate without a name';
}

/** Whether it may sign code, and was valid at `at` (ledger time in ms). */
export function checkUse(certificate: Certificate, at: number): Result<null, DetachedCode> {
  if (!isValidAt(certificate, at)) {
    return failure('CERTIFICATE_EXPIRED', 'the certificate was not valid at that time');
  }
  const extensions = certificate.extensions ?? [];
  const usage = extensions.find(({ extnID }) => extnID === KEY_USAGE)?.parsedValue;
  const bits = usage === undefined ? DIGITAL_SIGNATURE : (usage.valueBlock.valueHexView[0] ?? 0);
  const purposes = extensions.find(({ extnID }) => extnID === EXTENDED_KEY_USAGE)?.parsedValue;
  const isForCode =
    purposes === undefined ||
    (purposes instanceof ExtKeyUsage &&
      purposes.keyPurposes.some((each) => each === CODE_SIGNING || each === ANY_PURPOSE));
  return isForCode && (bits & DIGITAL_SIGNATURE) !== 0
    ? success(null)
    : failure('CERTIFICATE_PURPOSE', 'the certificate is not for signing code');
}

function isValidAt({ notBefore, notAfter }: Certificate, at: number): boolean {
  return notBefore.value.getTime() <= at && at <= notAfter.value.getTime();
}

/** The chain from a certificate to a root as of `at`, over `others` that came with it. */
export async function chainToRoot(
  certificate: Certificate,
  others: readonly Certificate[],
  roots: readonly Certificate[],
  at: number,
): Promise<Result<readonly Certificate[], DetachedCode>> {
  const own = certificateBytes(certificate);
  const pinned = roots.find((root) => equalBytes(certificateBytes(root), own));
  if (pinned !== undefined) return success([pinned]);
  const untrusted = (why: string): Result<never, DetachedCode> =>
    failure('CERTIFICATE_UNTRUSTED', `the certificate leads to no pinned root: ${why}`);
  const between = others.filter((each) => !equalBytes(certificateBytes(each), own));
  try {
    const engine = new CertificateChainValidationEngine({
      trustedCerts: [...roots],
      certs: [...between, certificate],
      checkDate: new Date(at),
    });
    const { result, resultMessage, certificatePath } = await engine.verify({}, getCrypto(true));
    if (!result || certificatePath === undefined) return untrusted(resultMessage);
    const expired = certificatePath.find((each) => !isValidAt(each, at));
    if (expired === undefined) return success(certificatePath);
    return failure('CERTIFICATE_EXPIRED', `${subjectOf(expired)} was not valid at that time`);
  } catch (error) {
    return untrusted((error as Error).message);
  }
}
