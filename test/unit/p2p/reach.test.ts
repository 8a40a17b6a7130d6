/** What a node can say about who it reaches, who reaches it, and their clocks. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { peerIdOf } from '../../../src/ledger/peer-id.ts';
import { CUT_OFF, dialProblem } from '../../../src/p2p/dial-problem.ts';
import { CHAIN, membersOf, nodeKeys, startNode, stopAll, until } from './network.ts';

const HOUR_MS = 3_600_000;
const peerId = (index: number): string => peerIdOf(nodeKeys(index).publicKey);
const transport = (address: string | undefined): string => (address ?? '').replace(/\/p2p\/.*/, '');

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a member that is not there', () => {
  const cases = [
    ['REFUSED', async () => `/ip4/127.0.0.1/tcp/${await closedPort()}`],
    ['NAME_UNKNOWN', async () => '/dns4/no-such-name.invalid/tcp/7600'],
  ] as const;
  for (const [code, address] of cases) {
    it(`has a reason: ${code}`, async () => {
      const node = await startNode(0, membersOf(2), {
        peers: [`${await address()}/p2p/${peerId(1)}`],
      });
      await until(() => node.p2p.peers()[0]?.problem?.code === code);
      await stopAll([node]);
    });
  }

  it('has a reason where another node answers at its address: OTHER_KEY', async () => {
    const other = await startNode(2, membersOf(3));
    const peers = [`${transport(other.p2p.addresses()[0])}/p2p/${peerId(1)}`];
    const node = await startNode(0, membersOf(3), { peers });
    const problem = () => node.p2p.peers().find(({ member }) => member === 'm1')?.problem;
    await until(() => problem()?.code === 'OTHER_KEY');
    await stopAll([node, other]);
  });

  it('has a reason where it does not list our node key: CUT_OFF', async () => {
    const strict = await startNode(1, membersOf(8).slice(1, 2));
    const node = await startNode(0, membersOf(2), { peers: strict.p2p.addresses() });
    await until(() => node.p2p.peers()[0]?.problem?.code === 'CUT_OFF');
    await stopAll([node, strict]);
  });

  it('has a reason where it is on another chain: OTHER_CHAIN', async () => {
    const other = await startNode(1, membersOf(2), { chain: CHAIN.toReversed() });
    const node = await startNode(0, membersOf(2), { peers: other.p2p.addresses() });
    await until(() => node.p2p.peers()[0]?.problem?.code === 'OTHER_CHAIN');
    await stopAll([node, other]);
  });

  it('is told by its address where only that is configured', async () => {
    const address = `/ip4/127.0.0.1/tcp/${await closedPort()}`;
    const node = await startNode(0, membersOf(1), { peers: [address] });
    await until(() => node.p2p.reach().unanswered[0]?.problem.code === 'REFUSED');
    assert.equal(node.p2p.reach().unanswered[0]?.address, address);
    await stopAll([node]);
  });

  it('has the words of the library for what is not known', () => {
    assert.deepEqual(dialProblem(new Error('odd')), { code: 'FAILED', text: 'odd' });
    assert.equal(dialProblem('x'.repeat(999)).text.length, 200);
    const timedOut = Object.assign(new Error('connect'), { code: 'ETIMEDOUT' });
    const several = new AggregateError([new Error('odd'), timedOut]);
    assert.equal(dialProblem(several).code, 'TIMED_OUT');
    assert.notEqual(CUT_OFF.text, '');
  });
});

describe('two members', () => {
  it('know who reached whom, and how far apart their clocks are', async () => {
    const first = await startNode(0, membersOf(2));
    const ahead = { now: () => Date.now() + HOUR_MS, peers: first.p2p.addresses() };
    const second = await startNode(1, membersOf(2), ahead);
    const seen = (node: typeof first) => node.p2p.peers()[0];
    await until(() => {
      first.p2p.headChanged();
      second.p2p.headChanged();
      return seen(first)?.clock !== undefined && seen(second)?.clock !== undefined;
    });
    for (const [node, offset] of [
      [first, HOUR_MS],
      [second, -HOUR_MS],
    ] as const) {
      const { offsetMs = 0, uncertaintyMs = 0 } = seen(node)?.clock ?? {};
      assert.ok(Math.abs(offsetMs - offset) <= uncertaintyMs, `${offsetMs} ± ${uncertaintyMs}`);
    }
    assert.equal(seen(first)?.reachedUs, true);
    assert.equal(seen(second)?.reachedUs, undefined, 'the first never had to dial');
    assert.ok(first.p2p.reach().inboundMs !== undefined);
    assert.equal(second.p2p.reach().inboundMs, undefined);
    await stopAll([first, second]);
  });

  it('tell the one behind a firewall that it was not reached', async () => {
    const closed = `/ip4/127.0.0.1/tcp/${await closedPort()}/p2p/${peerId(1)}`;
    const first = await startNode(0, membersOf(2), { peers: [closed] });
    await until(() => first.p2p.peers()[0]?.problem !== undefined);
    const second = await startNode(1, membersOf(2), { peers: first.p2p.addresses() });
    await until(() => second.p2p.peers()[0]?.reachedUs === false);
    await stopAll([first, second]);
  });

  it('tell one that was dialled before it was up that it is reached', async () => {
    const listen = `/ip4/127.0.0.1/tcp/${await closedPort()}`;
    const peers = [`${listen}/p2p/${peerId(1)}`];
    const first = await startNode(0, membersOf(2), { peers });
    await until(() => first.p2p.peers()[0]?.problem !== undefined);
    const toFirst = { listen: [listen], peers: first.p2p.addresses() };
    const second = await startNode(1, membersOf(2), toFirst);
    await until(() => {
      first.p2p.headChanged();
      return second.p2p.peers()[0]?.reachedUs === true;
    });
    await stopAll([first, second]);
  });
});
