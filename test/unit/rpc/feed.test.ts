/** The feed: resumed without holes, filtered, bounded; its events follow from the ledger alone. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { after, before, describe, mock, test } from 'node:test';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { STATUS } from '../../../src/ledger/operations.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { FeedClient } from '../../../src/rpc/feed/client.ts';
import { readFeedRequest } from '../../../src/rpc/feed/request.ts';
import { FeedRounds } from '../../../src/rpc/feed/rounds.ts';
import { eventStream } from '../../../src/rpc/feed/sink.ts';
import { FeedSource } from '../../../src/rpc/feed/source.ts';
import { FEED_BUFFER_BYTES_MAX, FEED_STALL_MS } from '../../../src/rpc/limits.ts';
import * as queries from '../../../src/state/queries.ts';
import { assetNamed, put, statement } from '../state/fixture.ts';
import { type Rig, startRig } from './rig.ts';

/** A client of the feed that can be asked for the next events. */
class Listener {
  readonly events: EventSourceMessage[] = [];
  readonly #abort = new AbortController();
  #waiting: (() => void) | undefined;

  async open(url: string, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(url, { headers, signal: this.#abort.signal });
    const parser = createParser({
      onEvent: (event) => {
        this.events.push(event);
        this.#waiting?.();
      },
    });
    void this.#read(response, (text) => parser.feed(text)).catch(() => undefined);
    return response;
  }

  async #read(response: Response, feed: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) feed(decoder.decode(chunk, { stream: true }));
  }

  /** The ids of the events so far, once the last one is `id`. */
  async until(id: string): Promise<string[]> {
    while (this.events.at(-1)?.id !== id) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.ids();
  }

  ids(): string[] {
    return this.events.flatMap(({ id }) => (id === undefined ? [] : [id]));
  }

  close(): void {
    this.#abort.abort();
  }
}

let rig: Rig;
const listeners: Listener[] = [];

async function listen(query = '', headers: Record<string, string> = {}): Promise<Listener> {
  const listener = new Listener();
  listeners.push(listener);
  await listener.open(`${rig.url}/api/v1/events${query}`, headers);
  return listener;
}

const named = (name: string): string => assetToText(assetNamed(name));

describe('the feed', () => {
  before(async () => {
    rig = await startRig();
    await rig.put([statement('a'), put('acme/x', 'k', 'v'), statement('b')]);
    await rig.put([statement('a', STATUS.UNTRUSTED)], 'globex');
  });
  after(async () => {
    for (const listener of listeners) listener.close();
    await rig.stop();
  });

  test('headers, retry and hello come first', async () => {
    const response = await fetch(`${rig.url}/api/v1/events`);
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(response.headers.get('x-accel-buffering'), 'no');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    const { value } = (await response.body?.getReader().read()) ?? {};
    const text = new TextDecoder().decode(value);
    assert.match(text, /^retry: 3000\n\nevent: hello\ndata: \{"chain":"0x/);
  });

  test('from the genesis on: members and publishers, blocks, operations in order', async () => {
    const listener = await listen('?fromHeight=0');
    await listener.until('2-1');
    const list = listener.events.slice(1).map(({ id, event }) => `${id} ${event}`);
    assert.deepEqual(list, [
      '0-0 block',
      ...['1', '2', '3', '4'].map((i) => `0-${i} member`),
      '0-5 publisher',
      '0-6 publisher',
      '1-0 block',
      '1-1 statement',
      '1-2 record',
      '1-3 statement',
      '2-0 block',
      '2-1 statement',
    ]);
    const data = JSON.parse(listener.events.at(-1)?.data ?? '');
    assert.equal(data.status, 'UNTRUSTED');
    assert.equal(data.publisher, 'globex');
    assert.equal(data.height, 2);
  });

  test('Last-Event-ID resumes behind that event, in the middle of a block too', async () => {
    const all = ['1-0', '1-1', '1-2', '1-3', '2-0', '2-1'];
    for (const [at, id] of all.slice(0, -1).entries()) {
      const listener = await listen('?after=0', { 'last-event-id': id });
      assert.deepEqual(await listener.until('2-1'), all.slice(at + 1), id);
    }
    const byHeight = await listen('?after=1');
    assert.deepEqual(await byHeight.until('2-1'), ['2-0', '2-1']);
  });

  test('live and replay join without a hole, whenever the client comes back', async () => {
    const from = rig.ledger.head.header.height;
    const seen: string[] = [];
    let last = `${from}-9`;
    for (let round = 0; round < 5; round++) {
      const listener = await listen(`?topics=block&after=${last}`);
      await rig.seal();
      const { height } = (await rig.seal()).header;
      await listener.until(`${height}-0`);
      seen.push(...listener.ids());
      listener.close();
      last = `${height}-0`;
      await rig.seal();
    }
    const listener = await listen(`?topics=block&after=${last}`);
    const head = rig.ledger.head.header.height;
    seen.push(...(await listener.until(`${head}-0`)));
    const every = Array.from({ length: head - from }, (_, i) => `${from + 1 + i}-0`);
    assert.deepEqual(seen, every);
  });

  test('without a start only what comes from now on', async () => {
    const listener = await listen('?topics=block');
    const { height } = (await rig.seal()).header;
    await listener.until(`${height}-0`);
    assert.deepEqual(listener.ids(), [`${height}-0`]);
  });

  test('filters by topic, publisher, asset, namespace and kind', async () => {
    const cases: [string, string[]][] = [
      ['topics=statement', ['1-1', '1-3', '2-1']],
      ['topics=statement,record&publisher=acme', ['1-1', '1-2', '1-3']],
      [`topics=statement&asset=${named('a')}`, ['1-1', '2-1']],
      ['topics=record&namespace=acme/x', ['1-2']],
      ['topics=statement,record&kind=file', ['1-1', '1-3', '2-1']],
    ];
    for (const [query, expected] of cases) {
      const listener = await listen(`?fromHeight=1&${query}`);
      assert.deepEqual(await listener.until(expected.at(-1) as string), expected, query);
    }
  });

  test('of blocks alone no transaction is read; who wants more gets all', () => {
    const source = new FeedSource(rig.ledger, queries);
    const { height } = rig.ledger.head.header;
    for (let at = 0; at <= height; at++) {
      const [block, ...rest] = source.items(at, new Set(['block'] as const));
      assert.deepEqual(rest, []);
      assert.deepEqual(source.items(at, new Set(['block', 'statement'] as const))[0], block);
      assert.deepEqual(source.items(at, new Set(['block'] as const))[0], block);
    }
  });

  test('consensus and sync: how things stand, without an id, for who asks for them', async () => {
    const listener = new Listener();
    await listener.open(`${rig.url}/api/v1/events?topics=consensus,sync`);
    while (listener.events.length < 3) await new Promise(setImmediate);
    listener.close();
    const [, consensus, sync] = listener.events;
    assert.deepEqual([consensus?.event, consensus?.id], ['consensus', undefined]);
    assert.equal(JSON.parse(consensus?.data ?? '').leader, 'ada');
    assert.equal(sync?.event, 'sync');
    const { height } = rig.ledger.head.header;
    assert.deepEqual(JSON.parse(sync?.data ?? ''), { height, heard: height, syncing: false });
  });

  test('nonsense is refused before the stream starts', async () => {
    for (const query of ['topics=x', 'after=x', 'fromHeight=-1', 'asset=1', 'kind=A', 'nope=1']) {
      const response = await fetch(`${rig.url}/api/v1/events?${query}`);
      const { error } = (await response.json()) as { error: { data: { code: string } } };
      assert.deepEqual([response.status, error.data.code], [400, 'INVALID_PARAMS'], query);
    }
    const headers = { 'last-event-id': '1-2-3' };
    assert.equal((await fetch(`${rig.url}/api/v1/events`, { headers })).status, 400);
  });

  test('two nodes give the same events the same ids', async () => {
    const other = await startRig();
    for (let height = 1; height <= 2; height++) {
      const block = rig.ledger.block(height);
      const certificate = rig.ledger.certificate(height);
      assert.ok(block && certificate);
      await other.ledger.finalize([{ block, certificate }]);
      const [ours, theirs] = [rig, other].map(({ ledger }) =>
        new FeedSource(ledger, queries).items(height),
      );
      assert.deepEqual(ours, theirs);
    }
    await other.stop();
  });
});

test('a full feed says when to come back; a stopping one says goodbye', async () => {
  const small = await startRig({ server: { feedClientsMax: 1 } });
  const listener = new Listener();
  await listener.open(`${small.url}/api/v1/events`);
  const refused = await fetch(`${small.url}/api/v1/events`);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '10');
  await small.stop();
  while (listener.events.at(-1)?.event !== 'closed') await new Promise(setImmediate);
  assert.deepEqual(JSON.parse(listener.events.at(-1)?.data ?? ''), { reason: 'the node stops' });
});

/** How far an invented chain is, and from where on it is kept. */
interface Chain {
  height: number;
  readonly oldest?: number;
}

/** A feed of invented blocks for one client whose socket takes what `accept` lets through. */
function clientOf(head: Chain, query: string, accept: () => boolean) {
  const request = readFeedRequest(new URLSearchParams(query), undefined);
  assert.ok(request.ok);
  let text = '';
  const held: (() => void)[] = [];
  const counts = { sent: 0, slow: 0 };
  const socket = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      if (accept()) done();
      else held.push(done);
    },
  });
  const source = {
    get head() {
      return head.height;
    },
    oldest: head.oldest ?? 0,
    items: (height: number) => {
      const id = `${height}-0`;
      const event = { topic: 'block' as const, subject: {}, data: {} };
      return [{ event, id, text: `id: ${id}\ndata: ${'x'.repeat(1024)}\n\n` }];
    },
  };
  const rounds = new FeedRounds();
  const client = new FeedClient({
    source: source as unknown as FeedSource,
    request: request.value,
    sink: eventStream(socket),
    onRoom: (roomy) => void rounds.wake([roomy]),
    onSent: (count) => {
      counts.sent += count;
    },
    onSlow: () => counts.slow++,
    onError: (error) => assert.fail(String(error)),
  });
  return {
    client,
    pump: () => rounds.wake([client]),
    socket,
    counts,
    text: () => text,
    release: () => {
      for (const done of held.splice(0)) done();
    },
  };
}

