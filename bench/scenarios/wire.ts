/**
 * What messages between validators cost, of every size that matters, without anything that reads
 * them: all hosts in this process, so that sending and hearing are in one figure, of a process that
 * is warm.
 */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { sha256 } from '../../src/common/hash.ts';
import { keyPairOf } from '../../src/common/signature.ts';
import { ROLE } from '../../src/ledger/genesis.ts';
import { createP2pMetrics } from '../../src/p2p/metrics.ts';
import { createP2p, type P2p } from '../../src/p2p/p2p.ts';
import type { P2pMember } from '../../src/p2p/roster.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
/** A vote, and a block of four transactions. */
const MESSAGES = [200, 1_500];
/** Of ten and a hundred transactions. */
const BATCHES = [2_500, 25_000];
const TIMES = 2_000;
/** Until compilers are done with it. */
const WARM_UP_TIMES = 2_000;
const CHAIN = sha256(Uint8Array.of(1));
const CONNECTED_MS_MAX = 20_000;

export const wire: Scenario = {
  name: 'wire',
  summary: 'what a message and a batch cost between 4 validators, sent and heard, CPU',
  rounds: 3,
  async run({ rounds, say, validators = [VALIDATORS] }) {
    const figures: Figure[] = [];
    for (const count of validators) {
      const nodes = await connected(count);
      const rows = [
        ...MESSAGES.map((bytes) => ['message', bytes] as const),
        ...BATCHES.map((bytes) => ['batch', bytes] as const),
      ];
      for (const [kind, bytes] of rows) {
        say(`n = ${count}: a ${kind} of ${bytes} bytes`);
        const what = `n = ${count}: a ${kind} of ${bytes} bytes, to each`;
        figures.push(figure(what, 'µs', await measured(nodes, kind, bytes, rounds)));
      }
      await Promise.all(nodes.map((node) => node.stop()));
    }
    return figures;
  },
};

/** Hosts of so many members, each with a connection to every other one. */
async function connected(count: number): Promise<P2p[]> {
  const pairs = Array.from({ length: count }, (_, i) => keyPairOf(sha256(Uint8Array.of(2, i))));
  const members: P2pMember[] = pairs.map(({ publicKey: nodeKey }, i) => ({
    ...{ id: `m${i}`, nodeKey, role: ROLE.VALIDATOR, votes: true, addresses: [] },
  }));
  const nodes: P2p[] = [];
  for (const nodeKeys of pairs) {
    const node = await createP2p({
      ...{ nodeKeys, chain: CHAIN, members, allow: [], announce: [] },
      listen: ['/ip4/127.0.0.1/tcp/0'],
      peers: nodes.flatMap((each) => each.addresses()),
      head: () => ({ height: 0, hash: CHAIN, oldest: 0 }),
      blocks: { range: () => [] },
      metrics: createP2pMetrics(new Registry()),
      log: pino({ level: 'silent' }),
    });
    await node.start();
    nodes.push(node);
  }
  const end = performance.now() + CONNECTED_MS_MAX;
  while (!nodes.every((node) => node.heads().length === count - 1)) {
    if (performance.now() > end) throw new Error('the hosts did not find each other');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return nodes;
}

/** CPU microseconds of this process for each that is heard; one at a time is under way. */
async function measured(
  nodes: readonly P2p[],
  kind: 'message' | 'batch',
  bytes: number,
  rounds: number,
): Promise<number[]> {
  let [left, done] = [0, (): void => {}];
  const heard = (): void => {
    left -= 1;
    if (left === 0) done();
  };
  for (const node of nodes) {
    node.onConsensus(heard);
    node.onBatch(
      () => {
        heard();
        return 'accept';
      },
      () => false,
    );
  }
  let sent = 0;
  const send = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      const node = nodes[i % nodes.length] as P2p;
      const content = new Uint8Array(bytes).fill(i);
      new DataView(content.buffer).setUint32(0, sent++); // none is known
      left = nodes.length - 1;
      const all = new Promise<void>((resolve) => {
        done = resolve;
      });
      if (kind === 'message') node.broadcast(content);
      else node.publishBatch(content);
      await all;
    }
  };
  await send(WARM_UP_TIMES);
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    await send(TIMES);
    const { user, system } = process.cpuUsage(before);
    values.push((user + system) / TIMES / (nodes.length - 1));
  }
  return values;
}
