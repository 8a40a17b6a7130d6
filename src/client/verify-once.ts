/** Checking a signature once, however many answers rest on it: those of one head share them. */
import { keyText } from '../common/bytes.ts';
import type { Verify } from '../common/signature.ts';

/** Those of a few heads of a large consortium; 130 bytes each. */
const REMEMBERED_MAX = 1_024;

/** As `verify`; remembers the last good ones, and nothing of bad ones. */
export function verifyOnce(verify: Verify): Verify {
  const good = new Set<string>();
  return (signature, message, key) => {
    // Both lengths, so that no two triples make the same text.
    const parts = [signature, message, key].map(keyText);
    const name = `${signature.length} ${message.length} ${parts.join('')}`;
    if (good.has(name)) return true;
    if (!verify(signature, message, key)) return false;
    good.add(name);
    const [oldest] = good;
    if (good.size > REMEMBERED_MAX && oldest !== undefined) good.delete(oldest);
    return true;
  };
}