test('who is far behind is told everything; of what is pruned, that it is', async () => {
  const head = { height: 5000, oldest: 100 };
  const { pump, text, counts } = clientOf(head, 'after=10', () => true);
  await pump();
  assert.match(text(), /^event: gap\ndata: \{"from":11,"to":99,"reason":"PRUNED"\}\n\nid: 100-0\n/);
  assert.equal(counts.sent, 4901);
  head.height += 1;
  await pump();
  assert.equal(counts.sent, 4902);
  assert.match(text(), /\n\nid: 5001-0\n.*\n\n$/);
});

test('who is a few blocks late is told of all of them in one go', () => {
  const { client, counts } = clientOf({ height: 1_000 }, 'after=990', () => true);
  client.step();
  assert.equal(counts.sent, 10);
});

test('one who replays a long chain keeps nobody waiting who is near the head', async () => {
  const head = { height: 5000 };
  const [far, near] = [
    clientOf(head, 'after=0', () => true),
    clientOf(head, 'after=4990', () => true),
  ];
  const rounds = new FeedRounds();
  const done = rounds.wake([far.client, near.client]);
  while (near.counts.sent < 10) await new Promise(setImmediate);
  assert.ok(far.counts.sent < 5000, 'the one near the head was first');
  await done;
  assert.equal(far.counts.sent, 5000);
});

