/** Receipts from the command line: written online, read offline, and refused where they are bad. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
let genesis: string;
/** No network: nothing listens there, and nobody is trusted. */
let offline: { readonly [name: string]: string };

before(async () => {
  world = await startWorld();
  genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
  offline = { ZTC_TRUST: world.file('nobody', '').replace('nobody', 'none.json') };
});
after(() => world.stop());

test('notarize and authenticate write what proves the verdict with no network', async () => {
  const file = world.file('app.bin', 'an application');
  const made = await ztc(['notarize', file, '--save-receipt', '--json'], world.env);
  assert.equal(made.exit, 0, made.stderr);
  const receipt = `${file}.ztc.json`;
  assert.equal(made.json.result.items[0].receipt, receipt);
  const words = ['authenticate', file, '--receipt', receipt, '--genesis', genesis];
  const good = await ztc([...words, '--publisher', 'acme', '--json'], offline);
  assert.equal(good.exit, 0, good.stdout);
  const [item] = good.json.result.items;
  assert.deepEqual([item.status, item.trust, item.verified], ['TRUSTED', 'given', true]);
  for (const others of [[], ['--any-publisher'], ['--publisher', 'globex']]) {
    const other = await ztc([...words, ...others, '--json'], offline);
    assert.deepEqual([other.exit, other.json.error.code], [12, 'RECEIPT_PUBLISHER'], `${others}`);
  }
  assert.ok(statSync(receipt).size < 8 * 1024, `${statSync(receipt).size} bytes`);

  const again = await ztc(['authenticate', file, '--save-receipt'], world.env);
  assert.equal(again.exit, 2);
  assert.match(again.stderr, /--force/);
  const forced = await ztc(['authenticate', file, '--save-receipt', '--force'], world.env);
  assert.equal(forced.exit, 12);
  assert.match(forced.stdout, /receipt: .*app\.bin\.ztc\.json/);
  assert.equal((await ztc([...words, '--publisher', 'acme'], offline)).exit, 0);
  assert.equal((await ztc(words, offline)).exit, 12, 'nobody was chosen');
  assert.equal((await ztc([...words, '--publisher', 'globex'], offline)).exit, 12);
});

test("one publisher's word counts for who has pinned it, and nobody else", async () => {
  const env = { ...offline, ZTC_TRUST: world.file('pins', '').replace(/pins$/, 'pins.json') };
  const file = world.file('pinned.bin', 'said by one');
  await ztc(['notarize', file, '--save-receipt'], world.env);
  const fingerprint = JSON.parse(readFileSync(`${file}.ztc.json`, 'utf8')).chain as string;
  const trusted = await ztc(['trust', 'add', world.url, '--fingerprint', fingerprint], env);
  assert.equal(trusted.exit, 0, trusted.stderr);
  const read = async (of = `${file}.ztc.json`) => {
    return (await ztc(['authenticate', file, '--receipt', of], env)).exit;
  };
  assert.equal(await read(), 12, 'nobody is pinned');
  const silent = `${file}.silent`;
  const words = ['--publisher', 'globex', `--save-receipt=${silent}`];
  assert.equal((await ztc(['authenticate', file, ...words], env)).exit, 12);
  await ztc(['trust', 'pin', 'globex'], env);
  assert.equal(await read(silent), 12, 'where the pinned one says nothing, all others do');
  const named = ['authenticate', file, '--publisher', 'globex', '--receipt', silent];
  assert.equal((await ztc(named, env)).exit, 12, 'named, it is a mismatch');
  await ztc(['trust', 'pin', 'acme'], env);
  assert.equal(await read(), 12, 'of two that are pinned the most severe decides');
  await ztc(['trust', 'remove', 'globex'], env);
  assert.equal(await read(), 0);
});

test('what came later is not in a receipt; with --rpc the node is asked', async () => {
  const file = world.file('old.bin', 'trusted once');
  const receipt = `${file}.receipt`;
  await ztc(['notarize', file, `--save-receipt=${receipt}`], world.env);
  await ztc(['untrust', file], world.env);
  const words = ['authenticate', file, '--receipt', receipt, '--genesis', genesis];
  const asked = [...words, '--publisher', 'acme'];
  assert.equal((await ztc(asked, offline)).exit, 0);
  const now = await ztc([...asked, '--rpc', world.url], offline);
  assert.equal(now.exit, 11, now.stderr);
});

