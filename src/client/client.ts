/**
 * The one way to a node: typed calls over a transport.
 *
 *   const client = createClient({ transport: httpTransport({ urls: ['http://127.0.0.1:7601'] }) });
 *   const { head } = await client.call('chain_status', {});
 */
import type { Methods } from '../rpc/schema/index.ts';
import { ANSWERS, type AnsweredMethod, type AnswerOf } from './answers.ts';
import type { Shape } from './shape.ts';
import type { Answer, CallOptions, Transport } from './transport.ts';

export interface ClientOptions {
  readonly transport: Transport;
  /** Aborts everything that this client waits for. */
  readonly signal?: AbortSignal;
}

/** Typed calls; all throw TransportError or RpcError. */
export interface Client {
  readonly transport: Transport;
  readonly signal: AbortSignal | undefined;
  call<M extends AnsweredMethod>(
    method: M,
    params: Methods[M]['params'],
    options?: CallOptions,
  ): Promise<AnswerOf<M>>;
  /** Like `call`, and says who answered. */
  ask<M extends AnsweredMethod>(
    method: M,
    params: Methods[M]['params'],
    options?: CallOptions,
  ): Promise<Answer<AnswerOf<M>>>;
  /** Any method, by name; the result as it came. */
  raw(method: string, params: object): Promise<unknown>;
}

export function createClient({ transport, signal }: ClientOptions): Client {
  const ask: Client['ask'] = (method, params, options = {}) => {
    const shape = ANSWERS[method] as unknown as Shape<AnswerOf<typeof method>>;
    const read = (result: unknown): AnswerOf<typeof method> => shape(result, '');
    return transport.call({ method, params: params as object, read }, { signal, ...options });
  };
  return {
    transport,
    signal,
    ask,
    call: async (method, params, options) => (await ask(method, params, options)).result,
    raw: async (method, params) => {
      const call = { method, params, read: (result: unknown) => result };
      return (await transport.call(call, { signal })).result;
    },
  };
}
