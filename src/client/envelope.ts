/** JSON-RPC 2.0 responses: the result, or the error as a typed one. */
import { RpcError, TransportError } from './errors.ts';

type Envelope = { readonly id?: unknown; readonly result?: unknown; readonly error?: unknown };

/** Whether it is a JSON-RPC 2.0 response at all. */
export function isEnvelope(value: unknown): value is Envelope {
  return (
    typeof value === 'object' &&
    value !== null &&
    'jsonrpc' in value &&
    value.jsonrpc === '2.0' &&
    ('result' in value || 'error' in value)
  );
}

/** The result of a response to request `id`. @throws RpcError, TransportError */
export function readEnvelope(url: string, id: number, answer: unknown): unknown {
  const envelope = answer as Envelope;
  if (envelope.error !== undefined) throw rpcError(url, envelope.error);
  if (envelope.id !== id) {
    throw new TransportError('BAD_ANSWER', url, `${url} answered another request`);
  }
  return envelope.result;
}

/** Codes for errors of JSON-RPC itself, and of ours where a node forgot `data.code`. */
const CODE_BY_NUMBER = new Map([
  [-32700, 'PARSE_ERROR'],
  [-32600, 'INVALID_REQUEST'],
  [-32601, 'METHOD_NOT_FOUND'],
  [-32602, 'INVALID_PARAMS'],
  [-32603, 'INTERNAL_ERROR'],
  [-32001, 'NOT_FOUND'],
  [-32002, 'SYNCING'],
  [-32003, 'TX_REJECTED'],
  [-32004, 'UNSUPPORTED'],
  [-32005, 'LIMIT_EXCEEDED'],
  [-32010, 'UNAUTHORIZED'],
]);
/** Errors that pass, or that another node may not have: syncing, and its own failure. */
const RETRYABLE_NUMBERS = [-32002, -32603];
const MESSAGE_LENGTH_MAX = 500;
const CODE_PATTERN = /^[A-Z][A-Z0-9_]{1,63}$/;

function rpcError(url: string, error: unknown): RpcError | TransportError {
  const {
    code: rpcCode,
    message,
    data,
  } = (error ?? {}) as {
    code?: unknown;
    message?: unknown;
    data?: {
      code?: unknown;
      hint?: unknown;
      retryable?: unknown;
      retryAfterMs?: unknown;
    } | null;
  };
  if (typeof rpcCode !== 'number' || typeof message !== 'string') {
    return new TransportError('BAD_ANSWER', url, `${url} answered with a malformed error`);
  }
  const named = data?.code;
  const code =
    typeof named === 'string' && CODE_PATTERN.test(named)
      ? named
      : (CODE_BY_NUMBER.get(rpcCode) ?? 'RPC_ERROR');
  const { hint, retryable, retryAfterMs } = data ?? {};
  return new RpcError({
    code,
    rpcCode,
    message: message.slice(0, MESSAGE_LENGTH_MAX),
    retryable: retryable === true || RETRYABLE_NUMBERS.includes(rpcCode),
    url,
    ...(Number.isSafeInteger(retryAfterMs) && { retryAfterMs: retryAfterMs as number }),
    ...(typeof hint === 'string' && { hint: hint.slice(0, MESSAGE_LENGTH_MAX) }),
  });
}
