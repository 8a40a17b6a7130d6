/**
 * Jepsen's way: four nodes, clients at each, and a seeded run of cut, slow and lossy lines, killed
 * and paused processes. What clients were told has to fit what is final on every node, and after
 * every fault the consortium has to come back by itself.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resultOf, ztc } from '../e2e/support/cli.ts';
import { metric, rpc } from '../e2e/support/devnet.ts';
import { killAll, until } from '../e2e/support/processes.ts';
import { Prng } from '../sim/prng.ts';
import { KEYS, NAMESPACE, readValue, Workload } from './support/clients.ts';
import { type Cluster, foundCluster, RECOVERY_MS_MAX } from './support/cluster.ts';
import { contradictions } from './support/history.ts';
import { befall, roundOf } from './support/nemesis.ts';

const NODES = 4;
const SEED = Number(process.env.ZTC_TEST_SEED || 1);
/** Rounds go on until this time is over; one at least. */
const MS_MIN = Number(process.env.ZTC_TEST_MINUTES || 0) * 60_000;
const SHOWN_MAX = 10;

let cluster: Cluster;
let workload: Workload;

before(async () => {
  cluster = await foundCluster(NODES);
  for (const i of cluster.hosts.keys()) cluster.start(i);
  await cluster.ready();
});
after(killAll);

/** A write through every node becomes final. */
async function answersAgain(): Promise<void> {
  await Promise.all(
    cluster.hosts.map(({ id }, i) => {
      const client = workload.clientOf(i);
      const write = () => workload.append(client, `after-${i}`);
      return until(`a write through ${id} to be final`, write, RECOVERY_MS_MAX);
    }),
  );
}

async function suffer(): Promise<void> {
  const prng = new Prng(SEED);
  const delays = cluster.network.hasNetem ? 'by netem' : 'by a rate (this kernel has no netem)';
  console.log(`seed ${SEED}; slow lines ${delays}; repeat: npm run test:long -- --seed ${SEED}`);
  workload = new Workload(cluster, prng.fork('clients'));
  const started = performance.now();
  await answersAgain();
  workload.start();
  for (let round = 1; round === 1 || performance.now() - started < MS_MIN; round++) {
    for (const step of roundOf(prng.fork(`round ${round}`), NODES)) {
      const before = performance.now();
      await befall(cluster, step);
      await answersAgain();
      const back = Math.round(performance.now() - before - step.forMs);
      const { height } = await cluster.head(0);
      const counted = `${workload.finalCount} writes final, height ${height}`;
      console.log(`round ${round}: ${step.what}, ${step.forMs} ms; back in ${back} ms; ${counted}`);
    }
  }
  await workload.stop();
  await answersAgain();
}

/** All revisions of a record that are final on a node, oldest first. */
async function finalValues(url: string, key: string, minHeight: number): Promise<string[]> {
  const values: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: { value: string; revision: number }[]; nextCursor: string | null } =
      await rpc(url, 'record_history', {
        ...{ namespace: NAMESPACE, key, order: 'asc', limit: 100, minHeight },
        ...(cursor !== null && { cursor }),
      });
    for (const { value, revision } of page.items) {
      values.push(readValue(value));
      assert.equal(revision, values.length, `revisions of ${key} without a gap`);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return values;
}

/** Every node has the same history, and what clients were told fits it. */
async function judge(): Promise<void> {
  // Nothing can become final any more that was written before: a block later is not in question.
  const { height } = await cluster.head(0);
  for (const key of [...KEYS.registers, KEYS.append]) {
    const operations = workload.operations.get(key) ?? [];
    const count = (outcome: string) => operations.filter((o) => o.outcome === outcome).length;
    console.log(
      `${key}: ${operations.length} operations, ${count('ok')} ok, ${count('failed')} failed, ` +
        `${count('unknown')} unknown`,
    );
    assert.ok(count('ok') > 0, `${key} was used`);
    const histories = await Promise.all(
      cluster.hosts.map(({ rpc: url }) => finalValues(url, key, height)),
    );
    for (const each of histories) {
      const found = contradictions(operations, each).slice(0, SHOWN_MAX);
      assert.equal(found.join('\n'), '');
    }
    for (const each of histories) assert.deepEqual(each, histories[0]);
  }
}

/** The same blocks and roots everywhere, also for somebody who executes all of it again. */
async function agree(): Promise<void> {
  for (const [i, { id, rpc: url, admin }] of cluster.hosts.entries()) {
    const words = ['audit', 'replay', '--rpc', url, '--genesis', cluster.genesisFile, '--json'];
    const audit = await ztc(words);
    assert.equal(audit.exit, 0, `audit of ${id}: ${audit.stdout}${audit.stderr}`);
    const { from, to, head } = resultOf(audit);
    assert.equal(from, 0);
    const headers = await until(`all to have block ${to}`, async () => {
      const asked = cluster.hosts.map((host) => rpc(host.rpc, 'chain_getHeader', { at: to }));
      const all = await Promise.all(asked);
      return all.includes(null) ? undefined : all;
    });
    for (const header of headers) {
      assert.equal(header.hash, head);
      assert.equal(header.stateRoot, headers[i].stateRoot);
    }
    assert.equal(
      await metric(admin, 'ztc_consensus_evidence_total'),
      0,
      `${id} saw contradictions`,
    );
    assert.equal(await metric(admin, 'ztc_consensus_voting'), 1, `${id} votes`);
  }
}

test('nothing final is lost or reordered, whatever lines and processes do', async () => {
  try {
    await suffer();
    await judge();
    await agree();
  } catch (error) {
    console.log(cluster.tails());
    throw error;
  }
});