test('an absence, and records', async () => {
  const file = world.file('unknown.bin', 'nobody knows it');
  const save = await ztc(['authenticate', file, '--save-receipt'], world.env);
  assert.equal(save.exit, 10);
  const words = ['--receipt', `${file}.ztc.json`, '--genesis', genesis];
  assert.equal((await ztc(['authenticate', file, ...words], offline)).exit, 10);

  const path = world.file('x', '').replace(/x$/, 'record.json');
  const put = ['record', 'put', 'acme/builds', '1.0=ok'];
  const made = await ztc([...put, `--save-receipt=${path}.put`, '--json'], world.env);
  assert.deepEqual([made.exit, made.json.result.receipt], [0, `${path}.put`], made.stdout);
  const own = ['--receipt', `${path}.put`, '--genesis', genesis];
  const written = await ztc(['record', 'get', 'acme/builds', '1.0', ...own], offline);
  assert.deepEqual([written.exit, written.stdout], [0, 'ok'], written.stderr);
  const two = ['record', 'put', 'acme/builds', 'a=1', 'b=2', '--save-receipt=x.json'];
  assert.equal((await ztc(two, world.env)).exit, 2, 'one receipt is about one record');
  const get = ['record', 'get', 'acme/builds', '1.0'];
  const online = await ztc([...get, `--save-receipt=${path}`], world.env);
  assert.deepEqual([online.exit, online.stdout], [0, 'ok'], online.stderr);
  const from = ['--receipt', path, '--genesis', genesis];
  const read = await ztc([...get, ...from], offline);
  assert.deepEqual([read.exit, read.stdout], [0, 'ok'], read.stderr);
  const other = await ztc(['record', 'get', 'acme/builds', '2.0', ...from], offline);
  assert.equal(other.exit, 20);
  const none = `${path}.absent`;
  await ztc(['record', 'get', 'acme/builds', '9', `--save-receipt=${none}`], world.env);
  const absent = ['record', 'get', 'acme/builds', '9', '--receipt', none, '--genesis', genesis];
  assert.equal((await ztc(absent, offline)).exit, 10);
});

test('a bad receipt is never a verdict', async () => {
  const file = world.file('good.bin', 'good');
  await ztc(['notarize', file, '--save-receipt'], world.env);
  const text = readFileSync(`${file}.ztc.json`, 'utf8');
  const other = world.file('other.bin', 'not that');
  const check = (receipt: string, path = file, trust = ['--genesis', genesis]) =>
    ztc(['authenticate', path, '--publisher', 'acme', '--receipt', receipt, ...trust], offline);
  assert.equal((await check(`${file}.ztc.json`, other)).exit, 20, 'about another file');
  const state = /"state":"[^"]{100}/.exec(text)?.[0] as string;
  const flipped = state.slice(0, -1) + (state.endsWith('A') ? 'B' : 'A');
  assert.equal((await check(world.file('r1', text.replace(state, flipped)))).exit, 20);
  assert.equal((await check(world.file('r2', 'no JSON'))).exit, 2);
  assert.equal((await check(world.file('r3', text.replace('/v1', '/v9')))).exit, 2);
  assert.equal((await check('nowhere')).exit, 2);
  assert.equal((await check(`${file}.ztc.json`, file, [])).exit, 2, 'no genesis is known');
  const fingerprint = JSON.parse(text).chain as string;
  assert.equal((await check(`${file}.ztc.json`, file, ['--genesis', fingerprint])).exit, 2);
});

test('where receipts go is settled before anything is done', async () => {
  const [a, b] = [world.file('a.bin', 'a'), world.file('b.bin', 'b')];
  const one = await ztc(['notarize', a, b, '--save-receipt=both.json'], world.env);
  assert.equal(one.exit, 2);
  const digest = `sha256:${'ab'.repeat(32)}`;
  assert.equal(
    (await ztc(['authenticate', '--hash', digest, '--save-receipt'], world.env)).exit,
    2,
  );
  world.file('a.bin.ztc.json', 'taken');
  assert.equal((await ztc(['notarize', a, '--save-receipt'], world.env)).exit, 2);
  const unsaid = await ztc(['authenticate', a, '--publisher', 'acme'], world.env);
  assert.equal(unsaid.exit, 10, 'nothing was stated');
  assert.equal((await ztc(['notarize', a, b, '--save-receipt', '--force'], world.env)).exit, 0);
  assert.ok(existsSync(`${b}.ztc.json`));
  const both = ['authenticate', a, '--receipt', `${a}.ztc.json`, '--genesis', genesis];
  assert.equal((await ztc([...both, '--save-receipt'], offline)).exit, 2);
});
