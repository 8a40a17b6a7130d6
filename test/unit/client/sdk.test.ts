/** The SDK's surface as programs use it: writing, waiting, reading, and nodes that fail. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  authenticate,
  createClient,
  fallback,
  http,
  type LedgerClient,
  notarize,
  ProofError,
  receiptOf,
  records,
  TransportError,
  type Trust,
  trustGenesis,
  verifyReceipt,
  waitForFinality,
} from '../../../src/client/sdk.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { startProxy } from '../cli/proxy.ts';
import { startWorld, type World } from '../cli/world.ts';
import { assetNamed, keysOf } from '../state/fixture.ts';

let world: World;
let trust: Trust;
let client: LedgerClient;
const NOBODY = 'http://127.0.0.1:9/';

before(async () => {
  world = await startWorld();
  trust = trustGenesis(formatGenesisFile(world.genesis));
  const away = http(NOBODY, { retries: 0 });
  client = createClient({ transport: fallback([away, http(world.url)]), trust });
});
after(() => world.stop());

test('notarize, wait, authenticate, keep a receipt: by the node that is there', async () => {
  const digest = assetToText(assetNamed('sdk'));
  const signer = { publisher: 'acme', secretKey: keysOf('acme').secretKey };
  const said = { digest, name: 'sdk', attributes: { b: '2', a: '1' } };
  const fate = await notarize(client, signer, said);
  assert.equal(fate.status, 'final');
  assert.equal((await waitForFinality(client, { hash: fate.hash })).height, fate.height);
  const minHeight = fate.height as number;
  const verdict = await authenticate(client, digest, { publisher: 'acme', minHeight });
  assert.deepEqual([verdict.status, verdict.verified, verdict.trust], ['TRUSTED', true, 'given']);
  assert.deepEqual(verdict.statement?.attributes, { a: '1', b: '2' });
  const kept = verifyReceipt(await receiptOf(client, digest), trust, { publisher: 'acme' });
  assert.ok(kept.kind === 'asset');
  assert.equal(kept.status, 'TRUSTED');
  const before = await authenticate(client, digest, { at: { height: minHeight - 1 } });
  assert.equal(before.status, 'UNKNOWN');
});

test('an absent record is proven to be absent', async () => {
  const found = await records.get(client, { namespace: 'acme/x', key: 'nothing' });
  assert.deepEqual([found.record, found.verified], [null, true]);
});

test('what can not be proven is thrown, never tried elsewhere; without a node, too', async () => {
  const digest = assetToText(assetNamed('sdk'));
  const liar = await startProxy(world.url, ({ method, result }) => {
    if (method === 'asset_authenticate') result.proof.items = [];
    return undefined;
  });
  const transport = fallback([http(liar.url), http(world.url)]);
  const lied = createClient({ transport, trust });
  await assert.rejects(authenticate(lied, digest), ProofError);
  liar.stop();
  const alone = createClient({ transport: http(NOBODY, { retries: 0 }), trust });
  await assert.rejects(authenticate(alone, digest), TransportError);
  await assert.rejects(authenticate(client, 'sha256:no'), { code: 'USAGE' });
  assert.throws(() => trustGenesis('{}'), { code: 'GENESIS_FILE' });
});
