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
import { answerError } from './http/answer.ts';
import type { OnRejected } from './http/body.ts';
import { createApp, listen, parseListen, type RpcListener } from './http/listen.ts';
import { Turns } from './http/turns.ts';
import type { RpcMetrics } from './metrics.ts';
import { answerBody } from './routes/json-rpc.ts';
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

const RPC_PATH = '/rpc';
const UNAUTHORIZED = 401;
const UNAVAILABLE = 503;
const MS_PER_SECOND = 1_000;

export function createAdminServer(options: AdminServerOptions): RpcServer {
  const { metrics, log } = options;
  const address = parseListen(options.listen);
  const onRejected: OnRejected = (reason) => metrics.rejected.inc({ reason });
  const rpc = { rpcPaths: [RPC_PATH], rpc: adminListener(options, onRejected) };
  const app = createApp({ address, ...rpc, log, onRejected });
  routeHealth(app, options);
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

function adminListener(options: AdminServerOptions, onRejected: OnRejected): RpcListener {
  const { metrics, log } = options;
  const methods = adminMethods(options);
  const dispatch = createDispatcher({ methods, turns: new Turns(), metrics, log });
  return (request, response) => {
    if (!isAuthorized(bearerToken(request.headers.authorization), options)) {
      onRejected('unauthorized');
      response.setHeader('www-authenticate', 'Bearer').setHeader('connection', 'close');
      answerError(response, UNAUTHORIZED, 'INVALID_REQUEST', {
        code: 'UNAUTHORIZED',
        message: 'the admin methods want the token',
        hint: "send Authorization: Bearer and the home's admin-token, or a token of role admin",
      });
      return;
    }
    answerBody(request, response, { log, onRejected, answer: dispatch });
  };
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
