/**
 * A validator that lost its data, or got an older copy of it back: it follows the chain, and votes
 * only if it still has all that it ever signed.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  type DevnetNode,
  isReady,
  printedRestart,
  type Ready,
  restart,
  rpc,
  startDevnet,
} from './support/devnet.ts';
import { freePorts, killAll, type Running, until } from './support/processes.ts';

/** As the devnet spreads them. */
const PORTS_PER_NODE = 10;

let dir: string;
let devnet: Running;
let ready: Ready;
let node: DevnetNode;
let again: string;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-lost-'));
  const base = String(await freePorts(4 * PORTS_PER_NODE));
  ({ devnet, ready } = await startDevnet(['--dir', path.join(dir, 'net'), '--base-port', base]));
  node = ready.nodes[3] as DevnetNode;
  process.kill(node.pid, 'SIGTERM');
  again = await printedRestart(devnet, node.pid);
});
after(async () => {
  await devnet.end('SIGINT');
  await killAll();
  await rm(dir, { recursive: true });
});

const inData = (...parts: string[]): string => path.join(node.home, 'data', ...parts);

/** Starts the node, waits until it has what the others have, and gives its word on voting. */
async function votesAfterStart(): Promise<{ voting: boolean; running: Running }> {
  const running = restart(again);
  await until('the node to be ready', () => isReady(node.admin));
  const { head } = await rpc((ready.nodes[0] as DevnetNode).rpc, 'chain_status');
  await until('the node to catch up', async () => {
    return (await rpc(node.rpc, 'chain_status')).head.height >= head.height;
  });
  const { consensus } = await rpc(node.rpc, 'node_info');
  return { voting: consensus.voting, running };
}

test('a validator votes again only with all that it ever signed', async () => {
  await cp(inData(), path.join(dir, 'older'), { recursive: true });

  // The chain can be fetched again; what was signed is still here.
  await rename(inData('chain'), path.join(dir, 'chain'));
  const first = await votesAfterStart();
  assert.equal(first.voting, true, 'without the chain');
  await first.running.end('SIGTERM');

  await rename(inData(), path.join(dir, 'newest'));
  await rename(path.join(dir, 'older'), inData());
  const second = await votesAfterStart();
  assert.equal(second.voting, false, 'on an older copy');
  assert.match(second.running.stdout, /GUARD_STALE/);
  await second.running.end('SIGTERM');

  await rm(inData(), { recursive: true });
  const third = await votesAfterStart();
  assert.equal(third.voting, false, 'without any data');
  assert.match(third.running.stdout, /GUARD_MISSING/);
  await third.running.end('SIGTERM');

  await rm(inData(), { recursive: true });
  await rename(path.join(dir, 'newest'), inData());
  const fourth = await votesAfterStart();
  assert.equal(fourth.voting, true, 'on the newest');
  await fourth.running.end('SIGTERM');
});
