/** What every request to the public listener passes first: whose it is, and how often they ask. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import type { Client, Door } from '../access/clients.ts';
import type { RpcMetrics } from '../metrics.ts';
import { comeBackIn } from './admission.ts';
import { answerError } from './answer.ts';

const UNAUTHORIZED = 401;
const TOO_MANY = 429;
const MS_PER_SECOND = 1_000;

declare module 'node:http' {
  interface IncomingMessage {
    /** Who asks, once the gate has looked. */
    asker?: Client;
  }
}

export interface GateOptions {
  readonly door: Door;
  /** Proxies whose word on the client's address is taken. */
  readonly proxies: readonly string[];
  readonly metrics: RpcMetrics;
}

export class Gate {
  readonly #door: Door;
  readonly #metrics: RpcMetrics;
  readonly #isProxy: ReturnType<typeof proxyAddr.compile> | undefined;

  constructor({ door, proxies, metrics }: GateOptions) {
    this.#door = door;
    this.#metrics = metrics;
    this.#isProxy = proxies.length === 0 ? undefined : proxyAddr.compile([...proxies]);
  }

  /** A `Check`: answers 401 and 429 itself. */
  passes(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.clientOf(request).badToken) {
      this.refuse(response);
      return false;
    }
    const waitMs = this.admit(request);
    if (waitMs === undefined) return true;
    this.#metrics.rejected.inc({ reason: 'rate' });
    comeBackIn(Math.ceil(waitMs / MS_PER_SECOND), request, response);
    answerError(response, TOO_MANY, 'LIMIT_EXCEEDED', {
      code: 'RATE_LIMITED',
      message: 'too many calls by this client',
      retryable: true,
      retryAfterMs: waitMs,
    });
    return false;
  }

  clientOf(request: IncomingMessage): Client {
    request.asker ??= this.#door.client({ ...this.#addressOf(request), headers: request.headers });
    return request.asker;
  }

  /** Lets one more call of a connection in; else how many ms to wait. */
  admit(request: IncomingMessage): number | undefined {
    return this.#door.admit(this.clientOf(request));
  }

  mayRead(request: IncomingMessage): boolean {
    return this.#door.mayRead(this.clientOf(request));
  }

  /** Counts what a request turned out to cost beside the call it was let in for. */
  charge(request: IncomingMessage, calls: number): void {
    this.#door.charge(this.clientOf(request), calls);
  }

  /** Answers who may not read. */
  refuse(response: ServerResponse): void {
    this.#metrics.rejected.inc({ reason: 'unauthorized' });
    response.setHeader('www-authenticate', 'Bearer').setHeader('connection', 'close');
    answerError(response, UNAUTHORIZED, 'UNAUTHORIZED', {
      message: 'this node answers holders of a token',
      hint: 'send Authorization: Bearer and a token that its operator made: ztc token create',
    });
  }

  /** Of the connection, or of whom proxies that are trusted speak for. */
  #addressOf(request: IncomingMessage): { address: string; forwarded: boolean } {
    const near = request.socket.remoteAddress ?? '';
    if (this.#isProxy === undefined) return { address: near, forwarded: false };
    // From the nearest to the first that is no proxy of ours.
    const addresses = proxyAddr.all(request, this.#isProxy);
    return { address: addresses.at(-1) ?? near, forwarded: addresses.length > 1 };
  }
}
