/** Private statements: salts, and the words that stand behind a commitment. */
import { ZtcError } from '../common/errors.ts';
import { type Opening, SALT_BYTES } from '../ledger/private-words.ts';

/** What a statement says of the asset, publicly or behind a commitment. */
export interface Words {
  readonly name?: string;
  readonly version?: string;
  readonly size?: number | null;
  readonly attributes?: { readonly [key: string]: string };
}

/** What opens a private statement: the salt that it was made with, and its words. */
export interface PrivateWords extends Words {
  readonly salt: Uint8Array;
}

/**
 * 32 random bytes for one private statement. Keep them, with the words, before you notarize: nobody
 * can show the words without them, you neither.
 *
 * @example
 * const salt = privateSalt();
 * const said = { digest, name: 'falcon', salt };
 * const { height } = await notarize(client, signer, said);
 * (await authenticate(client, digest, { minHeight: height })).statement?.name; // → ''
 * const receipt = await receiptOf(client, digest, { minHeight: height, words: [said] });
 * const proven = verifyReceipt(receipt, trust);
 * proven.kind === 'asset' && proven.statement?.name; // → 'falcon'
 */
export function privateSalt(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(SALT_BYTES));
}

/** @throws ZtcError USAGE */
export function openingOf({ salt, ...words }: PrivateWords): Opening {
  if (salt.length !== SALT_BYTES) {
    throw new ZtcError('USAGE', `a salt has ${SALT_BYTES} bytes: privateSalt() makes one`);
  }
  return { salt, ...wordsOf(words) };
}

/** As the ledger has them. */
export function wordsOf({ name = '', version = '', size = null, attributes = {} }: Words) {
  const pairs = Object.entries(attributes).map(([key, value]) => ({ key, value }));
  return { name, version, size, attributes: pairs.sort((a, b) => (a.key < b.key ? -1 : 1)) };
}
