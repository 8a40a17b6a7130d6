/** The small schemas that all structures of the ledger share. */
import { fromHex, toHex } from '../common/bytes.ts';
import {
  type BinaryText,
  binary,
  bytesOf,
  type Schema,
  text,
  uint,
} from '../common/codec/index.ts';
import { HASH_BYTES } from '../common/hash.ts';
import {
  ALGORITHM_ED25519,
  PUBLIC_KEY_BYTES,
  publicKeyFromText,
  publicKeyToText,
  SIGNATURE_BYTES,
} from '../common/signature.ts';

/** A member's or publisher's unique, never reused id. */
export const ID_PATTERN = /^[a-z0-9-]{2,40}$/;
const ID_BYTES_MAX = 40;
/** Fits a company's name with its legal form. */
const DISPLAY_NAME_BYTES_MAX = 96;
/** No control, zero-width or direction-changing characters, no line ends, not empty. */
const DISPLAY_NAME_PATTERN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  /^[^\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+$/;

export const id: Schema<string> = text(ID_BYTES_MAX, ID_PATTERN);
export const displayName: Schema<string> = text(DISPLAY_NAME_BYTES_MAX, DISPLAY_NAME_PATTERN);

/** A SHA-256 of ours: block, transaction, root, chain. */
export const hash: Schema<Uint8Array> = bytesOf(HASH_BYTES);
/** Ledger time in integer milliseconds since 1970 UTC. */
export const time: Schema<number> = uint();
export const height: Schema<number> = uint();
export const view: Schema<number> = uint();
export const epoch: Schema<number> = uint();
/** Position of a validator in its epoch's set. */
export const validatorIndex: Schema<number> = uint(127);

const KEY_TEXT: BinaryText = {
  to: publicKeyToText,
  from: (spelled) => {
    const key = publicKeyFromText(spelled);
    return key.ok ? key.value : undefined;
  },
};

/** A public key: algorithm byte and 32 bytes; `ed25519:<base64url>` in text. */
export const publicKey: Schema<Uint8Array> = binary(
  'a public key of a known algorithm',
  PUBLIC_KEY_BYTES,
  (bytes) => bytes.length === PUBLIC_KEY_BYTES && bytes[0] === ALGORITHM_ED25519,
  KEY_TEXT,
);

/** A signature: algorithm byte and 64 bytes. */
export const signature: Schema<Uint8Array> = binary(
  'a signature of a known algorithm',
  SIGNATURE_BYTES,
  (bytes) => bytes.length === SIGNATURE_BYTES && bytes[0] === ALGORITHM_ED25519,
);

export const ALGORITHM_SHA256 = 1;
const ASSET_TEXT_PREFIX = 'sha256:';

/** The text form `sha256:<hex>` of an asset digest (algorithm byte and 32 bytes). */
export function assetToText(asset: Uint8Array): string {
  return ASSET_TEXT_PREFIX + toHex(asset.subarray(1));
}

/** Reads `sha256:<hex>` or bare hex of either case; undefined where it is neither. */
export function assetFromText(spelled: string): Uint8Array | undefined {
  const hex = spelled.startsWith(ASSET_TEXT_PREFIX)
    ? spelled.slice(ASSET_TEXT_PREFIX.length)
    : spelled;
  const digest = fromHex(/^[0-9A-Fa-f]{64}$/.test(hex) ? hex.toLowerCase() : '-');
  return digest === undefined ? undefined : assetOf(digest);
}

/** The asset that a plain SHA-256 digest names. */
export function assetOf(digest: Uint8Array): Uint8Array {
  const asset = new Uint8Array(1 + HASH_BYTES);
  asset[0] = ALGORITHM_SHA256;
  asset.set(digest, 1);
  return asset;
}

/** The name of anything notarized: algorithm byte (1 = SHA-256) and digest. */
export const asset: Schema<Uint8Array> = binary(
  'a digest of a known algorithm',
  1 + HASH_BYTES,
  (bytes) => bytes.length === 1 + HASH_BYTES && bytes[0] === ALGORITHM_SHA256,
  { to: assetToText, from: assetFromText },
);
