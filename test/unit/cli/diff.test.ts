/** `ztc diff`, `record history` and `publisher acts`: proven, complete, and never on a lie. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { STATUS } from '../../../src/ledger/operations.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { assetNamed, put, statement } from '../state/fixture.ts';
import { startProxy } from './proxy.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
let env: { readonly [name: string]: string };
/** Heights after each step. */
const heights: number[] = [];

const words = (more: readonly string[], rpc = world.url): string[] => [
  ...more,
  '--json',
  '--rpc',
  rpc,
];

before(async () => {
  world = await startWorld();
  env = { ZTC_TRUST: world.env.ZTC_TRUST as string, ZTC_GENESIS: genesisFile() };
  const step = async (...operations: Parameters<World['put']>[0][number][]) => {
    await world.put(operations);
    heights.push(world.ledger.head.header.height);
  };
  await step(put('acme/x', 'a', '1'), put('acme/x', 'b', '1'), put('acme/y', 'a', '1'));
  const many = Array.from({ length: 230 }, (_, i) => put('acme/x', `n${i}`, `${i}`));
  await step(put('acme/x', 'a', '2'), statement('one'), ...many);
  await step(put('acme/x', 'a', '3'), put('acme/x', 'c', '1'), statement('two'));
  await step(statement('one', STATUS.UNTRUSTED));
  await world.close();
  await world.close();
});
after(() => world.stop());

function genesisFile(): string {
  return world.file('genesis.json', formatGenesisFile(world.genesis));
}

const diff = (prefix: string, from: number, to?: number, rpc?: string) =>
  ztc(
    words(
      [
        'diff',
        prefix,
        '--from',
        `${heights[from]}`,
        ...(to === undefined ? [] : ['--to', `${heights[to]}`]),
      ],
      rpc,
    ),
    env,
  );

test('records: what was written between, with both values, and nothing else', async () => {
  const { exit, json } = await diff('record/acme/x/', 1, 2);
  assert.equal(exit, 0, JSON.stringify(json));
  const { changes, complete, compared, verified } = json.result;
  assert.deepEqual([complete, compared, verified], [true, 233, true]);
  const seen = changes.map(
    (each: { key: string; change: string; before: { revision: number } }) => [
      each.key,
      each.change,
      each.before?.revision ?? 0,
    ],
  );
  assert.deepEqual(seen, [
    ['record/acme/x/a', 'changed', 2],
    ['record/acme/x/c', 'added', 0],
  ]);
  const all = await diff('record/acme/x', 0);
  assert.equal(all.json.result.changes.length, 232);
  const below = await diff('record/acme/x/n22', 0, 1);
  assert.equal(below.json.result.changes.length, 11);
  assert.deepEqual((await diff('record/acme/y/', 0)).json.result.changes, []);
});

test('lists: the items that came between', async () => {
  const acts = await diff('publisher-acts/acme', 1, 3);
  assert.deepEqual(
    acts.json.result.changes.map(({ position }: { position: number }) => position),
    [1, 2],
  );
  const asset = await diff(`asset/${assetToText(assetNamed('one'))}`, 1);
  assert.equal(asset.json.result.changes.length, 1);
  const revisions = await diff('revisions/acme/x/a', 0);
  assert.equal(revisions.json.result.changes.length, 2);
});

test('identities and the chain: by value', async () => {
  for (const prefix of ['publisher/', 'member/', 'chain/']) {
    const { exit, json } = await diff(prefix, 0);
    assert.deepEqual([exit, json.result.changes], [0, []], prefix);
    assert.ok(json.result.compared > 0);
  }
});

test('for people, by time, too', async () => {
  const since = new Date(world.ledger.header(heights[1] as number)?.time as number).toISOString();
  const said = await ztc(['diff', 'record/acme/x/', '--from', since, '--rpc', world.url], env);
  assert.equal(said.exit, 0, said.stderr);
  assert.match(said.stdout, /2 changes {2}record\/acme\/x\//);
  assert.match(said.stdout, /was revision 2, height \d+: 2\n {6}is {2}revision 3/);
  assert.match(said.stdout, /complete: all there is was compared \(233 in all\)/);
});

test('questions that can not be answered completely are refused', async () => {
  for (const prefix of ['key/', 'record/acme', 'asset/', 'nothing', 'publisher-acts/']) {
    assert.equal((await diff(prefix, 0)).exit, 2, prefix);
  }
  assert.equal((await diff('record/acme/x/', 2, 1)).exit, 2);
  assert.equal((await ztc(words(['diff', 'record/acme/x/']), env)).exit, 2);
});

test('a node that leaves out a key, or an item, is found out: 20', async () => {
  const liar = await startProxy(world.url, ({ method, result }) => {
    if (method !== 'state_list') return undefined;
    result.items.splice(1, 1);
    return undefined;
  });
  for (const prefix of ['record/acme/x/', 'publisher-acts/acme', 'publisher/']) {
    const lied = await diff(prefix, 0, undefined, liar.url);
    assert.deepEqual([lied.exit, lied.json.error.code], [20, 'PROOF_INVALID'], prefix);
  }
  liar.stop();
  const forger = await startProxy(world.url, ({ method, result }) => {
    if (method !== 'state_getMany') return undefined;
    const entry = result.proof.entries.find(({ value }: { value: unknown }) => value !== null);
    if (entry !== undefined) entry.value = null;
    return undefined;
  });
  assert.equal((await diff('record/acme/x/', 1, 2, forger.url)).exit, 20);
  forger.stop();
});

test('record history: all revisions, proven, as of any height', async () => {
  const now = await ztc(words(['record', 'history', 'acme/x', 'a']), env);
  assert.equal(now.exit, 0, now.stdout);
  const { revisions, complete, verified } = now.json.result;
  assert.deepEqual([revisions.length, complete, verified], [3, true, true]);
  assert.equal(revisions[0].revision, 3);
  const then = ['record', 'history', 'acme/x', 'a', '--at', `${heights[1]}`];
  assert.equal((await ztc(words(then), env)).json.result.count, 2);
  assert.equal((await ztc(words(['record', 'history', 'acme/x', 'none']), env)).exit, 10);
});

test('publisher acts: newest first, and how many there are', async () => {
  const { exit, json } = await ztc(words(['publisher', 'acts', 'acme', '--limit', '2']), env);
  assert.equal(exit, 0, JSON.stringify(json));
  const { statements, count, complete, publisher } = json.result;
  assert.deepEqual([count, complete, publisher.id], [3, false, 'acme']);
  assert.deepEqual(
    statements.map(({ status }: { status: string }) => status),
    ['UNTRUSTED', 'TRUSTED'],
  );
  const nobody = await ztc(words(['publisher', 'acts', 'nobody']), env);
  assert.deepEqual([nobody.exit, nobody.json.result.publisher], [10, null]);
});

test('a long history is read page by page', async () => {
  for (let i = 0; i < 250; i++) await world.put([put('acme/z', 'k', `${i}`)]);
  await world.close();
  await world.close();
  const long = await ztc(words(['record', 'history', 'acme/z', 'k']), env);
  const numbers = long.json.result.revisions.map(({ revision }: { revision: number }) => revision);
  assert.deepEqual(
    numbers,
    Array.from({ length: 250 }, (_, i) => 250 - i),
  );
});
