/** Who signs: a publisher's key, as `ztc key new` writes it. */
import { fromBase64url } from '../common/bytes.ts';
import { ZtcError } from '../common/errors.ts';
import { keyPairOf, publicKeyToText, SECRET_KEY_BYTES } from '../common/signature.ts';
import type { Signer } from './writing.ts';

const KEY_SCHEMA = 'ztc.key/v1';

/**
 * The signer of a key file's text. It holds the secret: keep it out of logs.
 *
 * @throws ZtcError KEY_FILE_INVALID; the message holds nothing of the text
 * @example
 * const own = signerOf(keyText); // the text of acme.key
 * own.publisher; // → 'acme'
 */
export function signerOf(keyFile: string, publisher?: string): Signer {
  let document: { readonly [name: string]: unknown };
  try {
    document = Object(JSON.parse(keyFile)) as typeof document;
  } catch {
    throw invalid('it is no JSON');
  }
  const { schema, publisher: named, publicKey, secretKey } = document;
  if (schema !== KEY_SCHEMA) throw invalid(`its schema is not ${KEY_SCHEMA}`);
  const secret = typeof secretKey === 'string' ? fromBase64url(secretKey) : undefined;
  if (secret?.length !== SECRET_KEY_BYTES) throw invalid('its secret key is not 32 bytes');
  if (publicKey !== publicKeyToText(keyPairOf(secret).publicKey)) {
    throw invalid('its public key does not belong to its secret key');
  }
  const id = publisher ?? named;
  if (typeof id !== 'string') throw invalid('it names no publisher');
  return { publisher: id, secretKey: secret };
}

function invalid(what: string): ZtcError {
  return new ZtcError('KEY_FILE_INVALID', `this is no publisher's key file: ${what}`, {
    hint: 'make one with: ztc key new FILE --publisher ID',
  });
}
