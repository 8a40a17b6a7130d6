/** Who is let in from other hosts, and how often; what this machine runs is always let in. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { networkOf } from '../../../src/rpc/access/clients.ts';
import { RateLimiter } from '../../../src/rpc/access/rate.ts';
import { Admission } from '../../../src/rpc/http/admission.ts';
import { isHostAllowed } from '../../../src/rpc/http/headers.ts';
import { Turns } from '../../../src/rpc/http/turns.ts';
import { RATE_BURST_SECONDS, SKIPPED_BYTES_MAX, TURN_MS } from '../../../src/rpc/limits.ts';
import { type Rig, startRig } from './rig.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
/** As through a proxy: what comes from elsewhere. */
const ELSEWHERE = { 'x-forwarded-for': '203.0.113.7' };
const tokens = {
  find: (token: string) => (token === 'good' ? { id: 'lee', role: 'read' as const } : undefined),
};

let rig: Rig;

async function post(
  method: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; code: string | undefined; retryAfter: string | null }> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method });
  const response = await rig.post(body, { headers: { ...JSON_TYPE, ...headers } });
  const { error } = (await response.json()) as { error?: { data: { code: string } } };
  const { status, headers: answered } = response;
  return { status, code: error?.data.code, retryAfter: answered.get('retry-after') };
}

