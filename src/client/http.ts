/** One HTTP request and its answer: bounded in time and size, failures as typed errors. */
import { isEnvelope } from './envelope.ts';
import { TransportError } from './errors.ts';

export type Fetch = typeof globalThis.fetch;

/** Sends a bearer token with every request; redirects are refused, so nobody else gets it. */
export function withToken(token: string, fetcher: Fetch = globalThis.fetch): Fetch {
  return (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetcher(input, { ...init, headers, redirect: 'error' });
  };
}

/** Nodes answer with at most 10 MB, and 4 MiB of raw blocks in base64url are 5.6. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const DOCUMENT_TIMEOUT_MS = 10_000;

const HTTP_UNAUTHORIZED = 401;
const HTTP_FORBIDDEN = 403;
const HTTP_BUSY = [429, 503];

export interface PostOptions {
  readonly fetcher: Fetch;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** POSTs a JSON-RPC request or batch; gives what came back: envelopes. @throws TransportError */
export async function post(url: string, request: object, options: PostOptions): Promise<unknown> {
  const { fetcher, timeoutMs, signal } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetcher(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(request),
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const text = await readText(url, response);
    const parsed = parseJson(text);
    if (isEnvelope(parsed) || Array.isArray(parsed)) return parsed;
    throw httpError(url, response.status);
  } catch (error) {
    throw transportError(url, error, timeout.aborted, signal, timeoutMs);
  }
}

/** GETs a small JSON document, such as `/.well-known/ztc.json`. @throws TransportError */
export async function getJson(
  url: string,
  options: {
    readonly signal?: AbortSignal;
    readonly timeoutMs?: number;
    readonly fetch?: Fetch;
  } = {},
): Promise<unknown> {
  const timeoutMs = options.timeoutMs ?? DOCUMENT_TIMEOUT_MS;
  const timeout = AbortSignal.timeout(timeoutMs);
  const { signal } = options;
  try {
    const response = await (options.fetch ?? fetch)(url, {
      headers: { accept: 'application/json' },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const text = await readText(url, response);
    if (!response.ok) throw httpError(url, response.status);
    const parsed = parseJson(text);
    if (parsed === undefined) throw new TransportError('BAD_ANSWER', url, `${url} is no JSON`);
    return parsed;
  } catch (error) {
    throw transportError(url, error, timeout.aborted, signal, timeoutMs);
  }
}

async function readText(url: string, response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    size += part.value.length;
    if (size > ANSWER_BYTES_MAX) {
      await reader?.cancel();
      throw new TransportError('BAD_ANSWER', url, `the answer of ${url} is too large`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function httpError(url: string, status: number): TransportError {
  if (status === HTTP_UNAUTHORIZED || status === HTTP_FORBIDDEN) {
    return new TransportError('UNAUTHORIZED', url, `${url} refuses us (HTTP ${status})`);
  }
  if (HTTP_BUSY.includes(status)) {
    return new TransportError('RATE_LIMITED', url, `${url} is too busy (HTTP ${status})`);
  }
  return new TransportError(
    'BAD_ANSWER',
    url,
    `${url} does not answer as a node (HTTP ${status})`,
    {
      hint: 'is it the RPC address of a ztc node?',
    },
  );
}

function transportError(
  url: string,
  error: unknown,
  timedOut: boolean,
  signal: AbortSignal | undefined,
  timeoutMs: number,
): TransportError {
  if (error instanceof TransportError) return error;
  if (signal?.aborted === true) {
    return new TransportError('INTERRUPTED', url, 'interrupted', { cause: error });
  }
  if (timedOut) {
    const message = `${url} did not answer within ${timeoutMs / 1000} s`;
    return new TransportError('TIMEOUT', url, message, { cause: error });
  }
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const reason = cause?.code ?? cause?.message ?? (error as Error).message;
  return new TransportError('NETWORK', url, `can't reach ${url}: ${reason}`, {
    hint: 'is the node running, and the address right?',
    cause: error,
  });
}
