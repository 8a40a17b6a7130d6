/**
 * PGP and X.509 signatures at the command line. The libraries that read them are loaded where one
 * is met: most commands never do.
 */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { CheckerOptions } from '../../detached/index.ts';
import type {
  Content,
  Detached,
  DetachedCheck,
  DetachedCode,
  DetachedQuestion,
} from '../../ledger/detached.ts';
import { DETACHED_BYTES_MAX, SCHEME } from '../../ledger/detached.ts';
import { CODE_MEANINGS } from '../codes.ts';
import { CliError, usageError } from '../errors.ts';
import type { Input } from '../inputs.ts';
import { printable } from '../output.ts';

export const SIGNATURE_OPTIONS = {
  pgp: {
    type: 'string',
    env: false,
    describe: 'your PGP signature on it, too: gpg --detach-sign --armor FILE (one input only)',
    value: 'FILE',
  },
  x509: {
    type: 'string',
    env: false,
    describe: 'your X.509 signature on it, too: openssl cms -sign -binary (one input only)',
    value: 'FILE',
  },
} as const;

/** An armored signature or key has a third more, and some lines. */
const FILE_BYTES_MAX = 4 * DETACHED_BYTES_MAX;

/** Reads a key, certificate or signature. @throws CliError INPUT_UNREADABLE, SIGNATURE_TOO_LARGE */
export async function readSmallFile(file: string, bytesMax = FILE_BYTES_MAX): Promise<Uint8Array> {
  try {
    if ((await stat(file)).size > bytesMax) throw tooLarge(file);
    return new Uint8Array(await readFile(file));
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { message } = error as Error;
    throw new CliError('INPUT_UNREADABLE', `can't read ${file}: ${message}`, { cause: error });
  }
}

function tooLarge(file: string): CliError {
  return new CliError(
    'SIGNATURE_TOO_LARGE',
    `${file} has more than the ${DETACHED_BYTES_MAX} bytes that the ledger takes`,
    {
      hint: 'sign with fewer certificates; export less: gpg --export-options export-minimal',
    },
  );
}

/** Bytes as the ledger takes them. @throws CliError SIGNATURE_TOO_LARGE */
export function small(bytes: Uint8Array, file: string): Uint8Array {
  if (bytes.length > DETACHED_BYTES_MAX) throw tooLarge(file);
  return bytes;
}

interface SignatureArgs {
  readonly pgp?: string | undefined;
  readonly x509?: string | undefined;
}

/** The signature that `--pgp` or `--x509` names, if any. @throws CliError USAGE, SIGNATURE_… */
export async function readDetached(
  { pgp, x509 }: SignatureArgs,
  inputs: readonly Input[],
): Promise<Detached | undefined> {
  const file = pgp ?? x509;
  if (file === undefined) return undefined;
  if (pgp !== undefined && x509 !== undefined) throw usageError('give --pgp or --x509, not both');
  if (inputs.length !== 1 || inputs[0]?.kind !== 'path') {
    throw usageError('a PGP or X.509 signature is on one file: give exactly one PATH');
  }
  const given = await readSmallFile(file);
  const { readCms, readPgpSignature } = await import('../../detached/index.ts');
  const read = pgp === undefined ? readCms(given) : await readPgpSignature(given);
  if (!read.ok) {
    const hint =
      pgp === undefined
        ? 'openssl cms -sign -binary -in FILE -signer CERT -inkey KEY -outform DER -out FILE.p7s'
        : 'gpg --detach-sign --armor FILE';
    throw new CliError(read.code, `${printable(file)}: ${read.message}`, { hint });
  }
  const scheme = pgp === undefined ? SCHEME.X509 : SCHEME.PGP;
  return { scheme, signature: small(read.value.bytes, file) };
}

/** The content of an input that can be read again; undefined: only its digest is at hand. */
export async function contentOfInput({ kind, input }: Input): Promise<Content | undefined> {
  if (kind !== 'path' || !(await stat(input)).isFile()) return undefined;
  return () => createReadStream(input);
}

/** Checks the signature that a statement carries; null: it carries none. */
export async function checkDetached(
  question: DetachedQuestion,
  pinned: CheckerOptions,
): Promise<DetachedCheck | null> {
  if (question.statement.statement.detached === null) return null;
  const { detachedChecker } = await import('../../detached/index.ts');
  return detachedChecker(pinned)(question);
}

export const SCHEME_TITLES = { pgp: 'PGP', x509: 'X.509' } as const;

/** What was found, in a line or two. */
export function detachedText(check: DetachedCheck | null): readonly string[] {
  if (check === null) return [];
  const { kind, result, code, fingerprint, signer, root, bound } = check;
  const who = [signer, fingerprint].filter((word) => word !== null).map(printable);
  const by = who.length === 0 ? '' : ` by ${who.join(', ')}`;
  const under = root === null ? '' : `, under the pinned root ${printable(root)}`;
  const ties = fingerprint === null ? '' : bound ? ', bound to the publisher' : ', NOT bound to it';
  const words = { good: 'good', bad: 'BAD', unchecked: 'not checked;' } as const;
  const why = code === null ? [] : [`    ${code}: ${explained(code)}`];
  return [`  ${SCHEME_TITLES[kind]} signature: ${words[result]}${by}${under}${ties}`, ...why];
}

function explained(code: DetachedCode): string {
  return CODE_MEANINGS[code] ?? code;
}

/** Refuses what every reader would call bad, before it is public for good. */
export async function requireGood(question: DetachedQuestion): Promise<void> {
  const check = await checkDetached(question, {});
  // Which roots readers pin is theirs.
  if (check === null || check.code === null || check.code === 'ROOTS_MISSING') return;
  const { kind, code } = check;
  const hint =
    code === 'SIGNATURE_KEY_UNKNOWN'
      ? `bind the key first: ztc publisher bind --${kind}`
      : undefined;
  const message = `the ${SCHEME_TITLES[kind]} signature is not good: ${explained(code)}`;
  throw new CliError(code, message, { hint });
}
