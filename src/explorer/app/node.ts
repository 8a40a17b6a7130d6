/** The node that serves this page: calls to it, and its clock. What it says is its word only. */
import { createClient } from '../../client/client.ts';
import { withToken } from '../../client/http.ts';
import { http } from '../../client/transport.ts';
import type { MethodName, Params, ResultOf } from '../../rpc/schema/index.ts';
import { access } from './token.ts';

/** Headers have whole seconds; beyond this the machines' clocks really differ. */
const SKEW_MS_MIN = 3_000;

let skewMs = 0;

/** Shows the token, and reads the node's clock beside each answer. */
export const nodeFetch: typeof fetch = async (input, init) => {
  const { token } = access.value;
  const fetcher = token === undefined ? fetch : withToken(token, fetch);
  const response = await fetcher(input, init);
  const ahead = Date.parse(response.headers.get('date') ?? '') - Date.now();
  if (Math.abs(ahead) > SKEW_MS_MIN) skewMs = ahead;
  return response;
};

/** This device's clock, set to the node's: for ages on the page, never for judging a proof. */
export function nodeNow(): number {
  return Date.now() + skewMs;
}

export const RPC_URL = new URL('rpc', location.href.replace(/[#?].*$/, '')).href;

/** The SDK's client, over the node that served the page. */
export const caller = createClient({
  transport: http(RPC_URL, { fetch: nodeFetch, retries: 1 }),
});

/** A method's result, unproven. @throws TransportError, RpcError */
export async function ask<M extends MethodName>(
  method: M,
  params: Params<M>,
): Promise<ResultOf<M>> {
  return (await caller.raw(method, params as object)) as ResultOf<M>;
}
