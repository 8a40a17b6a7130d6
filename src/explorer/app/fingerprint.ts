/** The genesis fingerprint that proofs are held against: pasted by the reader, else the node's. */
import { Store } from './store.ts';

const KEY = 'ztc.fingerprint';
export const FINGERPRINT = /^0x[0-9a-f]{64}$/;

/** Storage may be forbidden; then a pasted fingerprint lasts as long as the page. */
function stored(): string | undefined {
  try {
    const text = localStorage.getItem(KEY) ?? '';
    return FINGERPRINT.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

export const fingerprint = new Store<{ pasted: string | undefined }>({ pasted: stored() });

/** @returns whether it is one */
export function pasteFingerprint(text: string): boolean {
  const given = text.trim().toLowerCase();
  const pasted = given.startsWith('0x') ? given : `0x${given}`;
  if (!FINGERPRINT.test(pasted)) return false;
  keep(pasted);
  return true;
}

export function forgetFingerprint(): void {
  keep(undefined);
}

function keep(pasted: string | undefined): void {
  fingerprint.set({ pasted });
  try {
    if (pasted === undefined) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, pasted);
  } catch {
    // It stays for this page.
  }
}
