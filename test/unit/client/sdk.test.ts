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
  privateSalt,
  receiptOf,
  records,
  StaleError,
  TransactionError,
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
  assert.equal((await waitForFinality(client, { hash: fate.hash })).height, fate.height);
  const minHeight = fate.height;
  const verdict = await authenticate(client, digest, { publisher: 'acme', minHeight });
  assert.deepEqual([verdict.status, verdict.verified, verdict.trust], ['TRUSTED', true, 'given']);
  assert.deepEqual(verdict.statement?.attributes, { a: '1', b: '2' });
  const kept = verifyReceipt(await receiptOf(client, digest), trust, { publisher: 'acme' });
  assert.ok(kept.kind === 'asset');
  assert.equal(kept.status, 'TRUSTED');
  const before = await authenticate(client, digest, { at: { height: minHeight - 1 } });
  assert.equal(before.status, 'UNKNOWN');
});

test('a private statement says nothing to anybody but by its words and salt', async () => {
  const digest = assetToText(assetNamed('private sdk'));
  const signer = { publisher: 'acme', secretKey: keysOf('acme').secretKey };
  const words = { name: 'falcon', version: '0.1', size: 7, attributes: { b: '2', a: '1' } };
  const salt = privateSalt();
  assert.notDeepEqual(salt, privateSalt());
  const { height: minHeight } = await notarize(client, signer, { digest, ...words, salt });
  const { statement } = await authenticate(client, digest, { publisher: 'acme', minHeight });
  assert.deepEqual([statement?.name, statement?.size, statement?.opened], ['', null, false]);
  assert.match(statement?.commitment ?? '', /^0x/);
  const shown = async (known: Parameters<typeof receiptOf>[2]) => {
    const receipt = verifyReceipt(await receiptOf(client, digest, { minHeight, ...known }), trust);
    assert.ok(receipt.kind === 'asset');
    return receipt.statement;
  };
  assert.equal((await shown({}))?.opened, false);
  const { opened, ...said } = (await shown({ words: [{ ...words, salt }] })) ?? {};
  assert.equal(opened, true);
  assert.deepEqual({ ...said, ...words }, said, 'all of the words');
  const other = await shown({ words: [{ ...words, name: 'eagle', salt }] });
  assert.equal(other?.opened, false, 'other words open nothing');
  for (const bad of [{ salt: salt.subarray(1) }, { salt, name: 'x'.repeat(10_000) }]) {
    await assert.rejects(notarize(client, signer, { digest, ...bad }), { code: 'USAGE' });
  }
});

test('records: conditions hold or nothing is written, and the error says which', async () => {
  const signer = { publisher: 'acme', secretKey: keysOf('acme').secretKey };
  const namespace = 'acme/sdk';
  const entry = (ifRevision: number) => ({
    namespace,
    entries: [{ key: 'k', value: 'v', ifRevision }],
  });
  const { height, hash } = await records.put(client, signer, entry(0));
  const which = { namespace, key: 'k', minHeight: height };
  const { record } = await records.get(client, which);
  assert.deepEqual([record?.revision, record?.transaction], [1, hash]);
  for (const [ifRevision, code] of [
    [0, 'ALREADY_EXISTS'],
    [7, 'REVISION_MISMATCH'],
  ] as const) {
    await assert.rejects(records.put(client, signer, entry(ifRevision)), (error) => {
      assert.ok(error instanceof TransactionError);
      assert.equal(error.code, code);
      return true;
    });
  }
  const empty = { namespace, entries: [{ key: '', value: '' }] };
  await assert.rejects(records.put(client, signer, empty), { code: 'USAGE' });
  assert.equal((await records.history(client, which)).count, 1);
  const kept = verifyReceipt(await records.receipt(client, which), trust);
  assert.ok(kept.kind === 'record' && kept.record?.revision === 1);
  const before = await records.get(client, { ...which, minHeight: 0, at: { height: 0 } });
  assert.equal(before.record, null);
});

test('what never got there is no success', async () => {
  world.sealing = false;
  const signer = { publisher: 'acme', secretKey: keysOf('acme').secretKey };
  const said = { digest: assetToText(assetNamed('never')) };
  await assert.rejects(notarize(client, signer, said, 1), (error) => {
    assert.ok(error instanceof TransactionError);
    assert.equal(error.code, 'NOT_FINAL');
    return true;
  });
  world.sealing = true;
  const hash = `0x${'ab'.repeat(32)}`;
  await assert.rejects(waitForFinality(client, { hash, timeoutMs: 1 }), {
    code: 'NOT_FINAL',
    hash,
  });
});

test('an old answer is a StaleError', async () => {
  const later = () => Date.now() + 3_600_000;
  const waiting = createClient({ transport: http(world.url), trust, now: later });
  await assert.rejects(authenticate(waiting, assetToText(assetNamed('sdk'))), StaleError);
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
