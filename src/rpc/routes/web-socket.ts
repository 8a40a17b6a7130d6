/**
 * `/ws`: JSON-RPC over a WebSocket (RFC 6455), with subscriptions to the feed. One message is one
 * body. A connection that doesn't read what it asked for is closed with 1013 and the reason.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { type CallSession, errorText, type Subscriptions } from '../dispatcher.ts';
import type { Feed } from '../feed/feed.ts';
import { readFeedRequest } from '../feed/request.ts';
import type { FeedSink } from '../feed/sink.ts';
import { isOriginAllowed } from '../http/cors.ts';
import { sendError } from '../http/listen.ts';
import { FEED_BUFFER_BYTES_MAX, SOCKET_CALLS_MAX, SOCKET_CLOSE_MS } from '../limits.ts';
import { errorObject, refuse } from '../refusal.ts';
import { SUBSCRIPTIONS_MAX } from '../schema/subscriptions.ts';
import { type RouteParts, sessionOf } from './json-rpc.ts';

/** Of RFC 6455 and its registry. */
const CLOSE = { GOING_AWAY: 1001, TRY_AGAIN_LATER: 1013 } as const;
const FORBIDDEN = 403;
const BUSY = 503;

export interface SocketParts extends RouteParts {
  readonly feed: Feed;
  /** Origins whose pages may connect: as in `rpc.cors`. */
  readonly cors: readonly string[];
}

export function routeWebSocket(app: FastifyInstance, parts: SocketParts): void {
  app.get('/ws', { websocket: true, onRequest: originHook(parts) }, (socket, request) => {
    new Connection(parts, socket, request);
  });
}

/** A socket takes no preflight: here the server has to look at the Origin itself. */
function originHook({ cors, metrics, feed }: SocketParts) {
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> => {
    if (!isOriginAllowed(request, cors)) {
      metrics.rejected.inc({ reason: 'origin' });
      return sendError(reply, FORBIDDEN, 'INVALID_REQUEST', {
        code: 'ORIGIN_NOT_ALLOWED',
        message: 'pages of this origin may not connect',
        hint: 'the operator lists origins in rpc.cors',
      });
    }
    if (!feed.full) return undefined;
    metrics.rejected.inc({ reason: 'feed_full' });
    const message = 'the node has all the connections it can take';
    return sendError(reply, BUSY, 'LIMIT_EXCEEDED', { code: 'BUSY', message, retryable: true });
  };
}

interface Subscription {
  /** Ends it. */
  leave: () => void;
  /** There is room for more. */
  drained: () => void;
}

class Connection implements Subscriptions {
  readonly #parts: SocketParts;
  readonly #socket: WebSocket;
  readonly #request: FastifyRequest;
  readonly #session: CallSession;
  readonly #subscriptions = new Map<string, Subscription>();
  #nextId = 1;
  #calls = 0;

  constructor(parts: SocketParts, socket: WebSocket, request: FastifyRequest) {
    this.#parts = parts;
    this.#socket = socket;
    this.#request = request;
    this.#session = { ...sessionOf(parts.gate, request.raw), subscriptions: this };
    socket.on('message', (data) => void this.#receive(String(data)));
    socket.on('close', () => this.#end());
    socket.on('error', () => this.#end());
  }

  subscribe(params: object): string {
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) {
      refuse('LIMIT_EXCEEDED', { code: 'TOO_MANY_SUBSCRIPTIONS' });
    }
    if (this.#parts.feed.full) refuse('LIMIT_EXCEEDED', { code: 'BUSY', retryable: true });
    const query = new URLSearchParams(
      Object.entries(params).map(([name, value]) => [name, String(value)]),
    );
    const wanted = readFeedRequest(query, undefined);
    if (!wanted.ok) refuse('INVALID_PARAMS', { message: wanted.message });
    const id = String(this.#nextId++);
    const subscription: Subscription = { leave: () => undefined, drained: () => undefined };
    this.#subscriptions.set(id, subscription);
    // The answer with its name goes out first.
    setImmediate(() => {
      if (this.#subscriptions.get(id) !== subscription) return;
      subscription.leave = this.#parts.feed.join(wanted.value, this.#sink(id, subscription));
    });
    return id;
  }

  unsubscribe(id: string): boolean {
    this.#subscriptions.get(id)?.leave();
    return this.#subscriptions.delete(id);
  }

  async #receive(body: string): Promise<void> {
    const { dispatch, gate, admission, turns, metrics } = this.#parts;
    const waitMs = gate.admit(this.#request.raw);
    const leave = waitMs === undefined ? admission.enter(body.length) : undefined;
    if (leave === undefined || this.#calls >= SOCKET_CALLS_MAX) {
      leave?.();
      metrics.rejected.inc({ reason: waitMs === undefined ? 'busy' : 'rate' });
      const code = waitMs === undefined ? 'BUSY' : 'RATE_LIMITED';
      const message = 'too many calls at once';
      const details = { code, message, retryable: true, retryAfterMs: waitMs ?? 1_000 };
      this.#send(errorText(errorObject('LIMIT_EXCEEDED', details)));
      return;
    }
    this.#calls++;
    try {
      await turns.take();
      const text = await dispatch(body, this.#session);
      if (text !== undefined) this.#send(text);
    } finally {
      this.#calls--;
      leave();
    }
  }

  #send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(text, () => {
      if (this.#socket.bufferedAmount >= FEED_BUFFER_BYTES_MAX) return;
      for (const { drained } of this.#subscriptions.values()) drained();
    });
  }

  /** A subscription's part of the socket. */
  #sink(id: string, subscription: Subscription): FeedSink {
    const name = JSON.stringify(id);
    const notify = (topic: string, json: string, seq?: string): void => {
      const place = seq === undefined ? '' : `"seq":"${seq}",`;
      const params = `{"subscription":${name},${place}"topic":"${topic}","data":${json}}`;
      this.#send(`{"jsonrpc":"2.0","method":"chain_subscription","params":${params}}`);
    };
    const socket = this.#socket;
    return {
      get buffered() {
        return socket.bufferedAmount;
      },
      events: (items) => {
        for (const { id: seq, json, event } of items) notify(event.topic, json, seq);
      },
      live: (topic, json) => notify(topic, json),
      gap: (gap) => notify('gap', JSON.stringify(gap)),
      ping: (reached) => {
        if (reached === undefined) socket.ping();
        else notify('ping', '{}', reached);
      },
      close: (reason) => this.#close(reason),
      listen: ({ drain }) => {
        subscription.drained = drain;
      },
    };
  }

  #close(reason: string): void {
    const isSlow = reason === 'slow consumer';
    const code = isSlow ? CLOSE.TRY_AGAIN_LATER : CLOSE.GOING_AWAY;
    this.#socket.close(code, isSlow ? 'slow_consumer' : reason);
    // Who does not read gets no goodbye either.
    setTimeout(() => this.#socket.terminate(), SOCKET_CLOSE_MS).unref();
  }

  #end(): void {
    for (const { leave } of this.#subscriptions.values()) leave();
    this.#subscriptions.clear();
  }
}
