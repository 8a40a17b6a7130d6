/** What changes with the head only is made once for each, when the first one asks. */
import type { Ledger } from '../state/ledger.ts';

/** @param make reads nothing that another final block is not needed to change */
export function perHead<T>(ledger: Ledger, make: () => T): () => T {
  let made: { readonly head: Uint8Array; readonly value: T } | undefined;
  return () => {
    const { hash } = ledger.head;
    if (made?.head !== hash) made = { head: hash, value: make() };
    return made.value;
  };
}
