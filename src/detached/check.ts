/**
 * Checks the signature of another kind that a statement carries, as of the statement's ledger time:
 * a key or certificate that expired later was good then.
 */
import type { Certificate, CertificateRevocationList } from 'pkijs';
import type { Result } from '../common/result.ts';
import {
  BINDING,
  type Binding,
  isBoundAt,
  isKeyBinding,
  type KeyBinding,
} from '../ledger/bindings.ts';
import {
  type Detached,
  type DetachedCheck,
  type DetachedChecker,
  type DetachedCode,
  type DetachedQuestion,
  SCHEME,
  schemeName,
} from '../ledger/detached.ts';
import { checkBinding } from './binding.ts';
import {
  chainToRoot,
  checkUse,
  fingerprintOf,
  readCertificates,
  subjectOf,
} from './certificate.ts';
import { checkCms, isSameCertificate, readCms, signerOf } from './cms.ts';
import { checkPgp, hasKeyId, type PgpKey, readPgpKey, readPgpSignature } from './pgp.ts';
import { readRevocationLists, revokedIn } from './revocation.ts';

export interface CheckerOptions {
  /** Certificates in DER that X.509 signatures have to lead to: the reader's choice. */
  readonly roots?: readonly Uint8Array[];
  /** Revocation lists in DER, got by the reader; none is fetched. */
  readonly revocationLists?: readonly Uint8Array[];
}

/** What a reader pinned, read. */
interface Pinned {
  readonly roots: readonly Certificate[];
  readonly lists: readonly CertificateRevocationList[];
}

/**
 * A checker of PGP and X.509 signatures, for `authenticate` of the SDK.
 *
 * @example
 * const detached = detachedChecker({ roots: [rootCertificate] });
 * const verdict = await authenticate(client, digest, { publisher: 'acme', detached, content });
 * verdict.detached?.result; // → 'good'
 */
export function detachedChecker({
  roots = [],
  revocationLists = [],
}: CheckerOptions = {}): DetachedChecker {
  const pinned = {
    roots: roots.flatMap((root) => readOr(readCertificates(root), [])),
    lists: revocationLists.flatMap((list) => readOr(readRevocationLists(list), [])),
  };
  return async (question) => {
    const { detached } = question.statement.statement;
    if (detached === null) throw new TypeError('the statement carries no such signature');
    try {
      return await (detached.scheme === SCHEME.PGP
        ? checkPgpStatement(question, detached)
        : checkX509Statement(question, detached, pinned));
    } catch {
      // The libraries throw for some of what others may write into a key or signature.
      return checkOf(detached, 'SIGNATURE_MALFORMED', {});
    }
  };
}

function readOr<T>(read: Result<T>, otherwise: T): T {
  return read.ok ? read.value : otherwise;
}

const UNCHECKED: ReadonlySet<DetachedCode> = new Set([
  'SIGNATURE_KEY_UNKNOWN',
  'ROOTS_MISSING',
  'CONTENT_MISSING',
  'CHECKER_MISSING',
]);

type Found = Partial<Pick<DetachedCheck, 'fingerprint' | 'signer' | 'root' | 'bound'>>;

function checkOf({ scheme }: Detached, code: DetachedCode | null, found: Found): DetachedCheck {
  const result = code === null ? 'good' : UNCHECKED.has(code) ? 'unchecked' : 'bad';
  const nothing = { fingerprint: null, signer: null, root: null, bound: false };
  return { kind: schemeName(scheme), result, code, ...nothing, ...found };
}

function codeOf(result: Result<unknown, DetachedCode>): DetachedCode | null {
  return result.ok ? null : result.code;
}

async function checkPgpStatement(
  { chain, publisher, statement, content }: DetachedQuestion,
  detached: Detached,
): Promise<DetachedCheck> {
  const signature = await readPgpSignature(detached.signature);
  if (!signature.ok) return checkOf(detached, signature.code, {});
  const candidates: { readonly binding: KeyBinding; readonly key: PgpKey }[] = [];
  for (const binding of keyBindings(publisher.bindings, BINDING.PGP)) {
    const key = await readPgpKey(binding.key);
    if (key.ok && hasKeyId(key.value, signature.value))
      candidates.push({ binding, key: key.value });
  }
  const chosen = inForce(candidates, statement.time);
  if (chosen === undefined) {
    return checkOf(detached, 'SIGNATURE_KEY_UNKNOWN', { fingerprint: signature.value.keyId });
  }
  const { binding, key } = chosen;
  const found = { fingerprint: key.fingerprint, signer: key.user };
  const proven = await checkBinding(binding, { chain, publisher: publisher.id, at: binding.from });
  if (!proven.ok) return checkOf(detached, proven.code, found);
  const bound = isBoundAt(binding, statement.time);
  if (content === undefined) return checkOf(detached, 'CONTENT_MISSING', { ...found, bound });
  const made = await checkPgp(key, signature.value, content, statement.time);
  return checkOf(detached, codeOf(made), { ...found, bound });
}

async function checkX509Statement(
  { chain, publisher, statement, content }: DetachedQuestion,
  detached: Detached,
  { roots, lists }: Pinned,
): Promise<DetachedCheck> {
  const cms = readCms(detached.signature);
  if (!cms.ok) return checkOf(detached, cms.code, {});
  const bindings = keyBindings(publisher.bindings, BINDING.X509);
  const known = bindings.flatMap(({ key }) => readOr(readCertificates(key), []));
  const certificate = signerOf(cms.value, known);
  if (certificate === undefined) return checkOf(detached, 'SIGNATURE_KEY_UNKNOWN', {});
  const found = { fingerprint: fingerprintOf(certificate), signer: subjectOf(certificate) };
  const { time } = statement;
  const sha256 = statement.statement.asset.subarray(1);
  const made = await checkCms(cms.value, certificate, { sha256, content });
  if (!made.ok) return checkOf(detached, made.code, found);
  const used = checkUse(certificate, time);
  if (!used.ok) return checkOf(detached, used.code, found);
  const own = bindings.filter(({ key }) => isSameCertificate(certificate, key));
  const chosen = inForce(
    own.map((binding) => ({ binding })),
    time,
  );
  let bound = false;
  if (chosen !== undefined) {
    const { binding } = chosen;
    const to = { chain, publisher: publisher.id, at: binding.from };
    const proven = await checkBinding(binding, to);
    if (!proven.ok) return checkOf(detached, proven.code, found);
    bound = isBoundAt(binding, time);
  }
  if (roots.length === 0) return checkOf(detached, 'ROOTS_MISSING', { ...found, bound });
  const led = await chainToRoot(certificate, cms.value.certificates, roots, time);
  if (!led.ok) return checkOf(detached, led.code, { ...found, bound });
  const root = subjectOf(led.value.at(-1) as Certificate);
  const revoked = await revokedIn(led.value, lists, time);
  const code = revoked === undefined ? null : 'CERTIFICATE_REVOKED';
  return checkOf(detached, code, { ...found, bound, root });
}

function keyBindings(bindings: readonly Binding[], kind: KeyBinding['kind']): KeyBinding[] {
  return bindings.filter(isKeyBinding).filter((binding) => binding.kind === kind);
}

/** That which was in force at a ledger time, else the newest: a key is unbound and bound again. */
function inForce<T extends { readonly binding: KeyBinding }>(
  candidates: readonly T[],
  at: number,
): T | undefined {
  return candidates.find(({ binding }) => isBoundAt(binding, at)) ?? candidates.at(-1);
}
