/** `ztc audit replay`: kept blocks, several nodes, and heads that conflict. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { statement } from '../state/fixture.ts';
import { startProxy } from './proxy.ts';
import { startWorld, type World, ztc } from './world.ts';

const genesisTime = Date.now() - 60_000;
let world: World;
/** Founded alike, and gone another way. */
let other: World;
let trusting: readonly string[];

before(async () => {
  world = await startWorld({ genesisTime });
  other = await startWorld({ genesisTime });
  trusting = ['--genesis', world.file('genesis.json', formatGenesisFile(world.genesis)), '--json'];
  await world.put([statement('one')]);
  await world.close();
});
after(async () => {
  await world.stop();
  await other.stop();
});

const replay = (urls: readonly string[], ...more: readonly string[]) => {
  const env = { ZTC_TRUST: path.join(world.dir, 'none.json') };
  const nodes = urls.flatMap((url) => ['--rpc', url]);
  return ztc(['audit', 'replay', ...nodes, ...trusting, ...more], env);
};

test('with --dir it goes on where it ended', async () => {
  const dir = path.join(world.dir, 'kept');
  const first = await replay([world.url], '--dir', dir);
  assert.equal(first.exit, 0, first.stdout);
  const { height } = world.ledger.head.header;
  assert.deepEqual([first.json.result.from, first.json.result.to], [0, height]);
  assert.ok(existsSync(dir));
  const nothing = await replay([world.url], '--dir', dir);
  assert.deepEqual([nothing.exit, nothing.json.result.transactions], [0, 0], nothing.stdout);
  await world.put([statement('two')]);
  await world.close();
  const second = await replay([world.url], '--dir', dir);
  assert.equal(second.exit, 0, second.stdout);
  const { from, to, transactions, nodes } = second.json.result;
  assert.deepEqual([from, to, transactions], [height + 1, height + 2, 1]);
  assert.deepEqual([nodes.length, nodes[0].height], [1, height + 2]);
});

test('the heads of all nodes are compared: a conflict is 21, with evidence', async () => {
  const dir = ['--evidence-dir', world.dir];
  const conflict = await replay([world.url, other.url], ...dir);
  assert.equal(conflict.exit, 21, conflict.stdout);
  assert.equal(conflict.json.error.code, 'FORK');
  assert.ok(readdirSync(world.dir).some((name) => name.startsWith('ztc-fork-')));
  const same = await replay([world.url, `${world.url}/rpc`], ...dir);
  assert.equal(same.exit, 0, same.stdout);
  assert.equal(same.json.result.nodes.length, 2);
  const liar = await startProxy(world.url, ({ method, result }) => {
    if (method === 'chain_getHeaderProof') result.proof.finality.certificate.view += 1;
    return undefined;
  });
  assert.equal((await replay([world.url, liar.url], ...dir)).exit, 20);
  liar.stop();
  const silent = await replay([world.url, 'http://127.0.0.1:9/'], ...dir);
  assert.equal(silent.exit, 0, 'a node that is away proves nothing against the others');
});
