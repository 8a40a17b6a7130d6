/** The operator's listener: health, metrics, and who may call `admin_*`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createAdminServer } from '../../../src/rpc/admin.ts';
import { createRpcMetrics } from '../../../src/rpc/metrics.ts';
import type { RpcServer } from '../../../src/rpc/server.ts';

const TOKEN = 'correct-horse-battery';
interface Answer {
  readonly result: { readonly ready: boolean; readonly pid: number };
  readonly error: { readonly code: number; readonly data: { readonly code: string } };
}

const health = { ready: false };
let server: RpcServer;
let url: string;

async function status(path: string): Promise<[number, string]> {
  const response = await fetch(new URL(path, url));
  return [response.status, await response.text()];
}

async function admin(authorization?: string, method = 'admin_status') {
  const response = await fetch(new URL('/rpc', url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method }),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

const ROLES = new Map<string, 'read' | 'admin'>([
  ['reader', 'read'],
  ['chief', 'admin'],
]);

describe('the admin listener', () => {
  before(async () => {
    const registry = new Registry();
    server = createAdminServer({
      listen: '127.0.0.1:0',
      registry,
      token: TOKEN,
      tokens: {
        find: (token) => {
          const role = ROLES.get(token);
          return role === undefined ? undefined : { id: token, role };
        },
      },
      ready: () => ({ ready: health.ready, checks: { peers: { ok: health.ready, count: 2 } } }),
      metrics: createRpcMetrics(registry),
      log: pino({ level: 'silent' }),
    });
    ({ url } = await server.start());
  });
  after(async () => await server.stop());

  test('alive always, ready when it is', async () => {
    health.ready = false;
    assert.deepEqual(await status('/livez'), [200, 'ok\n']);
    assert.deepEqual(await status('/readyz'), [503, 'not ready\n']);
    const [code, text] = await status('/readyz?verbose');
    assert.equal(code, 503);
    assert.deepEqual(JSON.parse(text), {
      ready: false,
      checks: { peers: { ok: false, count: 2 } },
    });
    health.ready = true;
    assert.deepEqual(await status('/readyz'), [200, 'ok\n']);
  });

  test('admin_status wants the token', async () => {
    const good = await admin(`Bearer ${TOKEN}`);
    assert.equal(good.body.result.ready, health.ready);
    assert.equal(good.body.result.pid, process.pid);
    for (const wrong of [
      undefined,
      '',
      'Bearer',
      `Basic ${TOKEN}`,
      'Bearer x',
      `Bearer ${TOKEN}x`,
    ]) {
      const { status: code, body } = await admin(wrong);
      assert.deepEqual([code, body.error.data.code], [401, 'UNAUTHORIZED'], wrong);
    }
    assert.equal((await admin('Bearer chief')).status, 200, 'a token of the role admin');
    assert.equal((await admin('Bearer reader')).status, 401, 'of another role');
    const unknown = await admin(`Bearer ${TOKEN}`, 'chain_status');
    assert.equal(unknown.body.error.code, -32601);
  });

  test('metrics count what was turned away', async () => {
    const [code, text] = await status('/metrics');
    assert.equal(code, 200);
    assert.match(text, /ztc_rpc_rejected_total\{reason="unauthorized"\} \d/);
    assert.equal((await status('/nothing'))[0], 404);
  });
});
