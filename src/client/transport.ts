/**
 * JSON-RPC 2.0 over HTTP to one of several nodes. Calls are safe to repeat: reads change nothing,
 * and a submission carries signed bytes whose id is used up once; so a call goes on to the next
 * node, with the same bytes, until one answers. Runs in browsers too.
 */
import { failure, type Result, success } from '../common/result.ts';
import { batching } from './batch.ts';
import { readEnvelope } from './envelope.ts';
import { RpcError, TransportError } from './errors.ts';
import { type Fetch, post, withToken } from './http.ts';
import { pause } from './pause.ts';
import { ShapeMismatch } from './shape.ts';

/** An answer and who gave it. */
export interface Answer<T> {
  readonly result: T;
  readonly url: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For one try at one node, in ms. */
  readonly timeoutMs?: number;
}

/** One call; `read` types the result and throws `ShapeMismatch` where it is malformed. */
export interface Call<T> {
  readonly method: string;
  readonly params: object;
  readonly read: (result: unknown) => T;
}

/** Carries calls to nodes. */
export interface Transport {
  readonly urls: readonly string[];
  /** @throws TransportError, RpcError */
  call<T>(call: Call<T>, options?: CallOptions): Promise<Answer<T>>;
  /** Asks this node last from now on: its answers were not useful. */
  demote(url: string): void;
  /** What makes requests to the node at an origin: with its token, where it wants one. */
  fetcherOf(origin: string): Fetch;
}

export interface HttpTransportOptions {
  /** In order of preference; the first that works is kept to. */
  readonly urls: readonly string[];
  readonly timeoutMs?: number;
  /** How often all nodes are tried again. */
  readonly retries?: number;
  /** Sent to all of these nodes: where reading needs one. */
  readonly token?: string;
  readonly fetch?: Fetch;
  /** Calls made at once share a request; those with a timeout of their own go alone. */
  readonly batch?: boolean;
}

/** A node answers reads in milliseconds; waiting ones take at most 5 s by themselves. */
export const CALL_TIMEOUT_MS = 10_000;
const RETRIES = 2;
const BACKOFF_MS = 150;
const RETRY_AFTER_MS_MAX = 10_000;

/** After these a node isn't asked again for the same. */
const ONCE: readonly string[] = ['TIMEOUT', 'PRUNED'];

type Failed = TransportError | RpcError;

/** A transport over HTTP with fallback. */
export function httpTransport(options: HttpTransportOptions): Transport {
  const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS;
  const plain = options.fetch ?? globalThis.fetch.bind(globalThis);
  const fetcher = options.token === undefined ? plain : withToken(options.token, plain);
  const together = options.batch === true ? batching({ fetcher, timeoutMs }) : undefined;
  let preferred = [...options.urls];
  let nextId = 1;

  const tryOne = async <T>(
    url: string,
    { method, params, read }: Call<T>,
    given: CallOptions,
  ): Promise<Result<T, 'FAILED'> & { error?: Failed }> => {
    const id = nextId++;
    try {
      const request = { jsonrpc: '2.0', id, method, params };
      const alone = { fetcher, timeoutMs: given.timeoutMs ?? timeoutMs, signal: given.signal };
      const answer = await (together === undefined || given.timeoutMs !== undefined
        ? post(url, request, alone)
        : together(url, request, given.signal));
      return success(read(readEnvelope(url, id, answer)));
    } catch (thrown) {
      const error = asFailed(url, method, thrown);
      if (isFinal(error)) throw error;
      return { ...failure('FAILED', error.message), error };
    }
  };

  return {
    get urls() {
      return preferred;
    },
    demote(url) {
      preferred = [...preferred.filter((other) => other !== url), url];
    },
    fetcherOf: () => fetcher,
    async call(call, given = {}) {
      let failed: Failed | undefined;
      const silent = new Set<string>();
      for (let round = 0; round <= (options.retries ?? RETRIES); round++) {
        const left = preferred.filter((each) => !silent.has(each));
        if (left.length === 0) break;
        if (round > 0) await pause(waitFor(round, failed), given.signal);
        for (const url of left) {
          const answer = await tryOne(url, call, given);
          if (answer.ok) {
            if (preferred[0] !== url) preferred = [url, ...preferred.filter((u) => u !== url)];
            return { result: answer.value, url };
          }
          failed = worse(failed, answer.error);
          if (ONCE.includes(answer.error?.code ?? '')) silent.add(url);
        }
      }
      throw failed ?? new TransportError('NETWORK', '', 'no node was given');
    },
  };
}

