/**
 * Addresses within the page. They stand behind `#`, so that what somebody looks at is in no log of
 * a proxy, and one file serves them all.
 */
import { useEffect, useState } from 'preact/hooks';

/** `name` is the first part; `parts` are the others, decoded. */
export interface Route {
  readonly name: string;
  readonly parts: readonly string[];
}

export function readRoute(hash: string): Route {
  const [name = '', ...parts] = hash.replace(/^#\/?/, '').split('/').map(decoded);
  return { name, parts };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page: `hrefTo('block', 12)`. Digests and hashes stay readable. */
export function hrefTo(...parts: readonly (string | number)[]): string {
  const encoded = parts.map((part) => encodeURIComponent(part).replaceAll('%3A', ':'));
  return `#/${encoded.join('/')}`;
}

export function goTo(...parts: readonly (string | number)[]): void {
  location.hash = hrefTo(...parts);
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const change = () => setHash(location.hash);
    addEventListener('hashchange', change);
    // It may have changed between the drawing and now.
    change();
    return () => removeEventListener('hashchange', change);
  }, []);
  return readRoute(hash);
}
