/** `ztc light`: checkpoints that never go back, nodes that are behind, and nodes that disagree. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fromJson } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { checkFork, forkSchema } from '../../../src/ledger/light-client.ts';
import { statement } from '../state/fixture.ts';
import { startProxy } from './proxy.ts';
import { startWorld, type World, ztc } from './world.ts';

const genesisTime = Date.now() - 60_000;
let world: World;
/** Founded alike, and gone another way. */
let other: World;
let env: { readonly [name: string]: string };

/** One round against these nodes. */
const round = (urls: readonly string[], ...more: readonly string[]) =>
  ztc(['light', '--once', '--json', ...urls.flatMap((url) => ['--rpc', url]), ...more], env);

const evidence = (): string[] =>
  readdirSync(world.dir).filter((name) => name.startsWith('ztc-fork'));

before(async () => {
  world = await startWorld({ genesisTime });
  other = await startWorld({ genesisTime });
  for (const each of [world, other]) await each.close();
  env = { ZTC_TRUST: path.join(world.dir, 'light.json') };
  const genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
  const fingerprint = JSON.parse(readFileSync(genesis, 'utf8')).chain as string;
  const added = await ztc(['trust', 'add', genesis, '--fingerprint', fingerprint], env);
  assert.equal(added.exit, 0, added.stderr);
});
after(async () => {
  await world.stop();
  await other.stop();
});

test('keeps the newest block that it proved, with its validators', async () => {
  const first = await round([world.url]);
  assert.equal(first.exit, 0, first.stdout);
  const { height } = world.ledger.head.header;
  assert.equal(first.json.result.head.height, height);
  assert.deepEqual(first.json.result.validators, ['ada', 'bob', 'cyd', 'dan']);
  await world.put([statement('light')]);
  await world.close();
  const second = await round([world.url, world.url]);
  assert.deepEqual([second.exit, second.json.result.head.height], [0, height + 2]);
});

test('a node on another history is found out, and the evidence holds: 21', async () => {
  const conflict = await round([world.url, other.url], '--evidence-dir', world.dir);
  assert.equal(conflict.exit, 21, conflict.stdout);
  assert.equal(conflict.json.error.code, 'FORK');
  const [file] = evidence();
  const { schema, ...fork } = JSON.parse(
    readFileSync(path.join(world.dir, file as string), 'utf8'),
  );
  assert.equal(schema, 'ztc.fork/v1');
  const read = fromJson(forkSchema, { version: 1, ...fork });
  assert.ok(read.ok);
  assert.ok(checkFork(read.value, verify).ok);
});

test('one that is behind is compared at its own height', async () => {
  const trust = { ZTC_TRUST: path.join(world.dir, 'fresh.json') };
  const genesis = path.join(world.dir, 'genesis.json');
  const words = ['light', '--once', '--json', '--genesis', genesis];
  const nodes = (...urls: readonly string[]) => urls.flatMap((url) => ['--rpc', url]);
  const lone = await ztc([...words, ...nodes(other.url)], trust);
  assert.equal(lone.exit, 0, lone.stdout);
  const both = await ztc(
    [...words, ...nodes(world.url, other.url), '--evidence-dir', world.dir],
    trust,
  );
  assert.equal(both.exit, 21, 'the shorter history conflicts with the longer one');
  const reversed = [...words, ...nodes(other.url, world.url), '--evidence-dir', world.dir];
  assert.equal((await ztc(reversed, trust)).exit, 21);
});

test('a node that lies about itself is named, and moves nothing', async () => {
  const liar = await startProxy(world.url, ({ method, result }) => {
    if (method === 'chain_getHeaderProof') result.proof.finality.certificate.signatures.pop();
    return undefined;
  });
  const alone = await round([liar.url]);
  assert.equal(alone.exit, 20, alone.stdout);
  const beside = await round([world.url, liar.url]);
  assert.equal(beside.exit, 20);
  assert.equal(beside.json.result.nodes[1].error.code, 'PROOF_INVALID');
  liar.stop();
});

test('an old checkpoint needs a second source', async () => {
  const alone = await round([world.url], '--trust-period', '1ms');
  assert.equal(alone.exit, 5, alone.stdout);
  assert.equal(alone.json.error.code, 'CHECKPOINT_OLD');
  const old = ['--trust-period', '1ms'];
  const same = await round([world.url, `${world.url}/rpc`], ...old);
  assert.equal(same.json.error.code, 'CHECKPOINT_OLD', 'two addresses of one node');
  const nobody = await round([world.url, await world.beside('stranger')], ...old);
  assert.equal(nobody.exit, 5, "no member's node");
  const both = await round([world.url, await world.beside('bob')], ...old);
  assert.equal(both.exit, 0, both.stdout);
});

test('nothing else rests on an old checkpoint either: 5, and what to do', async () => {
  const later = { now: () => Date.now() + 181 * 86_400_000 };
  const asked = ['status', '--rpc', world.url, '--json'];
  const { exit, json } = await ztc(asked, env, later);
  assert.deepEqual([exit, json.error.code], [5, 'CHECKPOINT_OLD']);
  assert.match(json.error.hint, /ztc light --once --rpc URL --rpc URL/);
  const today = await ztc(asked, env);
  assert.notEqual(today.json.error?.code, 'CHECKPOINT_OLD');
});

test('a source must sign what it showed, with the nonce of now', async () => {
  const bob = await world.beside('bob');
  let kept: unknown;
  const replaying = await startProxy(bob, ({ method, result }) => {
    if (method !== 'node_attest') return undefined;
    kept ??= structuredClone(result);
    return JSON.stringify({ jsonrpc: '2.0', id: 0, result: kept });
  });
  const liar = await startProxy(bob, ({ method, result }) => {
    if (method === 'node_attest') result.hash = `0x${'ab'.repeat(32)}`;
    return undefined;
  });
  for (const url of [replaying.url, liar.url]) {
    const tried = await round([world.url, url], '--trust-period', '1ms');
    assert.equal(tried.json.error.code, 'CHECKPOINT_OLD', tried.stderr);
  }
  replaying.stop();
  liar.stop();
});

test('answers are held against the checkpoint; receipts still lead from the genesis', async () => {
  const file = world.file('after.bin', 'after the checkpoint');
  const { env: all } = world;
  await ztc(['notarize', file], { ...all, ...env });
  const words = ['authenticate', file, '--publisher', 'acme', '--rpc', world.url];
  assert.equal((await ztc([...words, '--save-receipt'], env)).exit, 0);
  const genesis = path.join(world.dir, 'genesis.json');
  const offline = { ZTC_TRUST: path.join(world.dir, 'nobody.json') };
  const receipt = ['--receipt', `${file}.ztc.json`, '--genesis', genesis];
  const kept = await ztc(['authenticate', file, '--publisher', 'acme', ...receipt], offline);
  assert.equal(kept.exit, 0, kept.stderr);
});
