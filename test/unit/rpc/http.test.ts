/** The public listener: routes, headers, bounds, and what is turned away before any method. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isHostAllowed } from '../../../src/rpc/http/headers.ts';
import { parseListen } from '../../../src/rpc/http/listen.ts';
import { BODY_BYTES_MAX } from '../../../src/rpc/limits.ts';
import { type Rig, startRig } from './rig.ts';

interface Raw {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

let rig: Rig;

/** `fetch` guards the Host header, so this goes below it. */
async function raw(options: {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}): Promise<Raw> {
  const { method = 'GET', path = '/', headers = {}, body } = options;
  return await new Promise((resolve, reject) => {
    const sent = request(new URL(path, rig.url), { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const CALL = '{"jsonrpc":"2.0","id":1,"method":"node_info"}';

function codeOf({ text }: Raw): string {
  const { jsonrpc, id, error } = JSON.parse(text);
  assert.deepEqual([jsonrpc, id, typeof error.code], ['2.0', null, 'number']);
  return error.data.code;
}

describe('the public listener', () => {
  before(async () => {
    rig = await startRig();
  });
  after(async () => await rig.stop());

  test('JSON-RPC at / and /rpc, whatever the parameters of the content type', async () => {
    for (const path of ['/', '/rpc']) {
      for (const type of ['application/json', 'application/json; charset=utf-8']) {
        const headers = { 'content-type': type };
        const answer = await raw({ method: 'POST', path, headers, body: CALL });
        assert.equal(answer.status, 200);
        assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
        assert.equal(JSON.parse(answer.text).result.member, 'ada');
      }
    }
  });

  test('a notification is answered with 204 and nothing', async () => {
    const body = '{"jsonrpc":"2.0","method":"node_info"}';
    const answer = await raw({ method: 'POST', headers: JSON_TYPE, body });
    assert.deepEqual([answer.status, answer.text], [204, '']);
  });

  test('JSON-RPC errors come with 200, malformed JSON too', async () => {
    for (const body of ['{', '', '[]', '"\\ud800"']) {
      const answer = await raw({ method: 'POST', headers: JSON_TYPE, body });
      assert.equal(answer.status, 200);
      assert.match(codeOf(answer), /PARSE_ERROR|INVALID_REQUEST/);
    }
  });

  test('other content types, methods and routes', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const headers = { 'content-type': type };
      const answer = await raw({ method: 'POST', path: '/rpc', headers, body: CALL });
      assert.deepEqual([answer.status, codeOf(answer)], [415, 'CONTENT_TYPE']);
    }
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await raw({ method, path: '/rpc' });
      assert.deepEqual([answer.status, codeOf(answer)], [405, 'HTTP_METHOD']);
      assert.equal(answer.headers.allow, 'POST');
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
    for (const path of ['/nothing', '/rpc/', '/%2e%2e/package.json', '/%ff']) {
      const answer = await raw({ path });
      assert.ok(answer.status === 404 || answer.status === 400, path);
      codeOf(answer);
    }
  });

  test('a body beyond the limit is 413 in JSON, and the next request is served', async () => {
    const body = `"${'x'.repeat(BODY_BYTES_MAX)}"`;
    const answer = await raw({ method: 'POST', headers: JSON_TYPE, body });
    assert.deepEqual([answer.status, codeOf(answer)], [413, 'BODY_TOO_LARGE']);
    assert.equal((await raw({ method: 'POST', headers: JSON_TYPE, body: CALL })).status, 200);
    assert.match(await rig.registry.metrics(), /rejected_total\{reason="body_too_large"\} 1/);
  });

  test('strange Host headers are turned away on loopback', async () => {
    const port = new URL(rig.url).port;
    for (const host of ['localhost', `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST:1']) {
      assert.equal((await raw({ path: '/openrpc.json', headers: { host } })).status, 200, host);
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '10.0.0.1']) {
      const answer = await raw({ path: '/openrpc.json', headers: { host } });
      assert.deepEqual([answer.status, codeOf(answer)], [403, 'HOST_NOT_ALLOWED'], host);
    }
  });

  test('the page takes all from this node; its policy lets nothing else in', async () => {
    const { status, headers, text } = await raw({ path: '/' });
    assert.equal(status, 200);
    const policy = headers['content-security-policy'] as string;
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.ok(!policy.includes('unsafe'));
    assert.doesNotMatch(text, /<script>|<style>|style="/, 'nothing stands in the page itself');
    const parts = [...text.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, path]) => path);
    assert.ok(parts.length > 0);
    for (const part of parts) {
      assert.match(part ?? '', /^\.\/assets\//);
      const { status, headers } = await raw({ path: (part ?? '').slice(1) });
      assert.equal(status, 200, part);
      assert.match(headers['cache-control'] as string, /immutable/);
    }
    const etag = headers.etag as string;
    assert.equal((await raw({ path: '/', headers: { 'if-none-match': etag } })).status, 304);
    const taken = await raw({ path: '/verify.html' });
    assert.equal(taken.headers['content-disposition'], 'attachment', 'opened from disk, not here');
  });

  test('every answer has strict headers', async () => {
    for (const path of ['/', '/rpc', '/openrpc.json', '/nothing']) {
      const { headers } = await raw({ path });
      assert.ok(headers['content-security-policy'], path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
      assert.equal(headers['x-frame-options'], 'DENY', path);
      assert.equal(headers['access-control-allow-origin'], undefined, path);
    }
  });

  test('the documents', async () => {
    const openRpc = await raw({ path: '/openrpc.json' });
    assert.equal(JSON.parse(openRpc.text).openrpc, '1.2.6');
    const genesis = JSON.parse((await raw({ path: '/.well-known/ztc.json' })).text);
    assert.equal(genesis.schema, 'ztc.genesis/v1');
    assert.equal(genesis.signatures.length, 4);
  });
});

test('loopback listeners take loopback names, others any', () => {
  assert.ok(isHostAllowed('0.0.0.0', 'anything.example'));
  assert.ok(isHostAllowed('::1', '[::1]:80'));
  assert.ok(isHostAllowed('127.0.0.5', '127.0.0.5:80'));
  for (const host of [undefined, '', 'a b', '127.0.0.5', '[::1', 'localhost:x']) {
    assert.ok(!isHostAllowed('127.0.0.1', host), host);
  }
});

test('addresses to listen on', () => {
  assert.deepEqual(parseListen('127.0.0.1:80'), { host: '127.0.0.1', port: 80 });
  assert.deepEqual(parseListen('[::1]:0'), { host: '::1', port: 0 });
  for (const bad of ['', '80', 'host:', 'host:99999', '::1:80', 'a:b:1']) {
    assert.throws(() => parseListen(bad), { code: 'LISTEN_ADDRESS' }, bad);
  }
});

test('a taken port is named', async () => {
  const first = await startRig();
  const { host } = new URL(first.url);
  await assert.rejects(startRig({ server: { listen: host } }), (error: Error) => {
    assert.equal((error as Error & { code: string }).code, 'PORT_TAKEN');
    assert.ok(error.message.includes(host));
    return true;
  });
  await first.stop();
});

test('more requests than there is room for are told when to come back', async () => {
  const small = await startRig({ server: { requestsMax: 1 } });
  const waiting = small.fail('member_list', { minHeight: 1_000 });
  while (!(await small.registry.metrics()).includes('in_flight 1')) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const refused = await small.post(CALL);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '1');
  const { error } = (await refused.json()) as { error: { code: number; data: object } };
  assert.deepEqual(error.code, -32005);
  assert.deepEqual(error.data, { code: 'BUSY', retryable: true });
  assert.equal((await fetch(small.url)).status, 200, 'other routes are served');
  await small.stop();
  await waiting;
});

test('who was refused, came back early and went away takes no room', async () => {
  const small = await startRig({ server: { requestsMax: 1 } });
  const waiting = small.call('member_list', { minHeight: small.ledger.head.header.height + 1 });
  const inFlight = async (count: number): Promise<void> => {
    while (!(await small.registry.metrics()).includes(`in_flight ${count}`)) await sleep(5);
  };
  await inFlight(1);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (): ClientRequest =>
    request(`${small.url}/rpc`, { method: 'POST', agent, headers: JSON_TYPE }).end(CALL);
  const [refused] = (await once(ask(), 'response')) as [IncomingMessage];
  assert.equal(refused.statusCode, 503);
  await once(refused.resume(), 'end');
  const early = ask();
  early.on('error', () => undefined);
  await once(early, 'finish');
  await sleep(50);
  early.destroy();
  await small.seal(Date.now());
  await waiting;
  await inFlight(0);
  // Longer than it was told to wait.
  await sleep(1_200);
  assert.equal((await small.post(CALL)).status, 200);
  await small.stop();
});

describe('origins', () => {
  const preflight = {
    origin: 'null',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  };

  test('none by itself, and no preflight is answered', async () => {
    rig = await startRig();
    const asked = await raw({ method: 'OPTIONS', path: '/rpc', headers: preflight });
    assert.equal(asked.status, 405);
    const headers = { ...JSON_TYPE, origin: 'https://app.example' };
    const call = await raw({ method: 'POST', headers, body: CALL });
    assert.deepEqual([call.status, call.headers['access-control-allow-origin']], [200, undefined]);
    await rig.stop();
  });

  test('any: pages from disk too, for calls, documents, the feed, and refusals', async () => {
    rig = await startRig({ server: { cors: ['*'] } });
    for (const path of ['/', '/rpc', '/api/v1/events']) {
      const { status, headers, text } = await raw({ method: 'OPTIONS', path, headers: preflight });
      assert.deepEqual([status, text], [204, ''], path);
      assert.equal(headers['access-control-allow-origin'], '*');
      assert.match(headers['access-control-allow-headers'] ?? '', /content-type/i);
      assert.equal(headers['access-control-allow-credentials'], undefined);
    }
    for (const [method, path, body] of [
      ['POST', '/', CALL],
      ['POST', '/rpc', '{'],
      ['GET', '/.well-known/ztc.json', undefined],
      ['GET', '/nowhere', undefined],
    ] as const) {
      const headers = { ...JSON_TYPE, origin: 'null' };
      const answer = await raw({ method, path, headers, ...(body !== undefined && { body }) });
      assert.equal(answer.headers['access-control-allow-origin'], '*', path);
    }
    const own = await raw({ path: '/openrpc.json' });
    assert.equal(own.headers['access-control-allow-origin'], undefined);
    await rig.stop();
  });

  test('some: those by name, no others, and caches are told', async () => {
    rig = await startRig({ server: { cors: ['https://app.example'] } });
    const call = async (origin: string) => {
      const { headers } = await raw({
        method: 'POST',
        headers: { ...JSON_TYPE, origin },
        body: CALL,
      });
      return [headers['access-control-allow-origin'], headers.vary];
    };
    assert.deepEqual(await call('https://app.example'), ['https://app.example', 'Origin']);
    assert.deepEqual(await call('https://app.example.evil'), [undefined, 'Origin']);
    assert.deepEqual(await call('null'), [undefined, 'Origin']);
    await rig.stop();
  });
});
