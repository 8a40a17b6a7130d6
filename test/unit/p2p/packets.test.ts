import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { membersOf, startNetwork, stopAll, type TestNode, until } from './network.ts';

const MESSAGES = 300;
/** All of them are more than a stream's window, which has to be opened again on the way. */
const MESSAGE_BYTES = 1_500;

describe('small messages', () => {
  let nodes: TestNode[] = [];
  const { write } = Socket.prototype;
  before(async () => {
    nodes = await startNetwork(membersOf(2));
  });
  after(async () => {
    Socket.prototype.write = write;
    await stopAll(nodes);
  });

  it('are a packet each, and none for the window', async () => {
    const [one, other] = nodes as [TestNode, TestNode];
    let heard = 0;
    other.p2p.onConsensus(() => {
      heard += 1;
    });
    one.p2p.send('m1', Uint8Array.of(1));
    await until(() => heard === 1);
    let writes = 0;
    Socket.prototype.write = function (this: Socket, ...given: Parameters<typeof write>) {
      writes += 1;
      return write.apply(this, given);
    } as typeof write;
    for (let i = 1; i <= MESSAGES; i++) {
      one.p2p.send('m1', new Uint8Array(MESSAGE_BYTES).fill(i));
      await until(() => heard === 1 + i);
    }
    // Heads, heartbeats of gossip and pings come between, some in a second.
    assert.ok(writes < 1.5 * MESSAGES, `${writes} packets for ${MESSAGES} messages`);
  });
});
