/**
 * Certificate revocation lists (RFC 5280, section 5) that a reader has got and pinned. Nothing is
 * fetched: whoever asked an authority, by its lists' addresses or OCSP, would tell a third party
 * what is being looked at, and would need a line. A list says what was revoked until it was made,
 * also when it has lapsed; it counts where the issuer of the certificate signed it.
 */
import type { GeneralizedTime } from 'asn1js';
import {
  type Certificate,
  CertificateRevocationList,
  getCrypto,
  type RevokedCertificate,
} from 'pkijs';
import { failure, type Result, success } from '../common/result.ts';
import { subjectOf } from './certificate.ts';
import { isArmored, pemBlocks } from './content.ts';

const PEM_LABELS = ['X509 CRL'];
const INVALIDITY_DATE = '2.5.29.24';
/** Lists of one point or reason, and of changes only, say less than a reader would think. */
const PARTIAL: ReadonlySet<string> = new Set(['2.5.29.27', '2.5.29.28']);

/** Reads the revocation lists of a file: DER, or PEM with any number. */
export function readRevocationLists(
  given: Uint8Array,
): Result<readonly CertificateRevocationList[], 'REVOCATION_LIST'> {
  const refused = (why: string): Result<never, 'REVOCATION_LIST'> =>
    failure('REVOCATION_LIST', why);
  const blocks = isArmored(given) ? pemBlocks(given, PEM_LABELS) : [given];
  if (blocks === undefined || blocks.length === 0) {
    return refused('it holds no revocation lists in PEM, or something else');
  }
  try {
    const lists = blocks.map((block) => CertificateRevocationList.fromBER(Uint8Array.from(block)));
    const isPartial = lists.some(({ crlExtensions }) =>
      crlExtensions?.extensions.some(({ extnID }) => PARTIAL.has(extnID)),
    );
    return isPartial ? refused('it is a part of a list, or of its changes') : success(lists);
  } catch (error) {
    return refused(`it is no revocation list: ${(error as Error).message}`);
  }
}

/** Its DER, as it was signed. */
export function revocationListBytes(list: CertificateRevocationList): Uint8Array {
  return new Uint8Array(list.toSchema().toBER());
}

/** Whose list it says to be, and when it was made (ms since 1970 UTC). */
export function aboutRevocationList({ issuer, thisUpdate }: CertificateRevocationList): {
  readonly issuer: string;
  readonly time: number;
} {
  return { issuer: subjectOf({ subject: issuer }), time: thisUpdate.value.getTime() };
}

/** Whether one replaces the other: of the same issuer, and not older. */
export function isNewerList(a: CertificateRevocationList, b: CertificateRevocationList): boolean {
  return a.issuer.isEqual(b.issuer) && a.thisUpdate.value >= b.thisUpdate.value;
}

/**
 * The first certificate of a chain, from the signer's to the root's, that its issuer revoked by
 * `at` (ms since 1970 UTC): on that day, or as of that from which the list calls it invalid.
 */
export async function revokedIn(
  chain: readonly Certificate[],
  lists: readonly CertificateRevocationList[],
  at: number,
): Promise<Certificate | undefined> {
  for (const [i, certificate] of chain.entries()) {
    const issuer = chain[i + 1];
    if (issuer === undefined) return undefined;
    for (const list of lists) {
      const entry = list.revokedCertificates?.find(({ userCertificate }) =>
        userCertificate.isEqual(certificate.serialNumber),
      );
      if (entry === undefined || sinceOf(entry) > at) continue;
      if (await isListOf(list, issuer)) return certificate;
    }
  }
  return undefined;
}

async function isListOf(list: CertificateRevocationList, issuer: Certificate): Promise<boolean> {
  if (!list.issuer.isEqual(issuer.subject)) return false;
  try {
    return await list.verify({ issuerCertificate: issuer }, getCrypto(true));
  } catch {
    // An algorithm that is unknown here: nobody's word.
    return false;
  }
}

function sinceOf({ revocationDate, crlEntryExtensions }: RevokedCertificate): number {
  const revoked = revocationDate.value.getTime();
  const extension = crlEntryExtensions?.extensions.find(({ extnID }) => extnID === INVALIDITY_DATE);
  const invalid = (extension?.parsedValue as GeneralizedTime | undefined)?.toDate?.().getTime();
  return Math.min(revoked, invalid ?? revoked);
}
