/** What every request to the public listener passes first: whose it is, and how often they ask. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Client, Door } from '../access/clients.ts';
import type { RpcMetrics } from '../metrics.ts';
import { comeBackIn } from './admission.ts';
import { sendError } from './listen.ts';

const UNAUTHORIZED = 401;
const TOO_MANY = 429;
const MS_PER_SECOND = 1_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once the gate has looked. */
    client: Client | null;
  }
}

export class Gate {
  readonly #door: Door;
  readonly #metrics: RpcMetrics;

  constructor(door: Door, metrics: RpcMetrics) {
    this.#door = door;
    this.#metrics = metrics;
  }

  /** From now on all requests pass it first; it answers 401 and 429 itself. */
  stand(app: FastifyInstance): void {
    app.decorateRequest('client', null);
    app.addHook('onRequest', (request, reply, next) => {
      if (this.#refused(request, reply) === undefined) next();
    });
  }

  #refused(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    if (this.clientOf(request).badToken) return this.refuse(reply);
    const waitMs = this.admit(request);
    if (waitMs === undefined) return undefined;
    this.#metrics.rejected.inc({ reason: 'rate' });
    comeBackIn(Math.ceil(waitMs / MS_PER_SECOND), request, reply);
    return sendError(reply, TOO_MANY, 'LIMIT_EXCEEDED', {
      code: 'RATE_LIMITED',
      message: 'too many calls by this client',
      retryable: true,
      retryAfterMs: waitMs,
    });
  }

  clientOf(request: FastifyRequest): Client {
    if (request.client !== null) return request.client;
    const forwarded = (request.ips?.length ?? 0) > 1;
    const client = this.#door.client({ address: request.ip, headers: request.headers, forwarded });
    request.client = client;
    return client;
  }

  /** Lets one more call of a connection in; else how many ms to wait. */
  admit(request: FastifyRequest): number | undefined {
    return this.#door.admit(this.clientOf(request));
  }

  mayRead(request: FastifyRequest): boolean {
    return this.#door.mayRead(this.clientOf(request));
  }

  /** Counts what a request turned out to cost beside the call it was let in for. */
  charge(request: FastifyRequest, calls: number): void {
    this.#door.charge(this.clientOf(request), calls);
  }

  /** Answers who may not read. */
  refuse(reply: FastifyReply): FastifyReply {
    this.#metrics.rejected.inc({ reason: 'unauthorized' });
    reply.header('www-authenticate', 'Bearer').header('connection', 'close');
    return sendError(reply, UNAUTHORIZED, 'UNAUTHORIZED', {
      message: 'this node answers holders of a token',
      hint: 'send Authorization: Bearer and a token that its operator made: ztc token create',
    });
  }
}
