/**
 * Pages of which origins may read answers (Fetch standard, section 3.3). No cookie and no other
 * standing of the browser counts here, so an answer tells a page what it tells everybody.
 */
import type { IncomingMessage } from 'node:http';
import type { Check } from './answer.ts';

export const ANY_ORIGIN = '*';
/** A day: what is allowed changes with the configuration only. */
const PREFLIGHT_SECONDS = '86400';

/** Answers preflights and adds what browsers look for; `origins` as in `rpc.cors`. */
export function corsCheck(origins: readonly string[]): Check {
  const any = origins.includes(ANY_ORIGIN);
  return ({ method, headers }, response) => {
    const { origin } = headers;
    if (!any && origins.length > 0) response.setHeader('vary', 'Origin');
    if (origin === undefined || !(any || origins.includes(origin))) return true;
    response.setHeader('access-control-allow-origin', any ? ANY_ORIGIN : origin);
    response.setHeader('access-control-expose-headers', 'Retry-After');
    if (method !== 'OPTIONS' || !('access-control-request-method' in headers)) return true;
    const allowed = {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Content-Type, Authorization, Last-Event-ID',
      'access-control-max-age': PREFLIGHT_SECONDS,
    };
    response.writeHead(204, allowed).end();
    return false;
  };
}

/** Whether a page of the request's Origin may connect: its own, or one that may read answers. */
export function isOriginAllowed(
  { headers }: Pick<IncomingMessage, 'headers'>,
  origins: readonly string[],
): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origins.includes(ANY_ORIGIN) || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
