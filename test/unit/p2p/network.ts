/** A network of real libp2p hosts in this process, on free ports of 127.0.0.1. */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { sha256 } from '../../../src/common/hash.ts';
import { type KeyPair, keyPairOf } from '../../../src/common/signature.ts';
import { ROLE } from '../../../src/ledger/genesis.ts';
import { createP2pMetrics } from '../../../src/p2p/metrics.ts';
import type { P2pOptions } from '../../../src/p2p/p2p.ts';
import { createRenewableP2p, type RenewableP2p } from '../../../src/p2p/renewable.ts';
import type { P2pMember } from '../../../src/p2p/roster.ts';

export const CHAIN = sha256(new TextEncoder().encode('test chain'));
const WAIT_MS_MAX = 10_000;

export function nodeKeys(index: number): KeyPair {
  return keyPairOf(sha256(Uint8Array.of(0x70, index)));
}

export interface TestNode {
  readonly p2p: RenewableP2p;
  readonly registry: Registry;
  /** The value of a counter or gauge, summed over the labels that are not given. */
  count(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

/** Members 0…n−1; those in `observers` have no vote. */
export function membersOf(count: number, observers: readonly number[] = []): P2pMember[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `m${index}`,
    nodeKey: nodeKeys(index).publicKey,
    role: observers.includes(index) ? ROLE.OBSERVER : ROLE.VALIDATOR,
    votes: !observers.includes(index),
    addresses: [],
  }));
}

export async function startNode(
  index: number,
  members: readonly P2pMember[],
  options: Partial<P2pOptions> = {},
): Promise<TestNode> {
  const registry = new Registry();
  const p2p = await createRenewableP2p({
    nodeKeys: nodeKeys(index),
    chain: CHAIN,
    members,
    allow: [],
    listen: ['/ip4/127.0.0.1/tcp/0'],
    announce: [],
    peers: [],
    head: () => ({ height: 0, hash: CHAIN, oldest: 0 }),
    blocks: { range: () => [] },
    metrics: createP2pMetrics(registry),
    log: pino({ level: process.env.TEST_LOG ?? 'silent' }).child({ node: index }),
    ...options,
  });
  await p2p.start();
  const count: TestNode['count'] = async (name, labels = {}) => {
    const metric = await registry.getSingleMetric(`ztc_p2p_${name}`)?.get();
    const values = metric?.values.filter((value) =>
      Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
    );
    return (values ?? []).reduce((sum, { value }) => sum + value, 0);
  };
  return { p2p, registry, count };
}

/** Starts members one after the other, each dialling those before it, and waits for all links. */
export async function startNetwork(
  members: readonly P2pMember[],
  options: (index: number) => Partial<P2pOptions> = () => ({}),
): Promise<TestNode[]> {
  const nodes: TestNode[] = [];
  for (const index of members.keys()) {
    const peers = nodes.flatMap((node) => node.p2p.addresses());
    nodes.push(await startNode(index, members, { peers, ...options(index) }));
  }
  await until(() =>
    nodes.every((node) => node.p2p.peers().filter((p) => p.connected).length >= nodes.length - 1),
  );
  return nodes;
}

export async function stopAll(nodes: readonly TestNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.p2p.stop()));
}

/** Waits for a condition; fails the test when it does not come. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  ms = WAIT_MS_MAX,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${condition.toString()}`);
    await pause(10);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
