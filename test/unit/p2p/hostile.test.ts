import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { concat, toHex } from '../../../src/common/bytes.ts';
import { encode, literal, tuple } from '../../../src/common/codec/index.ts';
import { frameOf } from '../../../src/p2p/frames.ts';
import { createHost, type Host, openStream } from '../../../src/p2p/host.ts';
import {
  CHAIN,
  membersOf,
  nodeKeys,
  pause,
  startNode,
  stopAll,
  type TestNode,
  until,
} from './network.ts';

const PREFIX = `/ztc/${toHex(CHAIN).slice(0, 16)}`;
const CONSENSUS = `${PREFIX}/consensus/1`;
const RANGE = `${PREFIX}/range/1`;
const BATCHES = `${PREFIX}/batches/1`;
/** In front of a batch. */
const PASSED_ON = 2;

function connectTo(node: TestNode): Socket {
  const [address] = node.p2p.addresses();
  const port = /\/tcp\/(\d+)/.exec(address as string)?.[1];
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  return socket;
}

function closing(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.on('close', resolve));
}

describe('on the TCP port', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode(0, membersOf(2));
  });
  after(() => stopAll([node]));

  const refused = (reason: string): Promise<number> =>
    node.count('inbound_refused_total', { reason });

  it('random bytes are cut off and counted', async () => {
    for (let i = 0; i < 3; i++) {
      const socket = connectTo(node);
      const closed = closing(socket);
      socket.write(crypto.getRandomValues(new Uint8Array(4_096)));
      await closed;
      await until(async () => (await refused('handshake')) === i + 1);
    }
  });

  it('connections that say nothing are few, and end', async () => {
    const before = await refused('handshake');
    const sockets = Array.from({ length: 20 }, () => connectTo(node));
    const closed = Promise.all(sockets.map(closing));
    await until(async () => (await refused('pending')) === 4);
    await closed;
    await until(async () => (await refused('handshake')) === before + 16);
  });

  it('a member still gets in after that', async () => {
    const member = await startNode(1, membersOf(2), { peers: node.p2p.addresses() });
    await until(() => node.p2p.peers().some(({ connected }) => connected));
    await stopAll([member]);
  });
});

