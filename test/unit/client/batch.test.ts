/** Calls that share a request: each gets its own answer, or its own reason. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createClient } from '../../../src/client/client.ts';
import { httpTransport } from '../../../src/client/transport.ts';
import { ZtcError } from '../../../src/common/errors.ts';
import { startRig } from '../rpc/rig.ts';

const rig = await startRig();
for (let i = 0; i < 12; i++) await rig.seal();
after(() => rig.stop());

/** A client that batches, and what it sent. */
function batchingClient(options: { signal?: AbortSignal; change?: (text: string) => string } = {}) {
  const bodies: unknown[] = [];
  const { change = (text: string) => text, signal } = options;
  const watched: typeof fetch = async (input, init) => {
    bodies.push(JSON.parse(String(init?.body)));
    const response = await fetch(input, init);
    return new Response(change(await response.text()), { status: response.status });
  };
  const transport = httpTransport({ urls: [rig.url], retries: 0, batch: true, fetch: watched });
  return { bodies, client: createClient({ transport, ...(signal && { signal }) }) };
}

const headerAt = (client: ReturnType<typeof createClient>, height: number) =>
  client.raw('chain_getHeader', { at: height }) as Promise<{ height: number } | null>;

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof ZtcError ? error.code : String(error)),
  );

test('what is asked at once goes in few requests, and each gets its own answer', async () => {
  const { client, bodies } = batchingClient();
  const heights = Array.from({ length: 12 }, (_, height) => height);
  const found = await Promise.all(heights.map((height) => headerAt(client, height)));
  assert.deepEqual(
    found.map((header) => header?.height),
    heights,
  );
  assert.deepEqual(
    bodies.map((body) => (Array.isArray(body) ? body.length : 1)),
    [8, 4],
  );
  await headerAt(client, 1);
  assert.ok(!Array.isArray(bodies.at(-1)), 'one alone is no batch');
});

test('one that is refused leaves the others alone', async () => {
  const { client } = batchingClient();
  const asked = [headerAt(client, 1), client.raw('no_such', {}), headerAt(client, 2)];
  const [one, wrong, two] = await Promise.allSettled(asked);
  assert.deepEqual(
    [one?.status, wrong?.status, two?.status],
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.equal(wrong?.status === 'rejected' && wrong.reason.code, 'METHOD_NOT_FOUND');
});

test('answers in another order are told apart; who got none hears of that', async () => {
  const reversed = batchingClient({
    change: (text) => JSON.stringify((JSON.parse(text) as unknown[]).toReversed()),
  });
  const both = [headerAt(reversed.client, 3), headerAt(reversed.client, 4)];
  assert.deepEqual(
    (await Promise.all(both)).map((header) => header?.height),
    [3, 4],
  );
  const short = batchingClient({
    change: (text) => JSON.stringify((JSON.parse(text) as unknown[]).slice(0, 1)),
  });
  const [first, second] = [headerAt(short.client, 3), headerAt(short.client, 4)];
  assert.equal((await first)?.height, 3);
  assert.equal(await codeOf(second), 'BAD_ANSWER');
});

test('who is interrupted waits no longer', async () => {
  const abort = new AbortController();
  const { client } = batchingClient({ signal: abort.signal });
  const asked = [headerAt(client, 1), headerAt(client, 2)].map(codeOf);
  abort.abort();
  assert.deepEqual(await Promise.all(asked), ['INTERRUPTED', 'INTERRUPTED']);
});
