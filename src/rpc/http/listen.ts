/** What both listeners have in common: fastify with bounds, strict headers and JSON errors. */
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { Logger } from 'pino';
import { ZtcError } from '../../common/errors.ts';
import { errorText } from '../dispatcher.ts';
import { BODY_BYTES_MAX, CONNECTIONS_MAX, KEEP_ALIVE_MS, REQUEST_TIMEOUT_MS } from '../limits.ts';
import type { RejectedReason } from '../metrics.ts';
import { errorObject, type RefusalDetails } from '../refusal.ts';
import type { RpcErrorName } from '../schema/errors.ts';
import { isHostAllowed, SECURITY_HEADERS } from './headers.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with IPv6 in brackets. @throws ZtcError LISTEN_ADDRESS */
export function parseListen(listen: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new ZtcError('LISTEN_ADDRESS', `${listen} is not an address to listen on`, {
      hint: 'write host:port, as 127.0.0.1:8600 or [::1]:8600',
    });
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

/** Certificate chain and private key, PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface AppOptions {
  readonly address: Address;
  /** Names that may stand in the Host header beside those of loopback. */
  readonly hosts?: readonly string[];
  /** Proxies whose word on the client's address is taken. */
  readonly proxies?: readonly string[];
  readonly tls?: Tls | undefined;
  readonly log: Logger;
  onRejected(reason: RejectedReason): void;
}

/** A transport error with a JSON-RPC body, so that RPC clients can read it too. */
export function sendError(
  reply: FastifyReply,
  status: number,
  name: RpcErrorName,
  details: RefusalDetails,
): FastifyReply {
  const body = errorText(errorObject(name, details));
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}

export function createApp(options: AppOptions): FastifyInstance {
  const { address, hosts = [], proxies = [], tls, log, onRejected } = options;
  const app = fastify({
    logger: false,
    ...(tls === undefined ? {} : { https: { ...tls, minVersion: 'TLSv1.2' } }),
    ...(proxies.length === 0 ? {} : { trustProxy: [...proxies] }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    return503OnClosing: false,
    // URLs that cannot be read get here before any hook.
    frameworkErrors: (error, _request, reply) => {
      void sendFailure(error, reply.headers(SECURITY_HEADERS), { log, onRejected });
    },
  });
  app.removeAllContentTypeParsers();
  // The dispatcher parses by itself, since JSON-RPC has its own answer to what is no JSON.
  for (const type of ['application/json', 'application/json-rpc']) {
    app.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    );
  }
  // Hooks call back: async ones would make four promises for each request.
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(SECURITY_HEADERS);
    if (isHostAllowed(address.host, request.headers.host, hosts)) return next();
    onRejected('host');
    sendError(reply, 403, 'INVALID_REQUEST', {
      code: 'HOST_NOT_ALLOWED',
      message: 'this listener does not answer to that name',
      hint: 'use a name that rpc.hosts lists, or a loopback one',
    });
  });
  app.setNotFoundHandler((request, reply) => {
    onRejected('not_found');
    return sendError(reply, 404, 'INVALID_REQUEST', {
      code: 'ROUTE_NOT_FOUND',
      message: `there is nothing to ${request.method} here`,
      hint: 'JSON-RPC 2.0 is at POST /rpc',
    });
  });
  app.setErrorHandler((error: FastifyError, _request, reply) =>
    sendFailure(error, reply, { log, onRejected }),
  );
  return app;
}

/** What fastify itself refuses, and what a route of ours threw. */
function sendFailure(
  error: FastifyError,
  reply: FastifyReply,
  { log, onRejected }: Pick<AppOptions, 'log' | 'onRejected'>,
): FastifyReply {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      onRejected('body_too_large');
      return sendError(reply, 413, 'LIMIT_EXCEEDED', {
        code: 'BODY_TOO_LARGE',
        message: `a request body has at most ${BODY_BYTES_MAX} bytes`,
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      onRejected('content_type');
      return sendError(reply, 415, 'INVALID_REQUEST', {
        code: 'CONTENT_TYPE',
        message: 'the content type must be application/json',
      });
    default:
  }
  const status = error.statusCode ?? 500;
  if (status < 500) {
    return sendError(reply, status, 'INVALID_REQUEST', { message: error.message });
  }
  log.error({ err: error }, 'an HTTP route failed');
  return sendError(reply, 500, 'INTERNAL_ERROR', {});
}

/** @throws ZtcError PORT_TAKEN, LISTEN_FAILED */
export async function listen(app: FastifyInstance, address: Address): Promise<string> {
  try {
    // Whom a shorter line has no room for knocks again after seconds, and hears nothing until then.
    return await app.listen({ ...address, backlog: CONNECTIONS_MAX });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const where = `${address.host}:${address.port}`;
    if (code === 'EADDRINUSE') {
      throw new ZtcError('PORT_TAKEN', `${where} is in use by another process`, { cause: error });
    }
    throw new ZtcError('LISTEN_FAILED', `cannot listen on ${where}`, { cause: error });
  }
}
