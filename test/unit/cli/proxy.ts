/** Something between `ztc` and a node that changes what it says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Exchange {
  readonly method: string;
  readonly params: { readonly minHeight?: number };
  // biome-ignore lint/suspicious/noExplicitAny: a liar changes whatever it likes
  result: any;
}

export interface Proxy {
  readonly url: string;
  /** Methods that came through, in order. */
  readonly asked: readonly string[];
  stop(): void;
}

/** Forwards JSON-RPC to `url`; `lie` may change the result, or give the raw text of the answer. */
export async function startProxy(
  url: string,
  lie: (exchange: Exchange) => string | undefined,
): Promise<Proxy> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method, params } = JSON.parse(body) as Exchange;
    asked.push(method);
    const headers = { 'content-type': 'application/json' };
    const answer = await (await fetch(url, { method: 'POST', headers, body })).json();
    const exchange = { method, params, result: (answer as { result?: unknown }).result };
    const raw = lie(exchange);
    if (raw === undefined && exchange.result !== undefined) {
      Object.assign(answer as object, { result: exchange.result });
    }
    response.end(raw ?? JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
