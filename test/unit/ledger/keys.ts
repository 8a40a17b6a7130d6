/** Keys and the time from which all that is fixed in the tests here is made. */
import { utf8 } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { type KeyPair, keyPairOf } from '../../../src/common/signature.ts';

/** A key pair made from its name. */
export function keysOf(name: string): KeyPair {
  return keyPairOf(sha256(utf8(`ztc test key ${name}`)));
}

/** 2026-11-01T00:00:00Z. */
export const GENESIS_TIME = Date.UTC(2026, 10, 1);
