/** `ztc genesis succeed --head`: what other survivors have against what this home has. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { homePaths } from '../../../src/cli/home/home.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { statement } from '../state/fixture.ts';
import { startWorld, type World, ztc } from './world.ts';

const genesisTime = Date.now() - 60_000;
let world: World;
/** Founded alike, and gone another way. */
let other: World;
let home: string;

before(async () => {
  world = await startWorld({ genesisTime });
  other = await startWorld({ genesisTime });
  for (const each of [world, other]) await each.put([statement(each === world ? 'one' : 'two')]);
  for (const each of [world, other]) await each.close();
  const genesis = world.file('genesis.json', formatGenesisFile(world.genesis));
  home = path.join(world.dir, 'home');
  const { chain, genesis: own } = homePaths(home);
  mkdirSync(path.dirname(chain), { recursive: true });
  const words = ['--genesis', genesis, '--rpc', world.url, '--dir', chain];
  const replayed = await ztc(['audit', 'replay', ...words], world.env);
  assert.equal(replayed.exit, 0, replayed.stderr);
  cpSync(genesis, own);
});
after(async () => {
  await world.stop();
  await other.stop();
});

const succeed = (out: string, ...heads: readonly World[]) => {
  const words = ['--home', home, '--keep', 'ada', 'bob', 'cyd', '-o', path.join(world.dir, out)];
  const asked = heads.flatMap(({ url }) => ['--head', url]);
  return ztc(['genesis', 'succeed', ...words, ...asked, '--json'], world.env);
};

test('one that has the same last block is a survivor whose head counts', async () => {
  const { exit, json, stdout } = await succeed('same.json', world);
  assert.equal(exit, 0, stdout);
  const [{ height }] = json.result.heads;
  assert.equal(height, world.ledger.head.header.height);
});

test('one that has another final block of a height is a fork: 21, nothing is built', async () => {
  const { exit, json } = await succeed('fork.json', other);
  assert.deepEqual([exit, json.error.code], [21, 'FORK']);
  assert.match(json.error.hint, /ztc evidence list/);
  const second = await succeed('fork.json', world, other);
  assert.deepEqual([second.exit, second.json.error.code], [21, 'FORK']);
  assert.equal((await succeed('fork.json', world)).exit, 0, 'the name is still free');
});

test('one that has more is to be fetched from first, and nothing is built', async () => {
  await world.put([statement('three')]);
  await world.close();
  const { exit, json } = await succeed('behind.json', world);
  assert.deepEqual([exit, json.error.code], [2, 'SUCCESSOR_BEHIND']);
});
