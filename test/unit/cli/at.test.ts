/** Looking back: answers as of a height or a time, proven by the newest finalization. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { startProxy } from './proxy.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
let file: string;
/** Heights at which the file was notarized and taken back. */
let trusted: number;
let untrusted: number;
let trusting: readonly string[];

before(async () => {
  world = await startWorld();
  file = world.file('app.bin', 'an application');
  trusting = ['--genesis', world.file('genesis.json', formatGenesisFile(world.genesis))];
  const heightOf = async (...words: readonly string[]): Promise<number> =>
    (await ztc([...words, file, '--json'], world.env)).json.result.items[0].height;
  trusted = await heightOf('notarize');
  await world.close();
  untrusted = await heightOf('untrust');
  await ztc(['record', 'put', 'acme/builds', 'k=one'], world.env);
  await ztc(['record', 'put', 'acme/builds', 'k=two'], world.env);
  await world.close();
});
after(() => world.stop());

const ask = (at: string, ...more: readonly string[]) =>
  ztc(['authenticate', file, '--publisher', 'acme', ...trusting, '--at', at, ...more], world.env);
const timeOf = (height: number): number => world.ledger.header(height)?.time as number;
const textOf = (time: number): string => new Date(time).toISOString();

test('by height: unknown, then trusted, then not', async () => {
  assert.equal((await ask(`${trusted - 1}`)).exit, 10);
  const then = await ask(`${trusted}`, '--json');
  assert.equal(then.exit, 0, then.stdout);
  assert.equal(then.json.result.items[0].height, trusted);
  assert.equal((await ask(`${untrusted - 1}`)).exit, 0);
  assert.equal((await ask(`${untrusted}`)).exit, 11);
});

test('by time: the last block that is not later', async () => {
  assert.equal((await ask(textOf(timeOf(untrusted)))).exit, 11);
  assert.equal((await ask(textOf(timeOf(untrusted) - 1))).exit, 0);
  assert.equal((await ask(textOf(Date.now() + 60_000))).exit, 11, 'a later time is now');
  assert.equal((await ask('2000-01-01')).exit, 2, 'before the chain');
});

test('a height that is not there yet is no verdict: 5; nonsense is 2', async () => {
  assert.equal((await ask('999999')).exit, 5);
  for (const at of ['soon', '-1', '1.5', '12:00']) assert.equal((await ask(at)).exit, 2, at);
});

test('history and records look back, too', async () => {
  const said = await ztc(['history', file, ...trusting, '--at', `${trusted}`, '--json'], world.env);
  assert.equal(said.json.result.items[0].statements.length, 1);
  const { height } = world.ledger.head.header;
  const values: string[] = [];
  for (let at = untrusted; at < height; at++) {
    const get = ['record', 'get', 'acme/builds', 'k', ...trusting, '--at', `${at}`];
    values.push((await ztc(get, world.env)).stdout);
  }
  assert.deepEqual([...new Set(values)], ['', 'one', 'two']);
});

test('a receipt of the past holds without a network', async () => {
  const receipt = path.join(world.dir, 'past.json');
  assert.equal((await ask(`${trusted}`, `--save-receipt=${receipt}`)).exit, 0);
  const offline = { ZTC_TRUST: path.join(world.dir, 'none.json') };
  const words = ['authenticate', file, '--publisher', 'acme', ...trusting, '--receipt', receipt];
  const kept = await ztc([...words, '--json'], offline);
  assert.equal(kept.exit, 0, kept.stdout);
  assert.equal(kept.json.result.items[0].height, trusted);
  assert.equal((await ztc([...words, '--at', '3'], offline)).exit, 2);
});

test('a node that names another block for a time is found out', async () => {
  const lies = {
    'the block before': (result: { header: string }) => {
      result.header = Buffer.from(world.ledger.headerBytes(trusted) as Uint8Array).toString(
        'base64url',
      );
    },
    'the newest one': (result: { isNewest: boolean }) => {
      result.isNewest = true;
    },
  };
  const expected = { 'the block before': 20, 'the newest one': 5 };
  for (const [what, lie] of Object.entries(lies)) {
    const liar = await startProxy(world.url, ({ method, result }) => {
      if (method === 'chain_getHeaderAt') lie(result);
      return undefined;
    });
    const at = ['--at', textOf(timeOf(untrusted) - 1), '--rpc', liar.url];
    const words = ['authenticate', file, '--publisher', 'acme', ...trusting, ...at];
    const answer = await ztc(words, world.env);
    assert.equal(answer.exit, expected[what as keyof typeof expected], `${what}: ${answer.stderr}`);
    liar.stop();
  }
});

test('the history up to one block is the beginning of that up to another', async () => {
  const consistent = (...words: readonly (string | number)[]) =>
    ztc(['audit', 'consistency', ...words.map(String), ...trusting], world.env);
  const head = world.ledger.head.header.height;
  const good = await consistent(1, head, '--json');
  assert.equal(good.exit, 0, good.stderr);
  const { from, to, verified } = good.json.result;
  assert.deepEqual([from.height, to.height, verified], [1, head, true]);
  assert.equal((await consistent(head, head)).exit, 0);
  assert.equal((await consistent(0, 1)).exit, 0);
  assert.equal((await consistent(2, 1)).exit, 2);
  assert.equal((await consistent(1, head + 9)).exit, 5, 'not there yet');
  const liar = await startProxy(world.url, ({ method, result }) => {
    if (method === 'chain_getConsistency') result.path.reverse();
    return undefined;
  });
  assert.equal((await consistent(3, head, '--rpc', liar.url)).exit, 20);
  liar.stop();
});

test('ztc history gives all statements as of then, and what it shows is proven', async () => {
  const history = (...words: readonly string[]) =>
    ztc(['history', file, ...trusting, '--json', ...words], world.env);
  const now = (await history()).json.result.items[0];
  assert.deepEqual([now.count, now.statements.length, now.verified], [2, 2, true]);
  const then = (await history('--at', `${trusted}`)).json.result.items[0];
  assert.deepEqual([then.count, then.height], [1, trusted]);
  const liar = await startProxy(world.url, ({ method, result }) => {
    if (method === 'asset_history') result.proof.items.pop();
    return undefined;
  });
  assert.equal((await history('--rpc', liar.url)).exit, 20);
  liar.stop();
});