test('a consumer that stops reading is not waited for', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { pump, counts, socket, release } = clientOf({ height: 999 }, 'after=0', () => false);
    await pump();
    assert.ok(counts.sent < 400, 'it pauses when the socket is full');
    assert.ok(socket.writableLength < 2 * FEED_BUFFER_BYTES_MAX);
    const before = counts.sent;
    release();
    await new Promise(setImmediate);
    assert.ok(counts.sent >= before, 'and goes on when there is room');
    mock.timers.tick(FEED_STALL_MS);
    assert.equal(counts.slow, 1);
    assert.ok(socket.writableEnded);
    mock.timers.tick(60_000);
    assert.ok(socket.destroyed);
  } finally {
    mock.timers.reset();
  }
});

test('a ping tells a filtering client how far it is', async () => {
  const { client, pump, text } = clientOf({ height: 30 }, 'after=10&topics=statement', () => true);
  await pump();
  for (let times = 0; times < 2; times++) {
    client.ping();
    await pump();
  }
  assert.equal(text(), ': ping\nid: 30-0\n\n: ping\n\n');
});

test('of what stands in no block, who waits for a turn is told the newest', async () => {
  const { client, pump, text } = clientOf({ height: 30 }, 'topics=sync', () => true);
  for (const height of [1, 2]) client.live('sync', `{"height":${height}}`);
  client.live('consensus', '{}');
  assert.equal(text(), '', 'nothing before its turn');
  await pump();
  await pump();
  assert.equal(text(), 'event: sync\ndata: {"height":2}\n\n');
});
