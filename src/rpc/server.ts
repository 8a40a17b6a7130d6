/** The public listener: JSON-RPC, the feed, the explorer page and the genesis document. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { RpcContext } from './context.ts';
import { createDispatcher, type Dispatch, type MethodTable } from './dispatcher.ts';
import { Feed } from './feed/feed.ts';
import { readFeedRequest } from './feed/request.ts';
import { FinalityLog } from './finality-log.ts';
import type { Services } from './handler.ts';
import { HeadWatch } from './head-watch.ts';
import { Admission } from './http/admission.ts';
import { corsHook } from './http/cors.ts';
import { createApp, listen, parseListen, sendError } from './http/listen.ts';
import { routeSite, type Site } from './http/site.ts';
import { CONNECTIONS_MAX } from './limits.ts';
import { createHandlers } from './methods/index.ts';
import type { RpcMetrics } from './metrics.ts';
import { openRpcDocument } from './openrpc.ts';
import { METHODS, type MethodName } from './schema/index.ts';
import { SubmittedTransactions } from './submitted.ts';

export interface RpcServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** Origins whose pages may read: as in `rpc.cors`; none if left out. */
  readonly cors?: readonly string[];
  readonly context: RpcContext;
  /** The explorer. */
  readonly site: Site;
  readonly metrics: RpcMetrics;
  readonly log: Logger;
  readonly feedClientsMax?: number;
  readonly requestsMax?: number;
}

export interface RpcServer {
  /** @throws ZtcError LISTEN_ADDRESS, PORT_TAKEN, LISTEN_FAILED */
  start(): Promise<{ readonly url: string }>;
  stop(): Promise<void>;
}

/** Of `/.well-known/ztc.json`. */
const WELL_KNOWN_SCHEMA = 'ztc.genesis/v1';
const RETRY_AFTER_SECONDS = 1;
/** Full feeds empty slowly. */
const FEED_RETRY_AFTER_SECONDS = 10;

export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { context, metrics, log } = options;
  const heads = new HeadWatch(context.ledger);
  const finality = new FinalityLog(context.ledger);
  const feedOptions = { ledger: context.ledger, queries: context.queries, metrics, log };
  const { feedClientsMax: clientsMax } = options;
  const feed = new Feed(clientsMax === undefined ? feedOptions : { ...feedOptions, clientsMax });
  const address = parseListen(options.listen);
  const onRejected: Parameters<typeof createApp>[0]['onRejected'] = (reason) =>
    metrics.rejected.inc({ reason });
  const app = createApp({ address, log, onRejected });
  app.addHook('onRequest', corsHook(options.cors ?? []));
  app.server.maxConnections = CONNECTIONS_MAX;
  const dispatch = createDispatcher({
    methods: methodTable({ context, heads, finality }),
    metrics,
    log,
  });
  routeRpc(app, dispatch, options);
  routeDocuments(app, options);
  routeSite(app, options.site);
  routeFeed(app, feed, metrics);
  return {
    start: async () => ({ url: await listen(app, address) }),
    stop: async () => {
      heads.stop();
      finality.stop();
      feed.stop();
      await app.close();
    },
  };
}

function methodTable(parts: Omit<Services, 'submitted'>): MethodTable {
  const handlers = createHandlers({ ...parts, submitted: new SubmittedTransactions() });
  const names = Object.keys(METHODS) as MethodName[];
  return Object.fromEntries(
    names.map((name) => [name, { params: METHODS[name].params, handle: handlers[name] }]),
  );
}

/** POST / and /rpc; other methods there are told so. */
function routeRpc(app: FastifyInstance, dispatch: Dispatch, options: RpcServerOptions): void {
  const { metrics, requestsMax } = options;
  const onRequests = (count: number): void => metrics.inFlight.set(count);
  const admission = new Admission(
    requestsMax === undefined ? { onRequests } : { onRequests, requestsMax },
  );
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    if (admission.admit(request, reply)) return;
    metrics.rejected.inc({ reason: 'busy' });
    // The body was not read, so the connection is of no more use.
    reply.header('retry-after', RETRY_AFTER_SECONDS).header('connection', 'close');
    const message = 'the node is busy';
    return sendError(reply, 503, 'LIMIT_EXCEEDED', { code: 'BUSY', message, retryable: true });
  };
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const text = await dispatch(typeof request.body === 'string' ? request.body : '');
    reply.header('cache-control', 'no-store');
    if (text === undefined) return reply.code(204).send();
    return reply.type('application/json; charset=utf-8').send(text);
  };
  const wrongMethod = async (_request: FastifyRequest, reply: FastifyReply) => {
    metrics.rejected.inc({ reason: 'method' });
    reply.header('allow', 'POST');
    const message = 'JSON-RPC takes POST with a JSON body';
    return sendError(reply, 405, 'INVALID_REQUEST', { code: 'HTTP_METHOD', message });
  };
  const others = ['PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  for (const url of ['/', '/rpc']) app.route({ method: 'POST', url, onRequest, handler });
  app.route({ method: others, url: '/', handler: wrongMethod });
  app.route({ method: ['GET', ...others], url: '/rpc', handler: wrongMethod });
}

function routeDocuments(app: FastifyInstance, { context }: RpcServerOptions): void {
  app.get('/openrpc.json', async (_request, reply) =>
    reply.send(openRpcDocument(context.node.version)),
  );
  app.get('/.well-known/ztc.json', async (_request, reply) =>
    reply.send({ schema: WELL_KNOWN_SCHEMA, ...context.wellKnown() }),
  );
}

function routeFeed(app: FastifyInstance, feed: Feed, metrics: RpcMetrics): void {
  app.get('/api/v1/events', { exposeHeadRoute: false }, async (request, reply) => {
    if (feed.full) {
      metrics.rejected.inc({ reason: 'feed_full' });
      reply.header('retry-after', FEED_RETRY_AFTER_SECONDS);
      const message = 'the feed has all the clients it can take';
      return sendError(reply, 503, 'LIMIT_EXCEEDED', { code: 'BUSY', message, retryable: true });
    }
    const query = new URL(request.url, 'http://node').searchParams;
    const lastEventId = request.headers['last-event-id'];
    const wanted = readFeedRequest(
      query,
      typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
    );
    if (!wanted.ok) {
      return sendError(reply, 400, 'INVALID_PARAMS', { message: wanted.message });
    }
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    feed.serve(wanted.value, request.raw, reply.raw);
  });
}
