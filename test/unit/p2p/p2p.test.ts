import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BatchHandler } from '../../../src/p2p/gossip.ts';
import {
  CHAIN,
  membersOf,
  startNetwork,
  startNode,
  stopAll,
  type TestNode,
  until,
} from './network.ts';

describe('four members and an observer', () => {
  let nodes: TestNode[] = [];
  before(async () => {
    nodes = await startNetwork(membersOf(5, [4]));
  });
  after(() => stopAll(nodes));

  it('carry consensus messages both ways, of every size', async () => {
    const heard: { at: number; from: string; message: Uint8Array }[] = [];
    nodes.forEach((node, at) => {
      node.p2p.onConsensus((from, message) => heard.push({ at, from, message }));
    });
    nodes[0]?.p2p.send('m2', Uint8Array.of(1));
    nodes[2]?.p2p.send('m0', Uint8Array.of(2));
    await until(() => heard.length === 2);
    const short = heard.map(({ at, from, message }) => [at, from, message[0]]);
    assert.deepEqual(short.sort(), [
      [0, 'm2', 2],
      [2, 'm0', 1],
    ]);
    heard.length = 0;
    const large = new Uint8Array(5 * 1024 * 1024).fill(7);
    nodes[1]?.p2p.broadcast(large);
    nodes[1]?.p2p.broadcast(Uint8Array.of(8));
    await until(() => heard.length === 8);
    for (const at of [0, 2, 3, 4]) {
      const there = heard.filter((one) => one.at === at);
      assert.deepEqual([there[0]?.message, there[1]?.message], [large, Uint8Array.of(8)]);
      assert.ok(there.every(({ from }) => from === 'm1'));
    }
  });

  it('do not hear an observer', async () => {
    const heard: string[] = [];
    for (const node of nodes) node.p2p.onConsensus((from) => heard.push(from));
    nodes[4]?.p2p.broadcast(Uint8Array.of(9));
    const dropped = (node: TestNode): Promise<number> =>
      node.count('consensus_dropped_total', { reason: 'not_validator' });
    await until(async () => (await dropped(nodes[0] as TestNode)) > 0);
    assert.deepEqual(heard, []);
  });

  it('spread batches to all, and pass on only what was judged good', async () => {
    const got = new Map<number, string[]>();
    nodes.forEach((node, at) => {
      const judge: BatchHandler = (from, batch) => {
        got.set(at, [...(got.get(at) ?? []), `${from}:${batch[0]}`]);
        return batch[0] === 1 ? 'accept' : 'reject';
      };
      node.p2p.onBatch(judge, () => true);
    });
    await until(async () => {
      nodes[3]?.p2p.publishBatch(Uint8Array.of(1));
      await new Promise((resolve) => setTimeout(resolve, 100));
      return got.size === 4;
    });
    assert.equal(got.has(3), false);
    assert.ok([...got.values()].flat().every((entry) => entry === `${nodes[3]?.p2p.peerId}:1`));
    nodes[3]?.p2p.publishBatch(Uint8Array.of(2));
    const rejected = (): Promise<number> =>
      nodes[0]?.count('batches_received_total', { result: 'reject' }) ?? Promise.resolve(0);
    await until(async () => (await rejected()) === 1);
    nodes[3]?.p2p.publishBatch(Uint8Array.of(1));
    await until(async () => {
      return ((await nodes[0]?.count('batches_received_total', { result: 'muted' })) ?? 0) > 0;
    });
  });

  it('know each other', () => {
    const peers = nodes[0]?.p2p.peers() ?? [];
    assert.deepEqual(peers.map(({ member }) => member).sort(), ['m1', 'm2', 'm3', 'm4']);
    assert.ok(peers.every(({ connected, head }) => connected && head?.height === 0));
    assert.equal(peers.find(({ member }) => member === 'm4')?.role, 'observer');
  });
});

describe('who is let in', () => {
  it('not a stranger, but one whom the operator allows', async () => {
    const members = membersOf(1);
    const stranger = membersOf(8)[7];
    const first = await startNode(0, members);
    const peers = first.p2p.addresses();
    const refused = await startNode(7, members, { peers });
    await until(
      async () => (await first.count('inbound_refused_total', { reason: 'stranger' })) > 0,
    );
    assert.equal(first.p2p.peers().length, 0);
    const second = await startNode(1, membersOf(2), { allow: [refused.p2p.peerId] });
    const allowed = await startNode(7, membersOf(2), { peers: second.p2p.addresses() });
    await until(() => second.p2p.peers().some(({ role, head }) => role === 'allowed' && head));
    assert.ok(stranger);
    await stopAll([first, refused, second, allowed]);
  });

  it('not a member on another chain', async () => {
    const members = membersOf(2);
    const first = await startNode(0, members);
    const chain = CHAIN.toReversed();
    const other = await startNode(1, members, { chain, peers: first.p2p.addresses() });
    await until(async () => (await first.count('connections_closed_total')) > 0);
    await until(() => first.p2p.peers().every(({ connected }) => !connected));
    await stopAll([first, other]);
  });

  it('a taken port is an error in words', async () => {
    const first = await startNode(0, membersOf(2));
    const [address] = first.p2p.addresses();
    const listen = [(address as string).replace(/\/p2p\/.*/, '')];
    await assert.rejects(startNode(1, membersOf(2), { listen }), { code: 'P2P_LISTEN' });
    await stopAll([first]);
  });
});

