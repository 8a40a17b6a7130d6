/** Who a bearer token stands for. Where tokens are kept is the operator's side: `src/cli/home`. */

/** `read`: reads from other hosts where `rpc.access` is `token`; `admin`: that, and `admin_*`. */
export type TokenRole = 'read' | 'admin';

export interface TokenHolder {
  /** Names the token, and is no secret. */
  readonly id: string;
  readonly role: TokenRole;
}

export interface TokenSource {
  /** Undefined: unknown, revoked, or expired by now. */
  find(token: string): TokenHolder | undefined;
}

export const NO_TOKENS: TokenSource = { find: () => undefined };

/** The token of an Authorization header (RFC 6750 section 2.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([\w~+/.-]{1,256}=*)$/i.exec(header ?? '')?.[1];
}
