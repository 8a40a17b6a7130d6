import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { failure, type Result, success } from '../../../src/common/result.ts';
import { elapsedClock } from '../../../src/node/clocks.ts';
import { createP2pMetrics } from '../../../src/p2p/metrics.ts';
import type { P2pOptions } from '../../../src/p2p/p2p.ts';
import type { Head } from '../../../src/p2p/status.ts';
import type { RangeBlock } from '../../../src/p2p/sync/range-messages.ts';
import { type RangePeers, SyncLoop } from '../../../src/p2p/sync/sync-loop.ts';
import { CHAIN, membersOf, startNode, stopAll, type TestNode, until } from './network.ts';

/** Stand-ins for blocks: the height, and a finalization at every third. */
function blockAt(height: number, size = 8): RangeBlock {
  const block = new Uint8Array(size);
  new DataView(block.buffer).setUint32(0, height);
  return { block, certificate: height % 3 === 0 ? Uint8Array.of(1) : null };
}

/** A chain that takes what continues it. */
class FakeChain {
  height: number;
  size: number;
  ranges = 0;

  constructor(height: number, size = 8) {
    this.height = height;
    this.size = size;
  }

  oldest = 0;

  head = (): Head => ({ height: this.height, hash: CHAIN, oldest: this.oldest });

  range = (from: number, bytesMax: number): RangeBlock[] => {
    const blocks: RangeBlock[] = [];
    for (let at = from, bytes = 0; at <= this.height; at++) {
      blocks.push(blockAt(at, this.size));
      bytes += this.size;
      if (bytes >= bytesMax && at % 3 === 0) break;
    }
    return blocks.slice(0, blocks.findLastIndex(({ certificate }) => certificate !== null) + 1);
  };

  /** How many blocks were prepared before they were imported. */
  prepared = 0;
  prepareRange = (blocks: readonly RangeBlock[]): void => {
    this.prepared += blocks.length;
  };

  importRange = async (blocks: readonly RangeBlock[]): Promise<Result<{ height: number }>> => {
    this.ranges += 1;
    for (const { block } of blocks) {
      const height = new DataView(block.buffer, block.byteOffset).getUint32(0);
      if (height !== this.height + 1) return failure('BAD_RANGE', 'not the next block');
      this.height = height;
    }
    return success({ height: this.height });
  };
}

const log = pino({ level: 'silent' });

function syncOf(node: RangePeers, chain: FakeChain, graceMs = 10): SyncLoop {
  const loop = new SyncLoop({
    peers: node,
    height: () => chain.height,
    importRange: chain.importRange,
    prepareRange: chain.prepareRange,
    graceMs: () => graceMs,
    clock: elapsedClock,
    random: Math.random,
    metrics: createP2pMetrics(new Registry()),
    log,
  });
  loop.start();
  return loop;
}

describe('block sync between hosts', () => {
  const started: TestNode[] = [];
  const loops: SyncLoop[] = [];
  const honest = new FakeChain(300, 64 * 1024);
  after(async () => {
    for (const loop of loops) loop.stop();
    await stopAll(started);
  });

  async function start(index: number, chain: FakeChain, more: Partial<P2pOptions> = {}) {
    const options = { head: chain.head, blocks: chain, ...more };
    const node = await startNode(index, membersOf(4), options);
    started.push(node);
    return node;
  }

  it('brings a joiner to the head, past a peer that lies, and follows from there', async () => {
    const liar = new FakeChain(3_000);
    liar.range = (from) => [blockAt(from + 7), blockAt(from + 8), blockAt(3 * (from + 9))];
    const mute = new FakeChain(3_000);
    mute.range = () => [];
    const nodes = [await start(0, honest), await start(1, liar), await start(2, mute)];
    const joiner = new FakeChain(0);
    const peers = nodes.flatMap(({ p2p }) => p2p.addresses());
    const node = await start(3, joiner, { peers });
    await until(() => node.p2p.heads().length === 3);
    const loop = syncOf(node.p2p, joiner);
    loops.push(loop);
    await until(() => joiner.height === 300);
    assert.ok(joiner.ranges >= 9, 'ranges are bounded in bytes');
    assert.ok(joiner.prepared > 200, 'all but the first are prepared while others are imported');
    await until(() => !loop.status().active);
    honest.height = 306;
    nodes[0]?.p2p.headChanged();
    await until(() => joiner.height === 306);
    assert.equal(node.p2p.bestHead()?.height, 3_000);
  });

  it('refuses a range that is not what was asked for', async () => {
    const served = async (range: FakeChain['range']): Promise<string> => {
      honest.range = range;
      const [server, , , joiner] = started as [TestNode, TestNode, TestNode, TestNode];
      const got = await joiner.p2p.fetchRange(1, server.p2p.peerId);
      return got.ok ? 'fetched' : got.code;
    };
    assert.equal(await served(() => [blockAt(1), blockAt(2), blockAt(3)]), 'fetched');
    assert.equal(await served(() => []), 'RANGE_EMPTY');
    assert.equal(await served(() => [blockAt(1)]), 'RANGE_MALFORMED');
    const failing = (): RangeBlock[] => {
      throw new Error('disk');
    };
    assert.equal(await served(failing), 'RANGE_UNAVAILABLE');
  });
});

