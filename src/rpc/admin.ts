/**
 * The operator's listener: metrics, health, and `admin_*`, which always wants the token. Meant for
 * loopback; health and metrics say nothing secret.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { Type } from 'typebox';
import type { Json } from '../common/codec/index.ts';
import { bearerToken, type TokenSource } from './access/tokens.ts';
import { createDispatcher, type MethodTable } from './dispatcher.ts';
import { createApp, listen, parseListen, sendError } from './http/listen.ts';
import { Turns } from './http/turns.ts';
import type { RpcMetrics } from './metrics.ts';
import type { RpcServer } from './server.ts';
import { timeText } from './views.ts';

export interface Readiness {
  readonly ready: boolean;
  /** What was looked at, by name; shown by `/readyz?verbose`. */
  readonly checks: Json;
}

export interface AdminServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  readonly registry: Registry;
  /** The content of the home's `admin-token`. */
  readonly token: string;
  /** Those with the role `admin` do as well. */
  readonly tokens: TokenSource;
  ready(): Readiness;
  readonly metrics: RpcMetrics;
  readonly log: Logger;
}

const UNAUTHORIZED = 401;
const UNAVAILABLE = 503;
const MS_PER_SECOND = 1_000;

export function createAdminServer(options: AdminServerOptions): RpcServer {
  const { metrics, log } = options;
  const address = parseListen(options.listen);
  const app = createApp({ address, log, onRejected: (reason) => metrics.rejected.inc({ reason }) });
  routeHealth(app, options);
  routeAdmin(app, options);
  return {
    start: async () => ({ url: await listen(app, address) }),
    stop: async () => await app.close(),
  };
}

function routeHealth(app: FastifyInstance, { registry, ready }: AdminServerOptions): void {
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  app.get('/livez', async (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get<{ Querystring: { verbose?: string } }>('/readyz', async (request, reply) => {
    const readiness = ready();
    reply.code(readiness.ready ? 200 : UNAVAILABLE).header('cache-control', 'no-store');
    if (request.query.verbose !== undefined) {
      return reply.send({ ready: readiness.ready, checks: readiness.checks });
    }
    return reply.type('text/plain').send(readiness.ready ? 'ok\n' : 'not ready\n');
  });
}

function routeAdmin(app: FastifyInstance, options: AdminServerOptions): void {
  const { metrics, log } = options;
  const dispatch = createDispatcher({
    methods: adminMethods(options),
    turns: new Turns(),
    metrics,
    log,
  });
  app.post('/rpc', async (request, reply) => {
    if (!isAuthorized(bearerToken(request.headers.authorization), options)) {
      metrics.rejected.inc({ reason: 'unauthorized' });
      reply.header('www-authenticate', 'Bearer');
      return sendError(reply, UNAUTHORIZED, 'INVALID_REQUEST', {
        code: 'UNAUTHORIZED',
        message: 'the admin methods want the token',
        hint: "send Authorization: Bearer and the home's admin-token, or a token of role admin",
      });
    }
    const text = await dispatch(typeof request.body === 'string' ? request.body : '');
    if (text === undefined) return reply.code(204).send();
    return reply.type('application/json; charset=utf-8').send(text);
  });
}

function adminMethods({ ready }: AdminServerOptions): MethodTable {
  return {
    admin_status: {
      params: Type.Object({}),
      handle: () => {
        const uptimeMs = Math.round(process.uptime() * MS_PER_SECOND);
        const { rss, heapUsed } = process.memoryUsage();
        return {
          ...ready(),
          pid: process.pid,
          startedAt: timeText(Date.now() - uptimeMs),
          uptimeMs,
          rssBytes: rss,
          heapBytes: heapUsed,
        };
      },
    },
  };
}

/** Compares hashes, so that neither content nor length of the token shows in the time taken. */
function isAuthorized(
  given: string | undefined,
  { token, tokens }: Pick<AdminServerOptions, 'token' | 'tokens'>,
): boolean {
  if (given === undefined || token === '') return false;
  const hashed = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hashed(given), hashed(token)) || tokens.find(given)?.role === 'admin';
}
