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

/**
 * On loopback only loopback names may stand in the Host header: a page of a stranger whose name was
 * made to resolve to 127.0.0.1 (DNS rebinding) sends its own. Elsewhere the operator's proxy rules.
 */
export function isHostAllowed(listenHost: string, header: string | undefined): boolean {
  if (!isLoopback(listenHost)) return true;
  const name = /^(\[[0-9a-fA-F:.]+\]|[^:]*)(?::\d{1,5})?$/.exec(header ?? '')?.[1]?.toLowerCase();
  return name !== undefined && (LOOPBACK_NAMES.includes(name) || name === listenHost);
}
