import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { readFeed } from '../../../src/client/events.ts';

async function feedServer(answer: (after: string | undefined, response: ServerResponse) => void) {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const after = request.headers['last-event-id'] as string | undefined;
    seen.push(after);
    answer(after, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, seen, [Symbol.dispose]: () => void server.close(() => undefined) };
}

const STREAM = { 'content-type': 'text/event-stream' };

test('events in pieces, and after a break the feed goes on behind the last id', async () => {
  using server = await feedServer((after, response) => {
    response.writeHead(200, STREAM);
    if (after === undefined) {
      response.write('event: hello\ndata: {"chain":"0x"}\n\nid: 1-0\nevent: block\nda');
      response.write('ta: {"height":1}\n\n: ping\n\n');
      response.end('id: 2-0\nevent: block\ndata: {"hei');
    } else {
      response.write('id: 2-0\nevent: block\ndata: {"height":2}\n\n');
    }
  });
  const abort = new AbortController();
  const got: unknown[] = [];
  for await (const { event, id, data } of readFeed({ url: server.url, signal: abort.signal })) {
    got.push([event, id, data]);
    if (id === '2-0') abort.abort();
  }
  assert.deepEqual(got, [
    ['hello', undefined, { chain: '0x' }],
    ['block', '1-0', { height: 1 }],
    ['block', '2-0', { height: 2 }],
  ]);
  assert.deepEqual(server.seen, [undefined, '1-0']);
});

test('what is no feed is BAD_ANSWER, not an endless reconnecting', async () => {
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => void response.writeHead(404).end(),
    (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    (response) => void response.writeHead(200, STREAM).end('id: 1-0\ndata: {\n\n'),
    (response) => void response.writeHead(200, STREAM).end(`data: ${'x'.repeat(2 ** 21)}\n\n`),
  ];
  for (const answer of answers) {
    using server = await feedServer((_, response) => answer(response));
    const read = async (): Promise<void> => {
      for await (const _ of readFeed({ url: server.url })) assert.fail('no event');
    };
    await assert.rejects(read(), { code: 'BAD_ANSWER' });
  }
});