describe('a member that sends garbage', () => {
  let node: TestNode;
  let hostile: Host;
  const heard: Uint8Array[] = [];
  before(async () => {
    node = await startNode(0, membersOf(2));
    node.p2p.onConsensus((_from, message) => heard.push(message));
    hostile = await createHost({
      nodeKeys: nodeKeys(1),
      listen: [],
      announce: [],
      gater: {},
    });
    await hostile.start();
    await hostile.dial(multiaddr(node.p2p.addresses()[0] as string));
  });
  after(async () => {
    await hostile.stop();
    await stopAll([node]);
  });

  const resets = (stream: string, reason: string): Promise<number> =>
    node.count('stream_resets_total', { stream, reason });

  async function sendRaw(protocol: string, bytes: Uint8Array): Promise<void> {
    const stream = await openStream(hostile, node.p2p.peerId, protocol);
    const closed = new Promise((resolve) => stream.addEventListener('close', resolve));
    stream.send(bytes);
    await closed;
  }

  it('loses the stream by a frame without content', async () => {
    await sendRaw(CONSENSUS, new Uint8Array(4));
    assert.equal(await resets('consensus', 'malformed'), 1);
  });

  it('loses the stream by a length that is too large, before sending so much', async () => {
    await sendRaw(CONSENSUS, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1));
    assert.equal(await resets('consensus', 'too_large'), 1);
  });

  it('loses the stream by a status that is none', async () => {
    await sendRaw('/ztc/status/3', frameOf(Uint8Array.of(1, 2, 3)));
    assert.equal(await resets('status', 'malformed'), 1);
  });

  it('loses the stream by a range request that is none', async () => {
    await sendRaw(RANGE, frameOf(Uint8Array.of(0xc1)));
    await until(async () => (await resets('range', 'malformed')) === 1);
    const schema = tuple({ version: literal(2) });
    await sendRaw(RANGE, frameOf(encode(schema, { version: 2 })));
    await until(async () => (await resets('range', 'malformed')) === 2);
  });

  it('gets nothing by asking for ranges without measure', async () => {
    const streams = await Promise.allSettled(
      Array.from({ length: 10 }, () => openStream(hostile, node.p2p.peerId, RANGE)),
    );
    await until(async () => (await node.count('ranges_served_total', { result: 'refused' })) > 0);
    for (const opened of streams) {
      if (opened.status === 'fulfilled') opened.value.abort(new Error('done'));
    }
  });

  it('is not waited for when it does not read', async () => {
    await hostile.handle(CONSENSUS, (stream) => stream.pause());
    const large = new Uint8Array(8 * 1024 * 1024);
    for (let i = 0; i < 8; i++) node.p2p.broadcast(large);
    const dropped = await node.count('consensus_dropped_total', { reason: 'queue_full' });
    assert.ok(dropped >= 3 && dropped < 8);
    assert.equal(await resets('consensus', 'slow'), 1);
    await hostile.unhandle(CONSENSUS);
  });

  it('is sent to over its newest connection', async () => {
    const over: string[] = [];
    await hostile.handle(CONSENSUS, (stream, connection) => {
      stream.addEventListener('message', () => over.push(connection.id));
    });
    await until(() => {
      node.p2p.broadcast(Uint8Array.of(1));
      return over.length > 0;
    });
    const [address] = node.p2p.addresses();
    const newer = await hostile.dial(multiaddr(address as string), { force: true });
    await until(() => {
      node.p2p.broadcast(Uint8Array.of(1));
      return over.at(-1) === newer.id;
    });
    assert.notEqual(over[0], newer.id);
    await hostile.unhandle(CONSENSUS);
  });

  it('loses the stream by what comes neither from a sealer nor passed on', async () => {
    await sendRaw(BATCHES, frameOf(Uint8Array.of(3, 1, 2)));
    assert.equal(await resets('batches', 'malformed'), 1);
  });

  it('loses the stream by a batch that is too large', async () => {
    await sendRaw(BATCHES, Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 1));
    assert.equal(await resets('batches', 'too_large'), 1);
  });

  it('gets no more batches looked at than anybody can have', async () => {
    node.p2p.onBatch(
      () => 'ignore',
      () => false,
    );
    const stream = await openStream(hostile, node.p2p.peerId, BATCHES);
    const frame = frameOf(Uint8Array.of(PASSED_ON, 1));
    const count = 20_000;
    stream.send(concat(...new Array<Uint8Array>(count).fill(frame)));
    const received = (): Promise<number> => node.count('batches_received_total');
    await until(async () => (await received()) === count);
    assert.ok((await node.count('batches_received_total', { result: 'rate' })) > 0);
  });

  it('is not heard for a while after a bad batch, whoever sealed it', async () => {
    const judged: number[] = [];
    node.p2p.onBatch(
      (_from, [first = 0]) => {
        judged.push(first);
        return first === 1 ? 'accept' : 'reject';
      },
      () => false,
    );
    const stream = await openStream(hostile, node.p2p.peerId, BATCHES);
    const received = (result: string): Promise<number> =>
      node.count('batches_received_total', { result });
    stream.send(frameOf(Uint8Array.of(PASSED_ON, 1)));
    stream.send(frameOf(Uint8Array.of(PASSED_ON, 2)));
    await until(async () => (await received('reject')) === 1);
    stream.send(frameOf(Uint8Array.of(PASSED_ON, 3)));
    await until(async () => (await received('muted')) === 1);
    assert.deepEqual(judged, [1, 2]);
  });

  it('cannot open an unknown protocol', async () => {
    await assert.rejects(openStream(hostile, node.p2p.peerId, '/ztc/none/1'));
  });

  it('cannot keep opening streams', async () => {
    for (let i = 0; i < 30 && (await resets('consensus', 'rate')) === 0; i++) {
      await sendRaw(CONSENSUS, new Uint8Array(4)).catch(() => {});
    }
    assert.ok((await resets('consensus', 'rate')) > 0);
  });

  it('harms nobody: the connection stands, and sense is still heard', async () => {
    await until(async () => {
      const stream = await openStream(hostile, node.p2p.peerId, CONSENSUS).catch(() => undefined);
      if (stream?.status === 'open') stream.send(frameOf(Uint8Array.of(42)));
      await pause(300);
      return heard.length > 0;
    });
    assert.deepEqual(heard[0], Uint8Array.of(42));
  });
});
