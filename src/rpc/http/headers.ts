/** Security headers of every response, and who may be the Host. */

/** Nothing may be loaded, framed or sniffed unless a route says so. */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

export function isLoopback(host: string): boolean {
  return host === '::1' || LOOPBACK_NAMES.includes(host) || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The name in a Host header, without its port. */
const HOST_PATTERN = /^(\[[0-9a-fA-F:.]+\]|[^:]*)(?::\d{1,5})?$/;

/**
 * On loopback only loopback names may stand in the Host header: a page of a stranger whose name was
 * made to resolve to 127.0.0.1 (DNS rebinding) sends its own. Where the operator lists names, these
 * and loopback ones may, wherever it listens. Elsewhere without a list any name will do.
 */
export function isHostAllowed(
  listenHost: string,
  header: string | undefined,
  hosts: readonly string[] = [],
): boolean {
  if (!isLoopback(listenHost) && hosts.length === 0) return true;
  const name = HOST_PATTERN.exec(header ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return LOOPBACK_NAMES.includes(name) || name === listenHost || hosts.includes(name);
}
