/** Signature checks as flat bytes: many travel between threads in one transferred buffer. */
import { HASH_BYTES } from '../common/hash.ts';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../common/signature.ts';

/** What one signature is checked by. All parts have their full length. */
export interface SignatureCheck {
  readonly signature: Uint8Array;
  /** What is signed: always a domain hash. */
  readonly message: Uint8Array;
  readonly key: Uint8Array;
}

/**
 * `consensus`: ZIP-215, the same answer on every node. `door`: stricter and cheap, for what
 * strangers send; its no decides only what we let in.
 */
export type Rule = 'consensus' | 'door';

/** To the worker. */
export interface Job {
  readonly rule: Rule;
  readonly checks: Uint8Array<ArrayBuffer>;
}

/** Back from it: a byte for each check, 1 = good. */
export type Outcome = Uint8Array<ArrayBuffer>;

const MESSAGE_AT = SIGNATURE_BYTES;
const KEY_AT = MESSAGE_AT + HASH_BYTES;
export const CHECK_BYTES = KEY_AT + PUBLIC_KEY_BYTES;

export function packChecks(checks: readonly SignatureCheck[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(checks.length * CHECK_BYTES);
  let at = 0;
  for (const { signature, message, key } of checks) {
    bytes.set(signature, at);
    bytes.set(message, at + MESSAGE_AT);
    bytes.set(key, at + KEY_AT);
    at += CHECK_BYTES;
  }
  return bytes;
}

export function* unpackChecks(bytes: Uint8Array): Generator<SignatureCheck> {
  for (let at = 0; at < bytes.length; at += CHECK_BYTES) {
    yield {
      signature: bytes.subarray(at, at + MESSAGE_AT),
      message: bytes.subarray(at + MESSAGE_AT, at + KEY_AT),
      key: bytes.subarray(at + KEY_AT, at + CHECK_BYTES),
    };
  }
}