/**
 * A transport to one node.
 *
 * @example
 * const transport = http(url, { retries: 0, timeoutMs: 5_000 });
 * transport.urls.length; // → 1
 */
export function http(url: string, options: Omit<HttpTransportOptions, 'urls'> = {}): Transport {
  return httpTransport({ ...options, urls: [url] });
}

/**
 * Each call goes to the first of several that works; what one is bad at another may be good at.
 *
 * @example
 * const transport = fallback([http('http://127.0.0.1:9/', { retries: 0 }), http(url)]);
 * const client = createClient({ transport, trust });
 * (await authenticate(client, digest, { publisher: 'acme' })).verified; // → true
 */
export function fallback(transports: readonly Transport[]): Transport {
  let preferred = [...transports];
  const moveTo = (chosen: Transport, front: boolean): void => {
    const others = preferred.filter((other) => other !== chosen);
    preferred = front ? [chosen, ...others] : [...others, chosen];
  };
  return {
    get urls() {
      return preferred.flatMap(({ urls }) => urls);
    },
    demote(url) {
      const chosen = preferred.find(({ urls }) => urls.includes(url));
      chosen?.demote(url);
      if (chosen !== undefined) moveTo(chosen, false);
    },
    fetcherOf(origin) {
      const isAt = (url: string): boolean => new URL(url).origin === origin;
      const chosen = preferred.find(({ urls }) => urls.some(isAt)) ?? preferred[0];
      return chosen?.fetcherOf(origin) ?? globalThis.fetch;
    },
    async call(call, options) {
      let failed: unknown = new TransportError('NETWORK', '', 'no node was given');
      for (const transport of [...preferred]) {
        try {
          const answer = await transport.call(call, options);
          if (preferred[0] !== transport) moveTo(transport, true);
          return answer;
        } catch (error) {
          if (!isFailed(error) || isFinal(error)) throw error;
          failed = error;
        }
      }
      throw failed;
    },
  };
}

function isFailed(error: unknown): error is Failed {
  return error instanceof TransportError || error instanceof RpcError;
}

function asFailed(url: string, method: string, error: unknown): Failed {
  if (isFailed(error)) return error;
  if (!(error instanceof ShapeMismatch)) throw error;
  const message = `${url} answered ${method} with something else: ${error.message}`;
  return new TransportError('BAD_ANSWER', url, message);
}

/** Whether asking another node, or again, is pointless. */
function isFinal(error: Failed): boolean {
  if (!(error instanceof RpcError)) return error.code === 'INTERRUPTED';
  // What one node doesn't keep any more another one may.
  return !error.retryable && error.code !== 'PRUNED';
}

/** What a node said tells more than that another one is down. */
function worse(a: Failed | undefined, b: Failed | undefined): Failed | undefined {
  return a instanceof RpcError && !(b instanceof RpcError) ? a : (b ?? a);
}

/** What a busy node asked for, and more each time; a node can't make us wait for long. */
function waitFor(round: number, failed: Failed | undefined): number {
  const asked = failed instanceof RpcError ? (failed.retryAfterMs ?? 0) : 0;
  return Math.max(jittered(BACKOFF_MS * 2 ** (round - 1)), Math.min(asked, RETRY_AFTER_MS_MAX));
}

/** Between half and all of it, so that many clients don't come back at once. */
function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