/** Waits until each has heard the heads of so many others: then batches would reach them. */
function linked(nodes: readonly TestNode[], links: readonly number[]): Promise<void> {
  return until(() => nodes.every(({ p2p }, i) => p2p.heads().length === links[i]));
}

describe('a batch whose sealer does not reach everybody', () => {
  it('is passed on, unless nothing in it waits any more', async () => {
    const members = membersOf(3);
    const between = await startNode(0, members);
    const peers = between.p2p.addresses();
    const sealer = await startNode(1, members, { peers });
    const other = await startNode(2, members, { peers });
    const here: number[] = [];
    const there: number[] = [];
    const judge =
      (heard: number[]): BatchHandler =>
      (_from, [first = 0]) => {
        heard.push(first);
        return 'accept';
      };
    between.p2p.onBatch(judge(here), ([first]) => first === 1);
    other.p2p.onBatch(judge(there), () => true);
    await linked([between, sealer, other], [2, 1, 1]);
    for (const first of [2, 1]) sealer.p2p.publishBatch(Uint8Array.of(first));
    await until(() => there.length > 0);
    assert.deepEqual(here, [2, 1]);
    assert.deepEqual(there, [1]);
    assert.equal(await between.count('batches_passed_on_total', { result: 'final' }), 1);
    await stopAll([between, sealer, other]);
  });

  it('goes from node to node as far as there are any, and to each but once', async () => {
    const members = membersOf(4);
    const nodes: TestNode[] = [];
    const judged = [0, 0, 0, 0];
    for (const index of members.keys()) {
      const node = await startNode(index, members, { peers: nodes.at(-1)?.p2p.addresses() ?? [] });
      const judge: BatchHandler = () => {
        judged[index] = (judged[index] ?? 0) + 1;
        return 'accept';
      };
      node.p2p.onBatch(judge, () => true);
      nodes.push(node);
    }
    await linked(nodes, [1, 2, 2, 1]);
    nodes[0]?.p2p.publishBatch(Uint8Array.of(1));
    await until(() => judged[3] === 1);
    assert.deepEqual(judged, [0, 1, 1, 1]);
    await stopAll(nodes);
  });

  it('is not judged again when it comes from others too', async () => {
    const nodes = await startNetwork(membersOf(3));
    const judged: string[] = [];
    for (const node of nodes) {
      const judge: BatchHandler = (from) => {
        judged.push(from);
        return 'accept';
      };
      node.p2p.onBatch(judge, () => true);
    }
    const [sealer, one] = nodes as [TestNode, TestNode];
    // Streams are opened with the first batch, which may come by way of others before.
    sealer.p2p.publishBatch(Uint8Array.of(1));
    const known = (): Promise<number> => one.count('batches_received_total', { result: 'known' });
    await until(() => judged.length >= 2);
    const [before, judgedBefore] = [await known(), judged.length];
    sealer.p2p.publishBatch(Uint8Array.of(2));
    await until(async () => (await known()) > before);
    const after = judged.slice(judgedBefore);
    assert.ok(after.length <= 2 && after.every((from) => from === sealer.p2p.peerId));
    await stopAll(nodes);
  });
});

describe('a member that was restarted', () => {
  it('is connected again, and heard', async () => {
    const members = membersOf(2);
    const first = await startNode(0, members);
    const second = await startNode(1, members, { peers: first.p2p.addresses() });
    await until(() => first.p2p.peers().some(({ connected }) => connected));
    await second.p2p.stop();
    await until(() => first.p2p.peers().every(({ connected }) => !connected));
    const again = await startNode(1, members, { peers: first.p2p.addresses() });
    const heard: string[] = [];
    again.p2p.onConsensus((from) => heard.push(from));
    await until(() => {
      first.p2p.send('m1', Uint8Array.of(1));
      return heard.length > 0;
    });
    await stopAll([first, again]);
  });

  it('is found again by the one that had dialled it', async () => {
    const members = membersOf(2);
    const first = await startNode(0, members);
    const second = await startNode(1, members, { peers: first.p2p.addresses() });
    await until(() => second.p2p.peers().some(({ connected }) => connected));
    const listen = first.p2p.addresses().map((address) => address.replace(/\/p2p\/.*/, ''));
    await first.p2p.stop();
    await until(() => second.p2p.peers().every(({ connected }) => !connected));
    const again = await startNode(0, members, { listen });
    await until(() => again.p2p.peers().some(({ connected }) => connected));
    await stopAll([second, again]);
  });
});
