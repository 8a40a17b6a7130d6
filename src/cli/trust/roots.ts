/** Pinned root certificates, as they are shown and named. */
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
    return { fingerprint: fingerprintOfRoot(root), subject: printable(subject) };
  });
}

export function fingerprintOfRoot(root: Uint8Array): string {
  return toHex(sha256(root)).toUpperCase();
}