describe('the sync loop', () => {
  function fakePeers(chains: Record<string, FakeChain>): RangePeers & { tell(): void } {
    const listeners = new Set<() => void>();
    return {
      heads: () =>
        Object.entries(chains).map(([peerId, { height, oldest }]) => ({ peerId, height, oldest })),
      fetch: async (peerId, from) => {
        const blocks = chains[peerId]?.range(from, 64) ?? [];
        return blocks.length > 0 ? success(blocks) : failure('RANGE_EMPTY', 'nothing');
      },
      onHead: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      tell: () => {
        for (const listener of listeners) listener();
      },
    };
  }

  it('leaves a small lag to consensus', async () => {
    const other = new FakeChain(3);
    const peers = fakePeers({ other });
    const own = new FakeChain(0);
    const loop = syncOf(peers, own, 60_000);
    peers.tell();
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(own.height, 0);
    assert.deepEqual(loop.status(), { active: false, target: 3, pruned: false });
    loop.behind(3);
    await until(() => own.height === 3);
    loop.stop();
  });

  it('says that it is far behind only while it catches up from there', async () => {
    const other = new FakeChain(3_000);
    const peers = fakePeers({ other });
    const own = new FakeChain(0);
    const { importRange } = own;
    const seen = new Map<number, boolean>();
    own.importRange = (blocks) => {
      seen.set(own.height, loop.isFarBehind);
      return importRange(blocks);
    };
    const loop = syncOf(peers, own, 60_000);
    assert.equal(loop.isFarBehind, false, 'it has not begun');
    loop.behind(3_000);
    await until(() => own.height === 3_000 && !loop.status().active);
    assert.ok(seen.size > 100);
    for (const [height, far] of seen) assert.equal(far, 3_000 - height > 1_000, `at ${height}`);
    assert.equal(loop.isFarBehind, false);
    loop.stop();
  });

  it('asks for the next range while it imports one, and drops it if that fails', async () => {
    const good = new FakeChain(30);
    const peers = fakePeers({ good });
    const { fetch } = peers;
    const asked: number[] = [];
    peers.fetch = (peerId, from) => {
      asked.push(from);
      return fetch(peerId, from);
    };
    const own = new FakeChain(0);
    const { importRange } = own;
    let failed = false;
    own.importRange = async (blocks) => {
      const from = own.height + 1;
      await until(() => asked.includes(from + blocks.length) || from + blocks.length > 30);
      if (failed || own.height < 12) return importRange(blocks);
      failed = true;
      own.height += 3; // consensus was faster by some blocks
      return failure('SYNC_LINK', 'too late');
    };
    const loop = syncOf(peers, own, 0);
    await until(() => own.height === 30);
    assert.deepEqual(
      asked.filter((from, i) => asked.indexOf(from) === i),
      asked,
      'nothing is asked for twice',
    );
    loop.stop();
  });

  it('asks only who still has what comes next, and says when nobody has', async () => {
    const pruned = new FakeChain(30);
    pruned.oldest = 10;
    const full = new FakeChain(24);
    const asked: string[] = [];
    const chains: Record<string, FakeChain> = { pruned };
    const peers = fakePeers(chains);
    const { fetch } = peers;
    peers.fetch = (peerId, from) => {
      asked.push(`${peerId} ${from < 10 ? 'below' : 'above'}`);
      return fetch(peerId, from);
    };
    const own = new FakeChain(0);
    const loop = syncOf(peers, own, 0);
    loop.behind(30);
    await until(() => loop.status().pruned);
    assert.deepEqual([asked, own.height], [[], 0]);
    chains.full = full;
    await until(() => own.height === 30);
    assert.ok(!asked.includes('pruned below'));
    assert.deepEqual(loop.status(), { active: false, target: 30, pruned: false });
    loop.stop();
  });

  it('goes on with others when one has nothing', async () => {
    const bad = new FakeChain(30);
    bad.range = () => [];
    const peers = fakePeers({ bad, good: new FakeChain(30) });
    const own = new FakeChain(0);
    const loop = syncOf(peers, own, 0);
    await until(() => own.height === 30);
    assert.equal(loop.status().active, false);
    loop.stop();
  });

  it('does not blame a peer when this node was busy', async () => {
    const peers = fakePeers({ other: new FakeChain(6) });
    const own = new FakeChain(0);
    const { importRange } = own;
    let asked = 0;
    own.importRange = async (blocks) => {
      asked += 1;
      return asked === 1 ? failure('SYNC_BUSY', 'another import') : importRange(blocks);
    };
    const loop = syncOf(peers, own, 0);
    await until(() => own.height === 6);
    loop.stop();
  });

  it('does not blame a peer when consensus was faster', async () => {
    const other = new FakeChain(6);
    const peers = fakePeers({ other });
    const fetch = peers.fetch;
    const own = new FakeChain(0);
    peers.fetch = (peerId, from) => {
      if (own.height === 0) own.height = 2;
      return fetch(peerId, from);
    };
    const loop = syncOf(peers, own, 0);
    await until(() => own.height === 6);
    loop.stop();
  });
});
