/** Pinned root certificates and revocation lists, as they are shown and named. */
import { toHex } from '../../common/bytes.ts';
import { sha256 } from '../../common/hash.ts';
import { printable } from '../output.ts';

export interface ShownRoot {
  /** SHA-256, upper case. */
  readonly fingerprint: string;
  readonly subject: string;
}

export async function describeRoots(roots: readonly Uint8Array[]): Promise<readonly ShownRoot[]> {
  if (roots.length === 0) return [];
  const { readCertificates, subjectOf } = await import('../../detached/index.ts');
  return roots.map((root) => {
    const read = readCertificates(root);
    const [certificate] = read.ok ? read.value : [];
    const subject = certificate === undefined ? 'unreadable' : subjectOf(certificate);
    return { fingerprint: fingerprintOf(root), subject: printable(subject) };
  });
}

export function fingerprintOf(root: Uint8Array): string {
  return toHex(sha256(root)).toUpperCase();
}

export interface ShownList {
  /** SHA-256, upper case. */
  readonly fingerprint: string;
  readonly issuer: string;
  /** When it was made, in ms since 1970 UTC. */
  readonly time: number;
}

export async function describeLists(lists: readonly Uint8Array[]): Promise<readonly ShownList[]> {
  if (lists.length === 0) return [];
  const { aboutRevocationList, readRevocationLists } = await import('../../detached/index.ts');
  return lists.map((list) => {
    const read = readRevocationLists(list);
    const [found] = read.ok ? read.value : [];
    const fingerprint = fingerprintOf(list);
    if (found === undefined) return { fingerprint, issuer: 'unreadable', time: 0 };
    const { issuer, time } = aboutRevocationList(found);
    return { fingerprint, issuer: printable(issuer), time };
  });
}
