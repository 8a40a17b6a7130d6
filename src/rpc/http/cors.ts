/**
 * Pages of which origins may read answers (Fetch standard, section 3.3). No cookie and no other
 * standing of the browser counts here, so an answer tells a page what it tells everybody.
 */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';

export const ANY_ORIGIN = '*';
/** A day: what is allowed changes with the configuration only. */
const PREFLIGHT_SECONDS = 86_400;

/** Answers preflights and adds what browsers look for; `origins` as in `rpc.cors`. */
export function corsHook(origins: readonly string[]) {
  const any = origins.includes(ANY_ORIGIN);
  return (request: FastifyRequest, reply: FastifyReply, next: HookHandlerDoneFunction): void => {
    const { origin } = request.headers;
    if (!any && origins.length > 0) reply.header('vary', 'Origin');
    if (origin === undefined || !(any || origins.includes(origin))) {
      next();
      return;
    }
    reply.header('access-control-allow-origin', any ? ANY_ORIGIN : origin);
    reply.header('access-control-expose-headers', 'Retry-After');
    const isPreflight =
      request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    if (!isPreflight) {
      next();
      return;
    }
    reply
      .header('access-control-allow-methods', 'GET, POST')
      .header('access-control-allow-headers', 'Content-Type, Authorization, Last-Event-ID')
      .header('access-control-max-age', PREFLIGHT_SECONDS)
      .code(204)
      .send();
  };
}

/** Whether a page of the request's Origin may connect: its own, or one that may read answers. */
export function isOriginAllowed(
  { headers }: Pick<FastifyRequest, 'headers'>,
  origins: readonly string[],
): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origins.includes(ANY_ORIGIN) || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
