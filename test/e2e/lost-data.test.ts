/**
 * A validator that lost its data, got an older copy of it back, or runs from a copied home: it
 * follows the chain, and votes again only above what the others show it may have signed.
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

/** Starts the node, and waits until it has what the others have. */
async function startAgain(command: string = again): Promise<Running> {
  const running = restart(command);
  await until('the node to be ready', () => isReady(node.admin));
  const { head } = await rpc((ready.nodes[0] as DevnetNode).rpc, 'chain_status');
  await until('the node to catch up', async () => {
    return (await rpc(node.rpc, 'chain_status')).head.height >= head.height;
  });
  return running;
}

async function isVoting(): Promise<boolean> {
  const { consensus } = await rpc(node.rpc, 'node_info');
  return consensus.voting;
}

/** It says that it doesn't vote, asks the others, and goes on above what it may have signed. */
async function regainsItsVote(running: Running, code: string): Promise<void> {
  await until('the node to vote again', isVoting);
  assert.match(running.stdout, new RegExp(`${code}.*this validator does not vote`));
  assert.match(running.stdout, /this validator votes again/);
  await running.end('SIGTERM');
}

test('a validator votes at once only with all that it ever signed', async () => {
  await cp(inData(), path.join(dir, 'older'), { recursive: true });

  // The chain can be fetched again; what was signed is still here.
  await rename(inData('chain'), path.join(dir, 'chain'));
  const first = await startAgain();
  await until('it to vote', isVoting);
  assert.doesNotMatch(first.stdout, /does not vote/);
  await first.end('SIGTERM');

  await rename(inData(), path.join(dir, 'newest'));
  await rename(path.join(dir, 'older'), inData());
  await regainsItsVote(await startAgain(), 'GUARD_STALE');

  await rm(inData(), { recursive: true });
  await regainsItsVote(await startAgain(), 'GUARD_MISSING');

  // A log from before it lost its data is an older one, too.
  await rm(inData(), { recursive: true });
  await rename(path.join(dir, 'newest'), inData());
  await regainsItsVote(await startAgain(), 'GUARD_STALE');
});

test('a copied home is not believed, and too few others are no help', async () => {
  const copy = path.join(dir, 'copy');
  await cp(node.home, copy, { recursive: true, preserveTimestamps: true });
  const other = ready.nodes[1] as DevnetNode;
  process.kill(other.pid, 'SIGTERM');
  const restartOther = await printedRestart(devnet, other.pid);
  const running = await startAgain(again.replace(node.home, copy));
  assert.match(running.stdout, /GUARD_STALE.*this validator does not vote/);
  assert.equal(await isVoting(), false, 'with two of the three others');
  const third = restart(restartOther);
  await regainsItsVote(running, 'GUARD_STALE');
  await third.end('SIGTERM');
});
