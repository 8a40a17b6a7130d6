/** The members change while the nodes run: who is let in, dialled, heard and cut off. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { ROLE } from '../../../src/ledger/genesis.ts';
import { peerIdOf } from '../../../src/ledger/peer-id.ts';
import type { P2pOptions } from '../../../src/p2p/p2p.ts';
import type { P2pMember } from '../../../src/p2p/roster.ts';
import { freePorts } from '../../e2e/support/processes.ts';
import { membersOf, nodeKeys, startNode, stopAll, type TestNode, until } from './network.ts';

const nodes: TestNode[] = [];
afterEach(() => stopAll(nodes.splice(0)));

async function start(
  index: number,
  members: readonly P2pMember[],
  options: Partial<P2pOptions> = {},
): Promise<TestNode> {
  const node = await startNode(index, members, options);
  nodes.push(node);
  return node;
}

function setMembers(members: readonly P2pMember[]): void {
  for (const { p2p } of nodes) p2p.setMembers(members);
}

/** The member with the addresses at which its node listens. */
function at({ p2p }: TestNode, member: P2pMember): P2pMember {
  return { ...member, addresses: p2p.addresses().map((each) => each.replace(/\/p2p\/.*/, '')) };
}

const isConnected = ({ p2p }: TestNode, other: TestNode): boolean =>
  p2p.peers().some(({ peerId, connected }) => connected && peerId === other.p2p.peerId);

/** Member ids whose messages `node` hears from now on, while everybody else keeps talking. */
async function hears(node: TestNode, member: string, from: TestNode): Promise<void> {
  const heard = new Set<string>();
  node.p2p.onConsensus((who) => heard.add(who));
  await until(() => {
    from.p2p.broadcast(Uint8Array.of(1));
    return heard.has(member);
  });
}

