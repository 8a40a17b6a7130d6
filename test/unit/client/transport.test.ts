import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { createClient } from '../../../src/client/client.ts';
import { RpcError, TransportError } from '../../../src/client/errors.ts';
import { submitAndWait, waitForTransaction } from '../../../src/client/submit.ts';
import { httpTransport } from '../../../src/client/transport.ts';
import { ZtcError } from '../../../src/common/errors.ts';

type Answer = (
  call: { id: number; method: string; params: Params },
  response: ServerResponse,
) => unknown;
type Params = { readonly tx?: string; readonly id?: string };

const servers: ReturnType<typeof createServer>[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

interface FakeNode {
  readonly url: string;
  readonly calls: { readonly method: string; readonly params: Params }[];
}

/** A node that answers each call by what `answer` gives: an envelope, text, or nothing at all. */
async function fakeNode(answer: Answer): Promise<FakeNode> {
  const calls: FakeNode['calls'] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call = JSON.parse(Buffer.concat(chunks).toString());
    calls.push(call);
    const given = answer(call, response);
    if (given === undefined) return;
    response.end(typeof given === 'string' ? given : JSON.stringify(given));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, calls };
}

function ok(result: unknown): Answer {
  return ({ id }) => ({ jsonrpc: '2.0', id, result });
}

function fails(code: number, data?: unknown): Answer {
  return ({ id }) => ({ jsonrpc: '2.0', id, error: { code, message: 'no', data } });
}

