/** `/ws`: calls and subscriptions on one connection; who doesn't read is closed with a reason. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { SUBSCRIPTIONS_MAX } from '../../../src/rpc/schema/subscriptions.ts';
import { put, statement } from '../state/fixture.ts';
import { type Rig, startRig } from './rig.ts';

interface Message {
  readonly id?: number;
  // biome-ignore lint/suspicious/noExplicitAny: of many methods
  readonly result?: any;
  readonly error?: { readonly data: { readonly code: string } };
  readonly params?: {
    readonly subscription: string;
    readonly seq?: string;
    readonly topic: string;
    readonly data: { readonly [name: string]: unknown };
  };
}

class Peer {
  readonly socket: WebSocket;
  readonly events: NonNullable<Message['params']>[] = [];
  #nextId = 1;
  readonly #answers = new Map<number, (message: Message) => void>();
  #woken = (): void => undefined;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers });
    this.socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.params !== undefined) this.events.push(message.params);
      if (typeof message.id === 'number') this.#answers.get(message.id)?.(message);
      this.#woken();
    });
  }

  async opened(): Promise<this> {
    await new Promise((resolve, reject) => {
      this.socket.on('open', resolve);
      this.socket.on('error', reject);
    });
    return this;
  }

  async call(method: string, params: object = {}): Promise<Message> {
    const id = this.#nextId++;
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return await answer;
  }

  async until(seq: string): Promise<string[]> {
    while (this.events.at(-1)?.seq !== seq) {
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
    }
    return this.events.map(({ seq: each }) => each ?? '');
  }
}

let rig: Rig;
const peers: Peer[] = [];

async function connect(headers?: Record<string, string>): Promise<Peer> {
  const peer = await new Peer(rig.url, headers).opened();
  peers.push(peer);
  return peer;
}

describe('the socket', () => {
  before(async () => {
    rig = await startRig();
    await rig.put([statement('a'), put('acme/x', 'k', 'v')]);
    await rig.put([statement('b')], 'globex');
  });
  after(async () => {
    for (const { socket } of peers) socket.terminate();
    await rig.stop();
  });

  test('calls and batches as over HTTP', async () => {
    const peer = await connect();
    assert.equal((await peer.call('node_info')).result.member, 'ada');
    assert.equal((await peer.call('nothing')).error?.data.code, 'METHOD_NOT_FOUND');
    const answered = new Promise((resolve) => peer.socket.once('message', resolve));
    peer.socket.send('[{"jsonrpc":"2.0","id":"x","method":"node_info"},1]');
    assert.equal(JSON.parse(String(await answered)).length, 2);
  });

  test('from a height on without gaps, then live; filters as those of the feed', async () => {
    const peer = await connect();
    const all = (await peer.call('chain_subscribe', { fromHeight: 1 })).result;
    assert.deepEqual(await peer.until('2-1'), ['1-0', '1-1', '1-2', '2-0', '2-1']);
    assert.equal(peer.events[1]?.data.publisher, 'acme');
    await rig.seal();
    assert.equal((await peer.until('3-0')).length, 6);
    assert.equal((await peer.call('chain_unsubscribe', { subscription: all })).result, true);
    assert.equal((await peer.call('chain_unsubscribe', { subscription: all })).result, false);
    await rig.seal();
    const params = { topics: ['statement'], publisher: 'globex', after: '1' };
    const one = (await peer.call('chain_subscribe', params)).result;
    assert.equal((await peer.until('2-1')).length, 7, 'nothing of the block in between');
    assert.deepEqual(
      [peer.events.at(-1)?.subscription, peer.events.at(-1)?.topic],
      [one, 'statement'],
    );
  });

  test('nonsense, too many, and calls over HTTP are refused', async () => {
    const peer = await connect();
    const bad = await peer.call('chain_subscribe', { topics: ['nope'] });
    assert.equal(bad.error?.data.code, 'INVALID_PARAMS');
    for (let i = 0; i < SUBSCRIPTIONS_MAX; i++) {
      assert.ok((await peer.call('chain_subscribe', { topics: ['record'] })).result);
    }
    const one = await peer.call('chain_subscribe');
    assert.equal(one.error?.data.code, 'TOO_MANY_SUBSCRIPTIONS');
    assert.equal((await rig.fail('chain_subscribe')).data.code, 'NOT_A_SOCKET');
  });

  test('pages of other origins may not connect unless they are listed', async () => {
    await assert.rejects(connect({ origin: 'https://evil.example' }), /403/);
    await connect({ origin: rig.url });
  });

  test('what is no JSON is answered; what is too large ends the connection', async () => {
    const peer = await connect();
    const answered = new Promise((resolve) => peer.socket.once('message', resolve));
    peer.socket.send('{');
    assert.match(String(await answered), /PARSE_ERROR/);
    const closed = new Promise((resolve) => peer.socket.once('close', resolve));
    peer.socket.on('error', () => undefined);
    peer.socket.send('x'.repeat(9 * 1024 * 1024));
    assert.equal(await closed, 1009);
  });
});

test('a stopping node says goodbye', async () => {
  rig = await startRig();
  const peer = await connect();
  assert.ok((await peer.call('chain_subscribe')).result);
  const closed = new Promise((resolve) =>
    peer.socket.once('close', (code, reason) => resolve(`${code} ${reason}`)),
  );
  await new Promise(setImmediate);
  await rig.stop();
  assert.equal(await closed, '1001 the node stops');
});
