/**
 * What both listeners have in common: bounds, strict headers, JSON errors. JSON-RPC is answered
 * before the framework sees it, which would cost more than all else that a small call does; every
 * other request goes to fastify's routes. Both pass the same checks.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { Logger } from 'pino';
import { ZtcError } from '../../common/errors.ts';
import { errorText } from '../dispatcher.ts';
import { CONNECTIONS_MAX, KEEP_ALIVE_MS, REQUEST_TIMEOUT_MS } from '../limits.ts';
import { errorObject, type RefusalDetails } from '../refusal.ts';
import type { RpcErrorName } from '../schema/errors.ts';
import { answerError, type Check, JSON_TYPE } from './answer.ts';
import type { OnRejected } from './body.ts';
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

/** Answers a `POST` to a path of JSON-RPC that has passed all checks. */
export type RpcListener = (request: IncomingMessage, response: ServerResponse) => void;

export interface AppOptions {
  readonly address: Address;
  /** Names that may stand in the Host header beside those of loopback. */
  readonly hosts?: readonly string[];
  readonly tls?: Tls | undefined;
  /** What every request passes after the look at its Host. */
  readonly checks?: readonly Check[];
  /** Where JSON-RPC is posted to. */
  readonly rpcPaths: readonly string[];
  readonly rpc: RpcListener;
  readonly log: Logger;
  readonly onRejected: OnRejected;
}

/** As `answerError`, for routes of fastify. */
export function sendError(
  reply: FastifyReply,
  status: number,
  name: RpcErrorName,
  details: RefusalDetails,
): FastifyReply {
  return reply
    .code(status)
    .type(JSON_TYPE)
    .send(errorText(errorObject(name, details)));
}

export function createApp(options: AppOptions): FastifyInstance {
  const { tls, log, onRejected } = options;
  const passes = checkOf(options);
  const app = fastify({
    logger: false,
    // For the address that it tells; the server itself is ours.
    ...(tls === undefined ? {} : { https: { ...tls } }),
    serverFactory: (handle) => serverOf(options, passes, handle),
    forceCloseConnections: true,
    return503OnClosing: false,
    // URLs that cannot be read get here before any hook.
    frameworkErrors: (error, _request, reply) => {
      void sendFailure(error, reply.headers(SECURITY_HEADERS), log);
    },
  });
  // Nothing that fastify routes has a body.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  // Who is not let in has been answered, and goes no further.
  app.addHook('onRequest', ({ raw, headers }, reply, next) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) reply.raw.setHeader(name, value);
    if (passes(raw, reply.raw)) next();
    // Sockets' upgrades come here too, and nobody else would end the connection of one.
    else if ('upgrade' in headers) reply.raw.once('finish', () => raw.socket.destroySoon());
  });
  app.setNotFoundHandler((request, reply) => {
    onRejected('not_found');
    return sendError(reply, 404, 'INVALID_REQUEST', {
      code: 'ROUTE_NOT_FOUND',
      message: `there is nothing to ${request.method} here`,
      hint: 'JSON-RPC 2.0 is at POST /rpc',
    });
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => sendFailure(error, reply, log));
  return app;
}

/** All checks in one: the name that was asked for first. */
function checkOf({ address, hosts = [], checks = [], onRejected }: AppOptions): Check {
  return (request, response) => {
    if (isHostAllowed(address.host, request.headers.host, hosts)) {
      return checks.every((passes) => passes(request, response));
    }
    onRejected('host');
    answerError(response, 403, 'INVALID_REQUEST', {
      code: 'HOST_NOT_ALLOWED',
      message: 'this listener does not answer to that name',
      hint: 'use a name that rpc.hosts lists, or a loopback one',
    });
    return false;
  };
}

function serverOf(
  { tls, rpc, rpcPaths }: AppOptions,
  passes: Check,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.method !== 'POST' || !rpcPaths.includes(pathOf(request))) handle(request, response);
    else if (passes(request, response)) rpc(request, response);
  };
  const times = { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS };
  if (tls === undefined) return createServer(times, listener);
  return createSecureServer({ ...times, ...tls, minVersion: 'TLSv1.2' }, listener);
}

/** Without what follows a question mark. */
function pathOf({ url = '' }: IncomingMessage): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** What fastify itself refuses, and what a route of ours threw. */
function sendFailure(error: FastifyError, reply: FastifyReply, log: Logger): FastifyReply {
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
