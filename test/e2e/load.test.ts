/**
 * The main promise under load and crashes: 200 files notarized through all four nodes at once while
 * each node in turn is killed and started again; every file is authenticated through another node;
 * all nodes, and an auditor at each, come to the same state.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type CliAnswer, resultOf, ztc } from './support/cli.ts';
import {
  type DevnetNode,
  isReady,
  logTail,
  metric,
  printedRestart,
  type Ready,
  restart,
  rpc,
  startDevnet,
} from './support/devnet.ts';
import { freePorts, killAll, type Running, runZtc, until } from './support/processes.ts';

const FILES = 200;
const NODES = 4;
/** Notarizations under way at a time, through each node. */
const CLIENTS_PER_NODE = 3;
/** Of the output of a command that failed. */
const SAID_MAX = 1_500;

let dir: string;
let devnet: Running;
let ready: Ready;
let files: readonly string[];
let key: string;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-load-'));
  const base = String(await freePorts(10 * NODES));
  ({ devnet, ready } = await startDevnet(['--dir', path.join(dir, 'net'), '--base-port', base]));
  key = ready.publishers[0]?.key as string;
  await mkdir(path.join(dir, 'tampered'));
  files = Array.from({ length: FILES }, (_, i) => path.join(dir, `artifact-${i}.bin`));
  for (const [i, file] of files.entries()) {
    const content = `artifact ${i} of ${ready.chain}\n`.repeat(1 + i);
    await writeFile(file, content);
    await writeFile(tampered(file), `${content}x`);
  }
});
after(async () => {
  await killAll();
  await rm(dir, { recursive: true });
});

function tampered(file: string): string {
  return path.join(dir, 'tampered', path.basename(file));
}

const nodeAt = (i: number): DevnetNode => ready.nodes[i % NODES] as DevnetNode;

/** A trust file of its own for each reader, since they run at the same time. */
async function trustFile(name: string): Promise<{ readonly ZTC_TRUST: string }> {
  const file = path.join(dir, `trust-${name}.json`);
  await copyFile(path.join(ready.dir, 'trust.json'), file);
  return { ZTC_TRUST: file };
}

async function fails(what: string, answer: { exit: unknown; stdout: string; stderr: string }) {
  const tails = await Promise.all(ready.nodes.map(({ home }) => logTail(home)));
  const said = `${answer.stderr}${answer.stdout}`.slice(0, SAID_MAX);
  return `${what}: exit ${answer.exit}\n${said}\n${tails.join('\n')}`;
}

