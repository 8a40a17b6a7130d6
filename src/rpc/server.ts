/** The public listener: JSON-RPC, the feed, the explorer page and the genesis document. */
import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Access, Door } from './access/clients.ts';
import { RateLimiter } from './access/rate.ts';
import { NO_TOKENS, type TokenSource } from './access/tokens.ts';
import type { RpcContext } from './context.ts';
import { createDispatcher, type MethodTable } from './dispatcher.ts';
import { Feed } from './feed/feed.ts';
import { statusReport } from './feed/status-events.ts';
import { FinalityLog } from './finality-log.ts';
import type { Services } from './handler.ts';
import { HeadWatch } from './head-watch.ts';
import { Admission } from './http/admission.ts';
import type { Check } from './http/answer.ts';
import type { OnRejected } from './http/body.ts';
import { corsCheck } from './http/cors.ts';
import { Gate } from './http/gate.ts';
import { createApp, listen, parseListen, type Tls } from './http/listen.ts';
import { routeSite, type Site } from './http/site.ts';
import { Turns } from './http/turns.ts';
import { BODY_BYTES_MAX, CONNECTIONS_MAX, RATE_CALLS_DEFAULT } from './limits.ts';
import { createHandlers } from './methods/index.ts';
import type { RpcMetrics } from './metrics.ts';
import { openRpcDocument } from './openrpc.ts';
import { routeFeed } from './routes/feed.ts';
import { type RouteParts, RPC_PATHS, routeRpc, rpcListener } from './routes/json-rpc.ts';
import { routeReads } from './routes/reads.ts';
import { routeWebSocket } from './routes/web-socket.ts';
import { METHODS, type MethodName } from './schema/index.ts';
import { SubmittedTransactions } from './submitted.ts';

export interface RpcServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** Origins whose pages may read: as in `rpc.cors`; none if left out. */
  readonly cors?: readonly string[];
  /** Names that may stand in the Host header beside those of loopback. */
  readonly hosts?: readonly string[];
  /** Proxies whose word on the client's address is taken. */
  readonly proxies?: readonly string[];
  readonly tls?: Tls | undefined;
  /** Who may read from other hosts; everybody if left out. */
  readonly access?: Access;
  readonly tokens?: TokenSource;
  /** Calls a second of one client from another host. */
  readonly rate?: number;
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

export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { context, metrics, log, hosts = [], cors = [], tls } = options;
  const heads = new HeadWatch(context.ledger);
  const finality = new FinalityLog(context.ledger);
  const feed = feedOf(options);
  const address = parseListen(options.listen);
  const onRejected: OnRejected = (reason) => metrics.rejected.inc({ reason });
  const parts = partsOf(options, methodTable({ context, heads, finality }));
  const { gate } = parts;
  // The gate comes last: browsers must be able to read why they are turned away.
  const checks: Check[] = [corsCheck(cors), (request, response) => gate.passes(request, response)];
  const rpc = { rpcPaths: RPC_PATHS, rpc: rpcListener(parts, { log, onRejected }) };
  const app = createApp({ address, hosts, tls, checks, ...rpc, log, onRejected });
  app.server.maxConnections = CONNECTIONS_MAX;
  routeRpc(app, parts);
  routeReads(app, parts, () => heads.height);
  routeDocuments(app, options);
  routeSite(app, options.site);
  routeFeed(app, feed, parts);
  app.register(websocket, { options: { maxPayload: BODY_BYTES_MAX } });
  app.register((inner, _options, done) => {
    routeWebSocket(inner, { ...parts, feed, cors });
    done();
  });
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

function feedOf({ context, metrics, log, feedClientsMax: clientsMax }: RpcServerOptions): Feed {
  const { ledger, queries } = context;
  return new Feed({
    ledger,
    queries,
    report: statusReport(context),
    metrics,
    log,
    ...(clientsMax !== undefined && { clientsMax }),
  });
}

/** What all routes have in common: who may ask, how much, and what answers. */
function partsOf(options: RpcServerOptions, methods: MethodTable): RouteParts {
  const { metrics, log, requestsMax, proxies = [] } = options;
  const { access = 'public', tokens = NO_TOKENS } = options;
  const perSecond = options.rate ?? RATE_CALLS_DEFAULT;
  const rate = new RateLimiter({ perSecond, now: () => performance.now() });
  const turns = new Turns();
  const onRequests = (count: number): void => metrics.inFlight.set(count);
  return {
    dispatch: createDispatcher({ methods, turns, metrics, log }),
    gate: new Gate({ door: new Door({ access, tokens, rate }), proxies, metrics }),
    admission: new Admission({ onRequests, ...(requestsMax !== undefined && { requestsMax }) }),
    turns,
    metrics,
  };
}

function methodTable(parts: Omit<Services, 'submitted'>): MethodTable {
  const handlers = createHandlers({ ...parts, submitted: new SubmittedTransactions() });
  const names = Object.keys(METHODS) as MethodName[];
  return Object.fromEntries(
    names.map((name) => [name, { params: METHODS[name].params, handle: handlers[name] }]),
  );
}

function routeDocuments(app: FastifyInstance, { context }: RpcServerOptions): void {
  app.get('/openrpc.json', async (_request, reply) =>
    reply.send(openRpcDocument(context.node.version)),
  );
  app.get('/.well-known/ztc.json', async (_request, reply) => reply.send(context.wellKnown()));
}
