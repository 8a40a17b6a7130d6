/**
 * `ztc doctor` on real nodes: well, with half of them killed, and on the home of a dead one whose
 * log, port or folders are not as they should be.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { resultOf, ztc } from './support/cli.ts';
import { type DevnetNode, type Ready, rpc, startDevnet } from './support/devnet.ts';
import {
  freePorts,
  killAll,
  ROOT,
  Running,
  type runZtc,
  until,
  within,
} from './support/processes.ts';

/** As the devnet spreads them. */
const PORTS_PER_NODE = 10;
const WAL_BYTE = 60;

let dir: string;
let devnet: Running;
let ready: Ready;
let [alpha, delta]: DevnetNode[] = [];

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-doctor-'));
  const base = String(await freePorts(4 * PORTS_PER_NODE));
  ({ devnet, ready } = await startDevnet(['--dir', path.join(dir, 'net'), '--base-port', base]));
  [alpha, , , delta] = ready.nodes as DevnetNode[];
});
after(async () => {
  await devnet.end('SIGINT');
  await killAll();
  await rm(dir, { recursive: true });
});

interface Look {
  readonly exit: number;
  readonly codes: readonly string[];
  readonly words: string;
}

async function look(...words: string[]): Promise<Look> {
  const env = { ZTC_TRUST: path.join(dir, 'trust.json') };
  const answer = await ztc(['doctor', ...words, '--json'], env);
  const { findings, summary } = resultOf(answer);
  const texts = findings.map(
    ({ text, remedy }: { text: string; remedy: string }) => `${text} ${remedy}`,
  );
  return {
    exit: answer.exit,
    codes: findings
      .filter(({ severity }: { severity: string }) => severity !== 'info')
      .map(({ code }: { code: string }) => code),
    words: [summary, ...texts].join('\n'),
  };
}

const atHome = (node: DevnetNode | undefined): Promise<Look> => look('--home', node?.home ?? '');
const ended = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGKILL');
  await until(`process ${pid} to end`, () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
};

/** Starts `ztc` by a shell line that has to end by itself. */
async function shell(line: string): Promise<Awaited<ReturnType<typeof runZtc>>> {
  const run = new Running(line, 'sh', ['-c', line]);
  const exit = await within(line, run.exit);
  return { exit, stdout: run.stdout, stderr: run.stderr };
}

test('a node that is well', async () => {
  await until('alpha to be well', async () => (await atHome(alpha)).exit === 0);
  // Those that dialled it before it was up look again a second later.
  await until('delta to be well', async () => {
    const { exit, codes } = await look('--rpc', delta?.rpc ?? '');
    return exit === 0 && codes.length === 0;
  });
});

test('one folder takes one process, whatever way leads to it', async () => {
  const bin = path.join(ROOT, 'bin', 'ztc');
  const same = await shell(`${bin} start --home ${delta?.home}`);
  assert.equal(same.exit, 2);
  assert.match(same.stderr, /DATABASE_LOCKED/);

  // A second home with a database of its own that shares the log by a link.
  const twin = path.join(dir, 'twin');
  const ofDelta = delta?.home ?? '';
  await cp(ofDelta, twin, { recursive: true, filter: (file) => !file.includes('data') });
  await mkdir(path.join(twin, 'data', 'chain'), { recursive: true });
  await symlink(path.join(ofDelta, 'data', 'consensus'), path.join(twin, 'data', 'consensus'));
  const other = await shell(`${bin} start --home ${twin}`);
  assert.equal(other.exit, 2);
  assert.match(other.stderr, /consensus\/lock open \(DATABASE_LOCKED\)/);
});

test('half of the validators killed: they are named, and exit 5', async () => {
  await ended(ready.nodes[2]?.pid ?? 0);
  await ended(delta?.pid ?? 0);
  await until('alpha to notice', async () => {
    const { findings } = await rpc(alpha?.rpc ?? '', 'node_consensus');
    const said = JSON.stringify(findings);
    return /NO_QUORUM/.test(said) && said.split('connection refused').length === 3;
  });
  const { exit, codes, words } = await atHome(alpha);
  assert.equal(exit, 5);
  assert.equal(codes[0], 'NO_QUORUM');
  assert.match(words, /2 of 4 validators are heard \(alpha and bravo\), and 3 are needed/);
  assert.match(words, /charlie and delta are missing, 1 of them would do/);
  assert.match(words, /delta is not heard .* nothing listens at its address/);
});

test('the home of a node that does not run, and what is wrong with it', async () => {
  const home = delta?.home ?? '';
  const wal = path.join(home, 'data', 'consensus', 'wal');
  const good = await readFile(wal);
  assert.deepEqual(await atHome(delta).then(({ exit, codes }) => [exit, codes]), [
    5,
    ['NOT_RUNNING'],
  ]);

  await appendFile(wal, Uint8Array.of(1, 2, 3));
  const torn = await atHome(delta);
  assert.deepEqual([torn.exit, torn.codes], [5, ['NOT_RUNNING']], 'the start cuts it off');
  assert.match(torn.words, /incomplete \(3 bytes\)/);

  await writeFile(wal, good.with(WAL_BYTE, 255 - (good[WAL_BYTE] ?? 0)));
  const damaged = await atHome(delta);
  assert.deepEqual([damaged.exit, damaged.codes], [1, ['WAL_DAMAGED', 'NOT_RUNNING']]);
  assert.match(damaged.words, /mv '.*wal' '.*wal.damaged'/);

  await rm(wal);
  assert.deepEqual((await atHome(delta)).codes, ['NOT_RUNNING', 'GUARD_MISSING']);
  await writeFile(wal, good);

  const port = Number(new URL(delta?.admin ?? '').port);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const taken = await atHome(delta);
  server.close();
  assert.deepEqual([taken.exit, taken.codes], [2, ['PORT_TAKEN', 'NOT_RUNNING']]);
  assert.match(taken.words, new RegExp(`127.0.0.1:${port} \\(admin.listen\\) is taken by`));

  const config = path.join(home, 'config.toml');
  const text = await readFile(config, 'utf8');
  await appendFile(config, 'levle = "info"\n');
  const wrong = await atHome(delta);
  assert.deepEqual([wrong.exit, wrong.codes], [2, ['CONFIG']]);
  await writeFile(config, text);
  assert.equal((await look('--home', path.join(dir, 'nothing'))).exit, 2);
});

test('a log on a full disk stops the node in words', async () => {
  if (!existsSync('/dev/full')) return;
  const bin = path.join(ROOT, 'bin', 'ztc');
  const { exit, stderr } = await shell(`${bin} start --home ${delta?.home} > /dev/full`);
  assert.equal(exit, 1);
  assert.match(stderr, /the log can't be written: .*no space.*\(LOG_FAILED\)\n {2}make room/);
});
