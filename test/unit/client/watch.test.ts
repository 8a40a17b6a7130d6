/** Watching: resumed at another node, each event once; what is watched is proven anew. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  createClient,
  fallback,
  http,
  type LedgerClient,
  ProofError,
  type Trust,
  trustGenesis,
  watchAsset,
  watchBlocks,
  watchRecord,
  watchStatements,
} from '../../../src/client/sdk.ts';
import { genesisDocument } from '../../../src/ledger/genesis-file.ts';
import { STATUS } from '../../../src/ledger/operations.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { startWorld, type World } from '../cli/world.ts';
import { assetNamed, put, statement } from '../state/fixture.ts';

/** Enough for the greeting, too few for all blocks. */
const CUT_BYTES = 700;

let world: World;
let trust: Trust;
let client: LedgerClient;
const digest = assetToText(assetNamed('a'));

before(async () => {
  world = await startWorld();
  trust = trustGenesis(genesisDocument(world.genesis));
  client = createClient({ transport: http(world.url), trust });
  await world.put([statement('a'), put('acme/x', 'k', 'one')]);
  await world.close();
});
after(async () => await world.stop());

test('an asset is proven now, and again at each word on it, and only then', async () => {
  const seen: string[] = [];
  for await (const verdict of watchAsset(client, digest, { publisher: 'acme' })) {
    seen.push(verdict.status);
    assert.equal(verdict.verified, true);
    if (seen.length === 1) {
      await world.put([statement('b')]);
      await world.put([statement('a', STATUS.UNTRUSTED)]);
      await world.close();
    } else break;
  }
  assert.deepEqual(seen, ['TRUSTED', 'UNTRUSTED']);
});

test('a record likewise', async () => {
  const seen: (number | undefined)[] = [];
  for await (const { record } of watchRecord(client, { namespace: 'acme/x', key: 'k' })) {
    seen.push(record?.revision);
    if (seen.length === 2) break;
    await world.put([put('acme/x', 'other', '1')]);
    await world.put([put('acme/x', 'k', 'two')]);
    await world.close();
  }
  assert.deepEqual(seen, [1, 2]);
});

test('statements by filter, as the node says them; from a block on, then behind one', async () => {
  const seqs: string[] = [];
  for await (const news of watchStatements(client, { asset: digest, fromHeight: 0 })) {
    assert.equal(news.verified, 'server-claimed');
    seqs.push(news.seq);
    if (seqs.length === 2) break;
  }
  const [first = '', second] = seqs;
  for await (const { seq, status } of watchStatements(client, { asset: digest, after: first })) {
    assert.deepEqual([seq, status], [second, 'UNTRUSTED']);
    break;
  }
});

test('where a node is gone the next one goes on, without a hole and nothing twice', async () => {
  const other = await world.beside('bob');
  const states: string[] = [];
  let broken = true;
  const failing: typeof fetch = async (input, init) => {
    if (!broken) throw new TypeError('fetch failed');
    broken = false;
    const response = await fetch(input, init);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { value } = await reader.read();
        // In the middle of the first events.
        if (value !== undefined) controller.enqueue(value.subarray(0, CUT_BYTES));
        await reader.cancel();
        controller.error(new Error('the line broke'));
      },
    });
    return new Response(body, response);
  };
  const transport = fallback([http(world.url, { fetch: failing }), http(other)]);
  const heights: number[] = [];
  const options = {
    fromHeight: 1,
    onStatus: ({ state }: { state: string }) => void states.push(state),
  };
  const head = world.ledger.head.header.height;
  for await (const { height } of watchBlocks(createClient({ transport, trust }), options)) {
    heights.push(height);
    if (height === head) break;
  }
  assert.deepEqual(
    heights,
    Array.from({ length: head }, (_, i) => i + 1),
  );
  assert.deepEqual(states, ['connecting', 'live', 'retrying', 'connecting', 'live']);
});

test('a feed of another chain is no feed of ours; a signal ends the watching', async () => {
  const strange = { ...trust, origin: { ...trust.origin, chain: new Uint8Array(32) } };
  const wrong = createClient({ transport: http(world.url), trust: strange });
  await assert.rejects(watchBlocks(wrong).next(), ProofError);
  const abort = new AbortController();
  const waiting = watchBlocks(client, { signal: abort.signal }).next();
  setImmediate(() => abort.abort());
  assert.equal((await waiting).done, true);
});
