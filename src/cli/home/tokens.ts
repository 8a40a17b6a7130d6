/**
 * Tokens of a home: who may read from other hosts, and who may administrate. The file holds hashes,
 * so that who reads it can't use them; a token is shown once, when it is made.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { OWNER_ONLY, readTextIfAny, replaceFile } from './files.ts';

export const TOKEN_ROLES = ['read', 'admin'] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

export interface Token {
  /** Names it, and is no secret. */
  readonly id: string;
  readonly role: TokenRole;
  /** SHA-256 of the token, in hexadecimal. */
  readonly hash: string;
  /** Whose it is, in the operator's words. */
  readonly note: string;
  /** RFC 3339. */
  readonly created: string;
  /** RFC 3339; null: never. */
  readonly expires: string | null;
}

const SCHEMA = 'ztc.tokens/v1';
const ID_BYTES = 4;
const SECRET_BYTES = 32;
/** So that a token is known for one where it turns up in a log. */
const PREFIX = 'ztc_';
/** How long a revoked token may still be taken, in ms: the file is looked at this often. */
const LOOK_MS = 1_000;

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** @throws CliError TOKENS_FILE */
export async function readTokens(file: string): Promise<readonly Token[]> {
  return parseTokens(file, await readTextIfAny(file));
}

function parseTokens(file: string, text: string | undefined): readonly Token[] {
  if (text === undefined) return [];
  try {
    const { schema, tokens } = JSON.parse(text) as { schema?: unknown; tokens?: unknown };
    if (schema === SCHEMA && Array.isArray(tokens) && tokens.every(isToken)) return tokens;
  } catch {
    // Said below.
  }
  throw new CliError('TOKENS_FILE', `${file} is no file of ${SCHEMA}`, {
    hint: 'move it away and make the tokens anew: ztc token create',
    exit: EXIT.USAGE,
  });
}

function isToken(value: unknown): value is Token {
  const { id, role, hash, note, created, expires } = Object(value) as Record<string, unknown>;
  return (
    [id, hash, note, created].every((text) => typeof text === 'string') &&
    TOKEN_ROLES.some((known) => known === role) &&
    (expires === null || typeof expires === 'string')
  );
}

async function writeTokens(file: string, tokens: readonly Token[]): Promise<void> {
  await replaceFile(file, `${JSON.stringify({ schema: SCHEMA, tokens }, null, 2)}\n`, OWNER_ONLY);
}

/** Makes a token; what it returns is nowhere else. */
export async function createToken(
  file: string,
  made: { readonly role: TokenRole; readonly note: string; readonly expiresAt: number | null },
  now: number,
): Promise<{ readonly token: Token; readonly secret: string }> {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const { role, note, expiresAt } = made;
  const expires = expiresAt === null ? null : new Date(expiresAt).toISOString();
  const created = new Date(now).toISOString();
  const token: Token = { id, role, hash: hashOf(secret), note, created, expires };
  await writeTokens(file, [...(await readTokens(file)), token]);
  return { token, secret };
}

/** False: there is none of that name. */
export async function revokeToken(file: string, id: string): Promise<boolean> {
  const tokens = await readTokens(file);
  if (!tokens.some((token) => token.id === id)) return false;
  await writeTokens(
    file,
    tokens.filter((token) => token.id !== id),
  );
  return true;
}

/** What a running node asks. A file that was changed is read again; one that is broken is none. */
export function tokenSource(file: string, now: () => number) {
  let tokens = new Map<string, Token>();
  let looked = Number.NEGATIVE_INFINITY;
  let stamp = '';
  const look = (): void => {
    if (now() - looked < LOOK_MS) return;
    looked = now();
    try {
      const { mtimeMs, ino, size } = statSync(file);
      const found = `${mtimeMs} ${ino} ${size}`;
      if (found === stamp) return;
      const listed = parseTokens(file, readFileSync(file, 'utf8'));
      tokens = new Map(listed.map((token) => [token.hash, token]));
      stamp = found;
    } catch {
      tokens = new Map();
      stamp = '';
    }
  };
  return {
    /** Found by its hash, so that the time it takes says nothing about a token. */
    find(secret: string): { readonly id: string; readonly role: TokenRole } | undefined {
      look();
      const token = tokens.get(hashOf(secret));
      if (token === undefined) return undefined;
      const isOver = token.expires !== null && Date.parse(token.expires) <= now();
      return isOver ? undefined : { id: token.id, role: token.role };
    },
  };
}
