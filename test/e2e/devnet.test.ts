/** `npm run devnet` as its users meet it: four processes, one line, a clean end. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { isReady, type Ready, readyOf, rpc, startDevnet } from './support/devnet.ts';
import {
  freePorts,
  isAlive,
  killAll,
  Running,
  spawnScript,
  until,
  within,
} from './support/processes.ts';

const PORTS = 40;
/** The promise is 5 s; a busy test machine gets the same again. */
const STOP_MS_MAX = 10_000;

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-devnet-'));
});
afterEach(killAll);
after(() => rm(dir, { recursive: true }));

async function stopped(devnet: Running, signal: NodeJS.Signals, ready: Ready): Promise<void> {
  const from = performance.now();
  await devnet.end(signal);
  assert.ok(performance.now() - from < STOP_MS_MAX, `${signal} took too long`);
  for (const { name, pid } of ready.nodes) assert.equal(isAlive(pid), false, `${name} is left`);
}

test('four processes by npm run, Ctrl-C, and the same chain again', async () => {
  const home = path.join(dir, 'kept');
  const base = String(await freePorts(PORTS));
  const words = ['run', 'devnet', '--', '--json', '--dir', home, '--base-port', base];
  const npm = new Running('npm run devnet', 'npm', words, { group: true });
  const ready = await readyOf(npm);

  assert.deepEqual(Object.keys(ready), [
    'ready',
    'dir',
    'chain',
    'genesis',
    'feed',
    'explorer',
    'nodes',
    'publishers',
  ]);
  assert.equal(ready.dir, home);
  assert.match(ready.chain, /^0x[0-9a-f]{64}$/);
  assert.equal(JSON.parse(await readFile(ready.genesis, 'utf8')).chain, ready.chain);
  assert.equal(new Set(ready.nodes.map(({ pid }) => pid)).size, 4);
  for (const node of ready.nodes) {
    assert.deepEqual(Object.keys(node), ['name', 'rpc', 'admin', 'p2p', 'home', 'pid']);
    assert.ok(isAlive(node.pid));
    assert.ok(await isReady(node.admin));
    assert.ok((await stat(path.join(node.home, 'data', 'chain'))).isDirectory());
    assert.equal((await rpc(node.rpc, 'chain_status')).chain, ready.chain);
    assert.match(npm.stderr, new RegExp(`${node.name} .*${node.rpc} .*${node.p2p} .*${node.pid}`));
  }
  assert.deepEqual(Object.keys(ready.publishers[0] ?? {}), ['id', 'name', 'key']);
  assert.equal(npm.stderr.match(/TRUSTED {2}/g)?.length, 2, 'both verdicts are shown');
  assert.equal((await fetch(ready.explorer)).status, 200);
  const { height } = (await rpc(ready.nodes[0]?.rpc ?? '', 'chain_status')).head;
  await stopped(npm, 'SIGINT', ready);
  assert.equal(npm.stdout.split('\n').filter((line) => line.startsWith('{')).length, 1);

  const again = await startDevnet(['--dir', home]);
  assert.equal(again.ready.chain, ready.chain);
  assert.equal(again.ready.nodes[0]?.rpc, ready.nodes[0]?.rpc, 'the ports are kept, too');
  const after = (await rpc(again.ready.nodes[0]?.rpc ?? '', 'chain_status')).head.height;
  assert.ok(after >= height, `height ${after}, ${height} before`);
  assert.match(again.devnet.stderr, /already, since height/);
  await stopped(again.devnet, 'SIGTERM', again.ready);
});

test('no node outlives a devnet that was killed, and other ports carry the chain on', async () => {
  const home = path.join(dir, 'killed');
  const base = await freePorts(2 * PORTS);
  const one = ['--dir', home, '--members', '2', '--base-port'];
  const { devnet, ready } = await startDevnet([...one, String(base)]);
  await devnet.end('SIGKILL');
  for (const { name, pid } of ready.nodes) await until(`${name} to end`, () => !isAlive(pid));

  const moved = await startDevnet([...one, String(base + PORTS)]);
  assert.equal(moved.ready.chain, ready.chain);
  assert.notEqual(moved.ready.nodes[0]?.p2p, ready.nodes[0]?.p2p);
  await stopped(moved.devnet, 'SIGTERM', moved.ready);
});

describe('refused in words', () => {
  async function refused(
    words: readonly string[],
    says: readonly RegExp[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    const devnet = spawnScript('devnet/main.ts', words, { env });
    assert.equal(await within('the devnet to refuse', devnet.exit), 2, devnet.tail());
    for (const each of says) assert.match(devnet.stderr, each);
    assert.equal(devnet.stdout, '');
  }

  test('a taken port is named', async () => {
    const base = await freePorts(PORTS);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(base + 11, '127.0.0.1', resolve));
    const home = path.join(dir, 'ports');
    const words = ['--dir', home, '--base-port', String(base)];
    await refused(words, [new RegExp(`port ${base + 11} \\(rpc of bravo\\) is taken`)]);
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(stat(home), 'nothing was made');
  });

  test('flags that npm took', async () => {
    const npm = { npm_lifecycle_event: 'devnet' };
    const line = [/npm run devnet -- --dir X/];
    await refused([], line, { ...npm, npm_config_dir: 'X' });
    await refused(['X'], line, { ...npm, npm_config_dir: 'true' });
    const both = { ...npm, npm_config_members: '7', npm_config_json: 'true' };
    await refused([], [/npm run devnet -- --members 7 --json/], both);
  });

  test("a folder that is no devnet's", async () => {
    await writeFile(path.join(dir, 'mine.txt'), 'not to be deleted');
    await refused(['--dir', dir], [/not empty and no devnet/]);
    assert.equal(await readFile(path.join(dir, 'mine.txt'), 'utf8'), 'not to be deleted');
  });

  test('numbers out of range, unknown flags', async () => {
    await refused(['--members', '21'], [/--members takes a number from 1 to 20, not 21/]);
    await refused(['--base-port', 'x'], [/--base-port takes a number/]);
    await refused(['--nodes', '4'], [/--nodes/, /usage: npm run devnet/]);
  });
});
