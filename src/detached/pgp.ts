/** OpenPGP (RFC 9580): reading keys and signatures, and checking one by the other. */
import {
  createMessage,
  type Key,
  readKey,
  readPrivateKey,
  readSignature,
  type Signature,
  verify,
} from 'openpgp';
import { failure, type Result, success } from '../common/result.ts';
import type { Content, DetachedCode } from '../ledger/detached.ts';
import { isArmored, streamOf } from './content.ts';

/** Clocks differ: a signature may say that it was made so much after the ledger took it. */
const CLOCK_MS = 24 * 60 * 60_000;

export interface PgpKey {
  readonly key: Key;
  /** As it is bound: the key, its first user and its subkeys, without what others certified. */
  readonly bytes: Uint8Array;
  /** In upper-case hexadecimal, as `gpg` shows it. */
  readonly fingerprint: string;
  /** The name that the key gives itself. */
  readonly user: string;
}

/** Reads a public key, armored or binary. A private one is refused: it never leaves its machine. */
export async function readPgpKey(
  given: Uint8Array,
): Promise<Result<PgpKey, 'SIGNATURE_MALFORMED' | 'KEY_PRIVATE'>> {
  if (await isPrivate(given)) {
    return failure('KEY_PRIVATE', 'it is a private key: give what gpg --export gives');
  }
  try {
    const key = await (isArmored(given)
      ? readKey({ armoredKey: textOf(given) })
      : readKey({ binaryKey: given }));
    const { user } = await key.getPrimaryUser().catch(() => {
      const [first] = key.users;
      if (first === undefined) throw new Error('it names no user');
      return { user: first };
    });
    user.otherCertifications = [];
    key.users = [user];
    return success({
      key,
      bytes: key.write(),
      fingerprint: key.getFingerprint().toUpperCase(),
      user: user.userID?.userID ?? '',
    });
  } catch (error) {
    return failure('SIGNATURE_MALFORMED', `it is no PGP public key: ${(error as Error).message}`);
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function isPrivate(given: Uint8Array): Promise<boolean> {
  try {
    const key = await (isArmored(given)
      ? readPrivateKey({ armoredKey: textOf(given) })
      : readPrivateKey({ binaryKey: given }));
    return key.isPrivate();
  } catch {
    return false;
  }
}

export interface PgpSignature {
  readonly signature: Signature;
  readonly bytes: Uint8Array;
  /** Of the key that made it, as it says: its last 16 digits, in upper case. */
  readonly keyId: string;
}

/** Reads one detached signature, armored or binary. */
export async function readPgpSignature(
  given: Uint8Array,
): Promise<Result<PgpSignature, 'SIGNATURE_MALFORMED'>> {
  try {
    const signature = await (isArmored(given)
      ? readSignature({ armoredSignature: textOf(given) })
      : readSignature({ binarySignature: given }));
    const [id, ...others] = signature.getSigningKeyIDs();
    if (id === undefined || others.length > 0) {
      return failure('SIGNATURE_MALFORMED', 'it is not exactly one PGP signature');
    }
    return success({ signature, bytes: signature.write(), keyId: id.toHex().toUpperCase() });
  } catch (error) {
    const { message } = error as Error;
    return failure('SIGNATURE_MALFORMED', `it is no detached PGP signature: ${message}`);
  }
}

/** Whether the key, or a subkey of it, has this id. */
export function hasKeyId({ key }: PgpKey, { signature }: PgpSignature): boolean {
  return signature.getSigningKeyIDs().some((id) => key.getKeys(id).length > 0);
}

/** Whether `key` signed the content, and was valid at `at` (ledger time in ms). */
export async function checkPgp(
  { key }: PgpKey,
  { signature }: PgpSignature,
  content: Content,
  at: number,
): Promise<Result<null, DetachedCode>> {
  const invalid = await keyProblem(key, at);
  if (invalid !== undefined) return failure('SIGNATURE_KEY_INVALID', invalid);
  try {
    const message = await createMessage({ binary: streamOf(content) });
    const date = new Date(at + CLOCK_MS);
    const options = { message, signature, verificationKeys: key, format: 'binary', date } as const;
    const { data, signatures } = await verify(options);
    const [made] = signatures;
    // It fails before the content is read where it can't come to anything.
    made?.verified.catch(() => undefined);
    await drain(data);
    await made?.verified;
    return made === undefined
      ? failure('SIGNATURE_MALFORMED', 'there is no signature')
      : success(null);
  } catch (error) {
    const { message } = error as Error;
    const isWeak = /insecure|unsupported|unknown|not supported|below|must be at least/i;
    const isTooOld = /expired|revoked|was not valid/i;
    const code = isTooOld.test(message)
      ? 'SIGNATURE_KEY_INVALID'
      : isWeak.test(message)
        ? 'SIGNATURE_ALGORITHM'
        : 'SIGNATURE_MISMATCH';
    return failure(code, message);
  }
}

/** Reads to the end: what is read is hashed on its way. By a reader: the library replaces that. */
async function drain(data: unknown): Promise<void> {
  const reader = (data as ReadableStream<Uint8Array>).getReader();
  while (!(await reader.read()).done);
}

/** Why the key doesn't count at `at`; undefined where it does. */
async function keyProblem(key: Key, at: number): Promise<string | undefined> {
  try {
    const date = new Date(at);
    if (await key.isRevoked(undefined, undefined, date)) return 'the PGP key was revoked';
    const expires = await key.getExpirationTime();
    if (expires instanceof Date && expires.getTime() <= at) return 'the PGP key had expired';
    return undefined;
  } catch (error) {
    return `the PGP key is not good: ${(error as Error).message}`;
  }
}