describe('members change while the nodes run', () => {
  it('a new one is dialled at what it announces, let in, and heard', async () => {
    const [m0, m1, m2] = membersOf(3) as [P2pMember, P2pMember, P2pMember];
    const first = await start(0, [m0, m1]);
    const second = await start(1, [at(first, m0), m1]);
    // It knows all three and nobody's address, as one that waits to be admitted.
    const third = await start(2, [m0, m1, m2]);
    setMembers([at(first, m0), at(second, m1), at(third, m2)]);
    await until(() => isConnected(first, third) && isConnected(second, third));
    await hears(first, 'm2', third);
    await hears(third, 'm1', second);
  });

  it('one that was let in by the operator becomes a validator on the same connection', async () => {
    const members = membersOf(2);
    const [m0, m1] = members as [P2pMember, P2pMember];
    const second = await start(1, members);
    const first = await start(0, [m0], {
      allow: [second.p2p.peerId],
      peers: second.p2p.addresses(),
    });
    await until(() => isConnected(second, first) && isConnected(first, second));
    await until(async () => {
      second.p2p.broadcast(Uint8Array.of(1));
      return (await first.count('consensus_dropped_total', { reason: 'not_validator' })) > 0;
    });
    setMembers([m0, { ...m1, role: ROLE.OBSERVER, votes: false }]);
    assert.equal(first.p2p.peers()[0]?.role, 'observer');
    setMembers(members);
    assert.equal(first.p2p.peers()[0]?.role, 'validator');
    await hears(first, 'm1', second);
    assert.equal(await first.count('connections_closed_total'), 0);
  });

  it('one that has no vote any more is not heard', async () => {
    const members = membersOf(2);
    const [m0, m1] = members as [P2pMember, P2pMember];
    const first = await start(0, members);
    const second = await start(1, members, { peers: first.p2p.addresses() });
    await until(() => isConnected(first, second));
    await hears(first, 'm1', second);
    first.p2p.setMembers([m0, { ...m1, votes: false }]);
    const heard: string[] = [];
    first.p2p.onConsensus((who) => heard.push(who));
    await until(async () => {
      second.p2p.broadcast(Uint8Array.of(2));
      return (await first.count('consensus_dropped_total', { reason: 'not_validator' })) > 0;
    });
    assert.deepEqual(heard, []);
    assert.ok(isConnected(first, second), 'it follows on');
  });

  it('one that is gone can ask why for a moment, is cut off, and not let in again', async () => {
    const members = membersOf(3);
    const first = await start(0, members);
    const second = await start(1, members, { peers: first.p2p.addresses() });
    const third = await start(2, members, { peers: first.p2p.addresses() });
    await until(() => isConnected(first, second) && isConnected(first, third));
    first.p2p.setMembers(members.slice(0, 2));
    const answer = await third.p2p.fetch(first.p2p.peerId, 1);
    assert.equal(answer.ok ? undefined : answer.code, 'RANGE_EMPTY', 'it is answered');
    await until(() => !isConnected(first, third));
    await until(
      async () => (await first.count('inbound_refused_total', { reason: 'stranger' })) > 0,
    );
    assert.equal(await first.count('connections_closed_total', { reason: 'removed' }), 1);
    assert.ok(isConnected(first, second));
    assert.deepEqual(
      first.p2p.peers().map(({ member }) => member),
      ['m1'],
    );
  });

  it('a node key is replaced', async () => {
    const members = membersOf(2);
    const [m0] = members as [P2pMember];
    const first = await start(0, members);
    const old = await start(1, members, { peers: first.p2p.addresses() });
    await until(() => isConnected(first, old));
    const renewed = [m0, { ...(members[1] as P2pMember), nodeKey: nodeKeys(9).publicKey }];
    first.p2p.setMembers(renewed);
    await until(() => !isConnected(first, old));
    const again = await start(9, renewed, { peers: first.p2p.addresses() });
    await until(() => isConnected(first, again));
    await hears(first, 'm1', again);
    const heard: string[] = [];
    again.p2p.onConsensus((who) => heard.push(who));
    await until(() => {
      first.p2p.send('m1', Uint8Array.of(3));
      return heard.includes('m0');
    });
  });

  it('a node key is replaced while its node runs, on the port that it has', async () => {
    const members = membersOf(2);
    const [m0, m1] = members as [P2pMember, P2pMember];
    const first = await start(0, members);
    const port = await freePorts(1);
    const options = { listen: [`/ip4/127.0.0.1/tcp/${port}`], peers: first.p2p.addresses() };
    const second = await start(1, members, options);
    const heard: string[] = [];
    second.p2p.onConsensus((who) => heard.push(who));
    let heads = 0;
    second.p2p.onHead(() => heads++);
    await until(() => isConnected(first, second) && heads > 0);
    const old = second.p2p.peerId;
    const [now0, now1] = [at(first, m0), { ...at(second, m1), nodeKey: nodeKeys(9).publicKey }];
    setMembers([now0, now1]);
    heads = 0;
    await second.p2p.renew(nodeKeys(9));
    assert.equal(second.p2p.peerId, peerIdOf(nodeKeys(9).publicKey));
    await until(() => isConnected(first, second) && heads > 0);
    await hears(first, 'm1', second);
    await until(() => {
      first.p2p.send('m1', Uint8Array.of(3));
      return heard.includes('m0');
    });
    assert.deepEqual(
      second.p2p.addresses().map((each) => each.split('/').slice(1, 5).join('/')),
      [`ip4/127.0.0.1/tcp/${port}`],
    );
    assert.ok(first.p2p.peers().every(({ peerId }) => peerId !== old));
  });

  it('nothing happens where nothing changed', async () => {
    const members = membersOf(2);
    const first = await start(0, members);
    const second = await start(1, members, { peers: first.p2p.addresses() });
    await until(() => isConnected(first, second));
    setMembers(membersOf(2));
    assert.ok(isConnected(first, second));
    assert.equal(await first.count('stream_resets_total'), 0);
  });
});