/** Nothing listens there: the port was free a moment ago. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/`;
}

function clientOf(urls: readonly string[], options = {}) {
  return createClient({ transport: httpTransport({ urls, retries: 1, ...options }) });
}

const PUBLISHER = { id: 'acme', name: 'ACME', level: 4 };

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error) => (error instanceof ZtcError ? error.code : `not ours: ${error}`),
  );
}

function get(client: ReturnType<typeof clientOf>) {
  return client.call('publisher_get', { publisher: 'acme' });
}

test('a call goes on to the next node, and then stays with the one that answered', async () => {
  const dead = await deadUrl();
  const broken = await fakeNode(() => 'not JSON');
  const good = await fakeNode(ok(PUBLISHER));
  const client = clientOf([dead, broken.url, good.url]);
  assert.deepEqual(await get(client), PUBLISHER);
  assert.deepEqual(await get(client), PUBLISHER);
  assert.equal(broken.calls.length, 1);
  assert.equal(good.calls.length, 2);
  assert.equal(client.transport.urls[0], good.url);
});

test('each way of not answering has its code', async () => {
  assert.equal(await codeOf(get(clientOf([await deadUrl()]))), 'NETWORK');
  const silent = await fakeNode(() => undefined);
  assert.equal(await codeOf(get(clientOf([silent.url], { timeoutMs: 50 }))), 'TIMEOUT');
  assert.equal(silent.calls.length, 1, 'who was silent is not waited for again');
  const cases: [string, Answer][] = [
    ['BAD_ANSWER', () => '<html>'],
    ['BAD_ANSWER', () => '{}'],
    ['BAD_ANSWER', () => '[]'],
    ['BAD_ANSWER', () => 'null'],
    ['BAD_ANSWER', () => ({ jsonrpc: '2.0', id: -1, result: PUBLISHER })],
    ['BAD_ANSWER', ({ id }) => ({ jsonrpc: '2.0', id })],
    ['BAD_ANSWER', ({ id }) => ({ jsonrpc: '2.0', id, error: 'no' })],
    ['BAD_ANSWER', ok({ ...PUBLISHER, level: 'high' })],
    ['BAD_ANSWER', ok({ id: 'acme' })],
    ['BAD_ANSWER', ok([])],
    ['BAD_ANSWER', (_, response) => response.writeHead(404) && 'nothing here'],
    ['NETWORK', (_, response) => response.writeHead(302, { location: '/elsewhere' }) && ''],
    ['UNAUTHORIZED', (_, response) => response.writeHead(401) && ''],
    ['RATE_LIMITED', (_, response) => response.writeHead(429) && ''],
    ['NETWORK', (_, response) => void response.destroy()],
  ];
  for (const [code, answer] of cases) {
    const node = await fakeNode(answer);
    const found = await codeOf(get(clientOf([node.url], { retries: 0 })));
    assert.equal(found, code, answer.toString());
  }
});

test('an answer that never ends is cut off', async () => {
  const node = await fakeNode((_, response) => {
    const chunk = 'x'.repeat(1024 * 1024);
    const more = (): void => {
      if (!response.destroyed) response.write(chunk, () => setImmediate(more));
    };
    more();
  });
  assert.equal(await codeOf(get(clientOf([node.url], { retries: 0 }))), 'BAD_ANSWER');
});

test('errors of a node: final ones are not asked again, passing ones are', async () => {
  const refusing = await fakeNode(fails(-32602, { code: 'INVALID_PARAMS', hint: 'h' }));
  const good = await fakeNode(ok(PUBLISHER));
  const error = await get(clientOf([refusing.url, good.url])).catch((thrown) => thrown);
  assert.ok(error instanceof RpcError);
  assert.deepEqual([error.code, error.rpcCode, error.hint], ['INVALID_PARAMS', -32602, 'h']);
  assert.equal(good.calls.length, 0);
  const syncing = await fakeNode(fails(-32002, { code: 'SYNCING', retryable: true }));
  assert.deepEqual(await get(clientOf([syncing.url, good.url])), PUBLISHER);
  const dead = await deadUrl();
  assert.equal(await codeOf(get(clientOf([syncing.url, dead]))), 'SYNCING');
  const bare = await fakeNode(fails(-32601));
  assert.equal(await codeOf(get(clientOf([bare.url]))), 'METHOD_NOT_FOUND');
  const odd = await fakeNode(fails(-1, { code: 'not a code\n' }));
  assert.equal(await codeOf(get(clientOf([odd.url]))), 'RPC_ERROR');
});

test('whatever a node answers is the asked thing or a typed error', async () => {
  let body = '';
  const node = await fakeNode(() => body);
  const client = clientOf([node.url], { retries: 0 });
  const envelope = fc.record({
    jsonrpc: fc.constant('2.0'),
    id: fc.integer(),
    result: fc.jsonValue(),
    error: fc.option(fc.jsonValue(), { nil: undefined }),
  });
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    envelope.map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(anything, async (text) => {
      body = text;
      const error = await client.call('chain_status', {}).catch((thrown) => thrown);
      assert.ok(error instanceof TransportError || error instanceof RpcError, text);
    }),
    { numRuns: 200 },
  );
});

test('an aborted signal ends a call at once', async () => {
  const silent = await fakeNode(() => undefined);
  const abort = new AbortController();
  const transport = httpTransport({ urls: [silent.url] });
  const call = get(createClient({ transport, signal: abort.signal }));
  abort.abort();
  assert.equal(await codeOf(call), 'INTERRUPTED');
});

const ID = `0x${'ab'.repeat(32)}`;
const TRANSACTION = { id: new Uint8Array(32).fill(0xab), bytes: Uint8Array.of(1, 2, 3) };
const patience = { timeoutMs: 5_000, now: () => Date.now() };

function submit(client: ReturnType<typeof clientOf>, options = patience) {
  return submitAndWait(client, TRANSACTION as never, options);
}

test('a node that dies after it took a transaction: the next gets the same bytes', async () => {
  const first = await fakeNode(({ id, method }, response) => {
    if (method === 'tx_submit')
      return { jsonrpc: '2.0', id, result: { hash: ID, status: 'pending' } };
    response.destroy();
    return undefined;
  });
  let known = false;
  const second = await fakeNode(({ id, method }) => {
    const status = method === 'tx_submit' ? 'pending' : known ? 'final' : 'unknown';
    if (method === 'tx_submit') known = true;
    return {
      jsonrpc: '2.0',
      id,
      result: { hash: ID, status, ...(status === 'final' && { height: 7 }) },
    };
  });
  const fate = await submit(clientOf([first.url, second.url]));
  assert.deepEqual(fate, { hash: ID, status: 'final', height: 7 });
  const bytes = [...first.calls, ...second.calls].flatMap(({ params }) => params.tx ?? []);
  assert.deepEqual(bytes, ['AQID', 'AQID']);
});

test('time runs out: pending for what we submitted, unknown for what nobody saw', async () => {
  const node = await fakeNode(({ id, method }) => ({
    jsonrpc: '2.0',
    id,
    result: { hash: ID, status: method === 'tx_submit' ? 'pending' : 'unknown' },
  }));
  const soon = { ...patience, timeoutMs: 30 };
  assert.equal((await submit(clientOf([node.url]), soon)).status, 'pending');
  const fate = await waitForTransaction(clientOf([node.url]), ID, soon);
  assert.equal(fate.status, 'unknown');
});

test('a refusal at the door is thrown as it is', async () => {
  const node = await fakeNode(fails(-32003, { code: 'UNAUTHORISED_KEY', retryable: false }));
  assert.equal(await codeOf(submit(clientOf([node.url]))), 'UNAUTHORISED_KEY');
  assert.equal(node.calls.length, 1);
});
