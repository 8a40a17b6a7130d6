/**
 * A node and its disk: a full one stops the node in words and harms nobody, and with space
 * again it goes on and votes; a folder that a process has, a paused one too, is nobody else's.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { metric } from '../e2e/support/devnet.ts';
import { killAll, until, within } from '../e2e/support/processes.ts';
import { Prng } from '../sim/prng.ts';
import { Workload } from './support/clients.ts';
import { type Cluster, foundCluster, RECOVERY_MS_MAX } from './support/cluster.ts';
import { run } from './support/stage.ts';

const NODES = 4;
const SMALL = 3;
const DISK = '/run/small';
const DISK_SIZE = '32m';
const FILLER = path.join(DISK, 'filler');
const CHUNKS = [1 << 20, 1 << 12, 1];

let cluster: Cluster;
let workload: Workload;

before(async () => {
  mkdirSync(DISK);
  run('mount', '-t', 'tmpfs', '-o', `size=${DISK_SIZE}`, 'tmpfs', DISK);
  cluster = await foundCluster(NODES, (id, dir) => path.join(id === 'dune' ? DISK : dir, id));
  for (const i of cluster.hosts.keys()) cluster.start(i);
  await cluster.ready();
  workload = new Workload(cluster, new Prng(1));
});
after(killAll);

/** Writes until not even a byte more fits. */
function fillDisk(): void {
  for (const size of CHUNKS) {
    for (;;) {
      try {
        writeFileSync(FILLER, Buffer.alloc(size), { flag: 'a' });
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
        break;
      }
    }
  }
}

function isFinalAt(i: number): Promise<boolean> {
  return until(
    `a write through node ${i} to be final`,
    () => workload.append(workload.clientOf(i), `disk-${i}`),
    RECOVERY_MS_MAX,
  );
}

/** Ends by itself with exit 1, and says what happened and what to do. */
async function stopsInWords(): Promise<void> {
  const node = cluster.node(SMALL);
  assert.equal(await within('the node to stop', node.exit, RECOVERY_MS_MAX), 1, node.tail());
  assert.match(node.stderr, /no space left/i, 'what happened');
  assert.match(node.stderr, /free space/i, 'what to do');
}

async function fullDisk(): Promise<void> {
  await isFinalAt(SMALL);
  fillDisk();
  const stopped = stopsInWords();
  while (cluster.node(SMALL).ended === undefined) await isFinalAt(0);
  await stopped;
  for (const i of [0, 1, 2]) await isFinalAt(i);

  cluster.start(SMALL);
  await stopsInWords();

  rmSync(FILLER);
  cluster.start(SMALL);
  await cluster.ready();
  const { admin } = cluster.host(SMALL);
  assert.equal(await metric(admin, 'ztc_consensus_voting'), 1, 'it may vote');
  // Of four, three are needed: nothing is final now without its vote.
  await cluster.kill(0);
  for (const i of [1, 2, SMALL]) await isFinalAt(i);
  cluster.start(0);
  await cluster.ready();
}

async function twoProcesses(): Promise<void> {
  const { home } = cluster.host(0);
  const before = sizesIn(path.join(home, 'data', 'consensus'));
  for (const paused of [false, true]) {
    if (paused) cluster.pause(0);
    // On the same machine, and on another one that has the same disk.
    for (const machine of [0, 1]) {
      const second = cluster.runAt(machine, ['start', '--home', home]);
      assert.equal(await within('the second to end', second.exit), 2, second.tail());
      assert.match(second.stderr, /another process( \(\d+\))? has the database/);
    }
  }
  const after = sizesIn(path.join(home, 'data', 'consensus'));
  for (const [file, size] of before) assert.ok((after.get(file) ?? 0) >= size, `${file} is whole`);
  await cluster.heal();
  await isFinalAt(0);
}

function sizesIn(dir: string): Map<string, number> {
  return new Map(readdirSync(dir).map((file) => [file, statSync(path.join(dir, file)).size]));
}

const shown = (work: () => Promise<void>) => async () => {
  try {
    await work();
  } catch (error) {
    console.log(cluster.tails());
    throw error;
  }
};

test('a full disk stops the node in words, and with space again it votes', shown(fullDisk));
test('a second process on a folder is refused, a paused one keeps it', shown(twoProcesses));
