/** What the RPC counts. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { Tally } from '../common/tally.ts';

/** From a lookup in memory to the longest wait. */
const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10, 30];

export type RejectedReason =
  | 'body_too_large'
  | 'busy'
  | 'content_type'
  | 'feed_full'
  | 'feed_slow'
  | 'host'
  | 'method'
  | 'not_found'
  | 'origin'
  | 'rate'
  | 'unauthorized';

export type RpcMetrics = ReturnType<typeof createRpcMetrics>;

export function createRpcMetrics(registry: Registry) {
  const registers = [registry];
  const served = new Tally();
  return {
    /** Calls that were answered, by method; in `requests` they are `ok`. */
    served,
    /** `method` is `unknown` unless in the table; `code` is `ok` or `data.code`. */
    requests: new Counter({
      name: 'ztc_rpc_requests_total',
      help: 'JSON-RPC calls by method and outcome',
      labelNames: ['method', 'code'] as const,
      registers,
      collect() {
        served.take((method, count) => this.inc({ method, code: 'ok' }, count));
      },
    }),
    seconds: new Histogram({
      name: 'ztc_rpc_request_duration_seconds',
      help: 'Duration of JSON-RPC calls, waiting included',
      labelNames: ['method'] as const,
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    rejected: new Counter({
      name: 'ztc_rpc_rejected_total',
      help: 'HTTP requests and feed clients turned away before any method was called',
      labelNames: ['reason'] as const,
      registers,
    }),
    inFlight: new Gauge({
      name: 'ztc_rpc_requests_in_flight',
      help: 'HTTP requests with JSON-RPC being answered or waited for',
      registers,
    }),
    feedClients: new Gauge({
      name: 'ztc_rpc_feed_clients',
      help: 'Connected clients of the event feed',
      registers,
    }),
    feedEvents: new Counter({
      name: 'ztc_rpc_feed_events_total',
      help: 'Events sent to clients of the feed',
      registers,
    }),
  };
}
