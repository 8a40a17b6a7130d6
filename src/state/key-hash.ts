/** Key hashes, remembered: executing, writing and reading ask for the same ones again. */
import { keyHash } from '../ledger/merkle/sparse.ts';

/** The keys of a thousand statements; two generations of them take about 3 MB. */
const GENERATION_MAX = 8_192;

let young = new Map<string, Uint8Array>();
let old = new Map<string, Uint8Array>();

/** As `keyHash`; the answer must not be changed. */
export function keyHashOf(key: string): Uint8Array {
  const known = young.get(key);
  if (known !== undefined) return known;
  const hash = old.get(key) ?? keyHash(key);
  if (young.size >= GENERATION_MAX) {
    old = young;
    young = new Map();
  }
  young.set(key, hash);
  return hash;
}