/** Runs `work` for every index, so many at a time. */
async function pool(indexes: number[], atOnce: number, work: (index: number) => Promise<void>) {
  const left = [...indexes];
  const worker = async (): Promise<void> => {
    for (let index = left.shift(); index !== undefined; index = left.shift()) await work(index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Notarizes file `i` through its node; the others are fallbacks for when that one is down. */
async function notarize(i: number): Promise<void> {
  const urls = [0, 1, 2, 3].flatMap((offset) => ['--rpc', nodeAt(i + offset).rpc]);
  const words = ['notarize', files[i] as string, ...urls, '--key', key, '--timeout', '50s'];
  const env = { ZTC_TRUST: path.join(dir, `trust-writer-${i}.json`) };
  const genesis = ['--genesis', ready.genesis];
  // Every tenth as a process of its own.
  const answer: { exit: unknown; stdout: string; stderr: string } =
    i % 10 === 0
      ? await runZtc([...words, ...genesis], { env })
      : await ztc([...words, ...genesis], env);
  assert.equal(answer.exit, 0, await fails(`notarize ${i}`, answer));
}

/** SIGKILL, the printed command, and ready again. */
async function killAndRestart({ name, pid, admin }: DevnetNode): Promise<void> {
  process.kill(pid, 'SIGKILL');
  const command = await printedRestart(devnet, pid);
  const node = restart(command);
  await until(`${name} to be ready again`, () => {
    if (node.ended !== undefined) throw new Error(`${name} did not start again\n${node.tail()}`);
    return isReady(admin);
  });
}

/** 200 files through four nodes, each of them killed once. */
async function load(): Promise<void> {
  const perPhase = FILES / NODES;
  for (const [phase, node] of ready.nodes.entries()) {
    const indexes = Array.from({ length: perPhase }, (_, i) => phase * perPhase + i);
    const load = pool(indexes, NODES * CLIENTS_PER_NODE, notarize);
    await Promise.all([load, killAndRestart(node)]);
  }
}

/** Every file is TRUSTED through another node, every tampered copy UNKNOWN. */
async function authenticateAll(): Promise<void> {
  for (const node of ready.nodes.keys()) {
    const own = files.filter((_, i) => i % NODES === (node + 1) % NODES);
    const words = (paths: readonly string[]): string[] => [
      'authenticate',
      ...paths,
      '--rpc',
      nodeAt(node).rpc,
      '--json',
    ];
    const env = await trustFile(`reader-${node}`);
    const good = await ztc(words(own), env);
    assert.equal(good.exit, 0, await fails('authenticate', good));
    for (const item of resultOf(good).items) {
      assert.equal(item.exit, 0);
      assert.equal(item.status, 'TRUSTED');
      assert.equal(item.verified, true);
    }
    const bad = await ztc(words(own.map(tampered)), env);
    assert.equal(bad.exit, 10);
    assert.equal(resultOf(bad).items.length, own.length);
    for (const item of resultOf(bad).items) assert.equal(item.exit, 10, JSON.stringify(item));
  }
}

/** Untrust turns 0 into 11 on every node. */
async function untrustOne(): Promise<void> {
  const [file] = files as [string];
  const env = await trustFile('untrust');
  const verdict = async (node: DevnetNode): Promise<CliAnswer> =>
    ztc(['authenticate', file, '--rpc', node.rpc, '--json'], env);
  for (const node of ready.nodes) assert.equal((await verdict(node)).exit, 0);
  const words = ['untrust', file, '--reason', 'withdrawn', '--rpc', nodeAt(1).rpc, '--key', key];
  const done = await ztc(words, env);
  assert.equal(done.exit, 0, await fails('untrust', done));
  for (const node of ready.nodes) {
    const answer = await verdict(node);
    assert.equal(answer.exit, 11, await fails(`authenticate at ${node.name}`, answer));
    assert.equal(resultOf(answer).items[0].statement.reason, 'withdrawn');
  }
}

/** All state roots are equal, and an audit at each node comes to the same. */
async function compareRoots(): Promise<void> {
  const statuses = await until('all nodes at one height', async () => {
    const all = await Promise.all(ready.nodes.map((node) => rpc(node.rpc, 'chain_status')));
    return new Set(all.map(({ head }) => head.height)).size === 1 ? all : undefined;
  });
  const [root] = statuses.map(({ stateRoot }) => stateRoot);
  for (const status of statuses) assert.equal(status.stateRoot, root);
  for (const node of ready.nodes) {
    const words = ['audit', 'replay', '--rpc', node.rpc, '--genesis', ready.genesis, '--json'];
    const answer = await ztc(words);
    assert.equal(answer.exit, 0, await fails(`audit at ${node.name}`, answer));
    const result = resultOf(answer);
    assert.equal(result.stateRoot, root);
    assert.equal(result.from, 0);
    assert.ok(result.to >= statuses[0].head.height);
    assert.ok(result.transactions >= FILES, `${result.transactions} transactions`);
    assert.equal(result.rejected, 0);
  }
}

/** Nobody contradicted itself. */
async function lookForContradictions(): Promise<void> {
  for (const { admin, name } of ready.nodes) {
    assert.equal(await metric(admin, 'ztc_consensus_evidence_total'), 0, name);
    assert.equal(await metric(admin, 'ztc_consensus_voting'), 1, `${name} votes again`);
  }
}

test('four processes under load and crashes agree, and prove every answer', async () => {
  await load();
  await authenticateAll();
  await untrustOne();
  await compareRoots();
  await lookForContradictions();
});