describe('where reading needs a token', () => {
  before(async () => {
    rig = await startRig({ server: { access: 'token', tokens } });
  });
  after(async () => await rig.stop());

  test('other hosts read with one only; writers need none', async () => {
    assert.equal((await post('node_info')).code, undefined, 'this machine');
    assert.equal((await post('node_info', ELSEWHERE)).code, 'UNAUTHORIZED');
    for (const method of ['chain_status', 'chain_genesis', 'rpc.discover']) {
      assert.equal((await post(method, ELSEWHERE)).code, undefined, method);
    }
    assert.equal((await post('tx_submit', ELSEWHERE)).code, 'INVALID_PARAMS', 'it was asked');
    const good = { ...ELSEWHERE, authorization: 'Bearer good' };
    assert.equal((await post('node_info', good)).code, undefined);
  });

  test('a token that is none of ours is told so, wherever it comes from', async () => {
    for (const authorization of ['Bearer bad', 'Basic good', 'good']) {
      const { status, code } = await post('chain_status', { ...ELSEWHERE, authorization });
      assert.deepEqual([status, code], [401, 'UNAUTHORIZED'], authorization);
    }
  });

  test('feed, cacheable reads and sockets too', async () => {
    for (const route of ['/api/v1/events', '/api/v1/chain_getHeader?at=0']) {
      const refused = await fetch(rig.url + route, { headers: ELSEWHERE });
      assert.equal(refused.status, 401, route);
      const headers = { ...ELSEWHERE, authorization: 'Bearer good' };
      const taken = await fetch(rig.url + route, { headers });
      assert.equal(taken.status, 200, route);
      await taken.body?.cancel();
    }
    const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/ws`, { headers: ELSEWHERE });
    const answers = new Promise<string>((resolve) => socket.on('message', (m) => resolve(`${m}`)));
    await new Promise((resolve) => socket.on('open', resolve));
    socket.send('{"jsonrpc":"2.0","id":1,"method":"chain_subscribe","params":{}}');
    assert.match(await answers, /"code":"UNAUTHORIZED"/);
    socket.close();
    const bad = { headers: { authorization: 'Bearer bad' } };
    const refused = new WebSocket(`${rig.url.replace('http', 'ws')}/ws`, bad);
    const status = await new Promise((resolve) =>
      refused.on('unexpected-response', (_request, response) =>
        response.resume().on('close', () => resolve(response.statusCode)),
      ),
    );
    assert.equal(status, 401, 'and the connection is over');
  });
});

describe('how often', () => {
  test('who asks too often is told when to come back; others are not', async () => {
    rig = await startRig({ server: { rate: 1, proxies: ['127.0.0.1'] } });
    try {
      for (let call = 0; call < RATE_BURST_SECONDS; call++) {
        assert.equal((await post('node_info', ELSEWHERE)).status, 200);
      }
      const refused = await post('node_info', ELSEWHERE);
      assert.deepEqual([refused.status, refused.code], [429, 'RATE_LIMITED']);
      assert.match(refused.retryAfter ?? '', /^[1-9]\d*$/);
      assert.equal((await post('node_info', { 'x-forwarded-for': '203.0.113.8' })).status, 200);
      assert.equal((await post('node_info')).status, 200, 'this machine');
      assert.match(await rig.registry.metrics(), /rejected_total\{reason="rate"\} 1/);
    } finally {
      await rig.stop();
    }
  });

  test('who is refused keeps the connection, unless there is much to read past', async () => {
    rig = await startRig({ server: { rate: 1 } });
    try {
      const ask = (body: string): Promise<Response> =>
        rig.post(body, { headers: { ...JSON_TYPE, ...ELSEWHERE } });
      for (let call = 0; call < RATE_BURST_SECONDS; call++) await (await ask('{}')).text();
      for (const [bytes, connection] of [
        [SKIPPED_BYTES_MAX, 'keep-alive'],
        [SKIPPED_BYTES_MAX + 1, 'close'],
      ] as const) {
        const refused = await ask(' '.repeat(bytes));
        assert.deepEqual([refused.status, refused.headers.get('connection')], [429, connection]);
        await refused.text();
      }
    } finally {
      await rig.stop();
    }
  });

  test('a batch counts by its calls, and a bucket fills with time', () => {
    let now = 0;
    const rate = new RateLimiter({ perSecond: 10, now: () => now });
    assert.equal(rate.admit('a'), undefined);
    rate.charge('a', 10 * RATE_BURST_SECONDS + 9);
    assert.equal(rate.admit('a'), 1100, 'ten below nothing');
    assert.equal(rate.admit('b'), undefined);
    now = 1100;
    assert.equal(rate.admit('a'), undefined);
    assert.equal(rate.admit('a'), 100);
    now = 1_000_000;
    for (let call = 0; call < 10 * RATE_BURST_SECONDS; call++) {
      assert.equal(rate.admit('a'), undefined, 'no more than its size, though it waited long');
    }
    assert.equal(rate.admit('a'), 100);
  });

  test('an IPv6 customer is one client, whichever address of the network it takes', () => {
    assert.equal(networkOf('2001:db8:1:2::9'), networkOf('2001:db8:1:2:ffff::1'));
    assert.notEqual(networkOf('2001:db8:1:2::9'), networkOf('2001:db8:1:3::9'));
    assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1');
    assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64');
  });

  test('a connection that was told to wait is known until then', () => {
    const admission = new Admission({ requestsMax: 1, onRequests: () => undefined });
    const [one, other] = [{}, {}];
    const leave = admission.enter(0);
    assert.equal(admission.enter(0), undefined, 'full');
    admission.refused(one, 1_000);
    assert.deepEqual([admission.earlyBy(one, 400), admission.earlyBy(one, 1_200)], [600, 0]);
    assert.equal(admission.earlyBy(other, 400), 0);
    leave?.();
    assert.ok(admission.enter(0), 'there is room again');
  });

  test('requests take turns of a few milliseconds, in order', async () => {
    const turns = new Turns();
    const order: number[] = [];
    let rounds = 0;
    const counting = setInterval(() => rounds++, 0);
    const work = async (i: number): Promise<void> => {
      // As requests come: each in a callback of its own, of one round of the loop.
      await new Promise(setImmediate);
      await turns.take();
      order.push(i);
      const until = performance.now() + TURN_MS / 2;
      while (performance.now() < until) order.length;
    };
    await Promise.all(Array.from({ length: 10 }, (_, i) => work(i)));
    clearInterval(counting);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.ok(rounds >= 2, `others got ${rounds} turns in between`);
  });

  test('who has begun goes on before others begin', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const use = (): void => {
      const until = performance.now() + TURN_MS;
      while (performance.now() < until) order.length;
    };
    const long = async (): Promise<void> => {
      await turns.take();
      for (const part of ['a', 'b', 'c']) {
        order.push(part);
        use();
        await turns.goOn();
      }
    };
    const late = async (name: string): Promise<void> => {
      await new Promise(setImmediate);
      await turns.take();
      order.push(name);
      use();
    };
    await Promise.all([long(), late('d'), late('e')]);
    assert.deepEqual(order, ['a', 'b', 'c', 'd', 'e']);
  });
});

test('names that may stand in Host', () => {
  const hosts = ['ledger.example.com'];
  for (const listen of ['0.0.0.0', '127.0.0.1']) {
    assert.ok(isHostAllowed(listen, 'Ledger.example.com:443', hosts));
    assert.ok(isHostAllowed(listen, 'localhost:7601', hosts));
    assert.ok(!isHostAllowed(listen, 'evil.example', hosts));
    assert.ok(!isHostAllowed(listen, undefined, hosts));
  }
  assert.ok(isHostAllowed('0.0.0.0', 'any.example'));
});

test('HTTPS with a given certificate, and nothing else then', async () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'ztc-tls-'));
  const at = (name: string): string => path.join(dir, name);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', at('key.pem'), '-out', at('cert.pem')];
  execFileSync('openssl', ['req', '-x509', ...kind, ...files, '-days', '2', ...subject], {
    stdio: 'ignore',
  });
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => readFileSync(at(name), 'utf8'));
  rmSync(dir, { recursive: true });
  rig = await startRig({ server: { tls: { cert: cert ?? '', key: key ?? '' } } });
  try {
    assert.match(rig.url, /^https:/);
    const { port } = new URL(rig.url);
    const status = await new Promise((resolve, reject) => {
      const url = `https://localhost:${port}/openrpc.json`;
      request(url, { ca: cert }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    assert.equal(status, 200);
    await assert.rejects(fetch(`https://localhost:${port}/`), 'nobody vouches for it');
    await assert.rejects(fetch(`http://localhost:${port}/`));
  } finally {
    await rig.stop();
  }
});
