/** The token of the reader, where the node demands one: kept as long as the tab. */
import { Store } from './store.ts';

const KEY = 'ztc.token';

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export const access = new Store<{ token: string | undefined }>({ token: stored() });

export function keepToken(token: string): void {
  access.set({ token });
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // Storage may be forbidden: it stays for this page.
  }
}
