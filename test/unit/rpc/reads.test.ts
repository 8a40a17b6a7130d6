/** `GET /api/v1/METHOD`: what never changes may be kept for good; what may change is not. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { METHODS } from '../../../src/rpc/schema/index.ts';
import type { MethodSchema } from '../../../src/rpc/schema/method.ts';
import { assetNamed, put, statement } from '../state/fixture.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
let hash: string;

before(async () => {
  rig = await startRig();
  const made = await rig.put([statement('a'), put('acme/x', 'k', 'v')]);
  hash = `0x${Buffer.from(made.id).toString('hex')}`;
  await rig.seal();
});
after(async () => await rig.stop());

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${rig.url}/api/v1/${path}`, { headers });
}

test('they answer what the method does, with an ETag that spares the body', async () => {
  const digest = assetToText(assetNamed('a'));
  const calls: [string, string, object][] = [
    ['chain_getBlock', 'at=1&full=true', { at: 1, full: true }],
    ['chain_getHeader', 'at=0', { at: 0 }],
    ['chain_getCertificate', 'height=1', { height: 1 }],
    ['chain_genesis', '', {}],
    ['tx_get', `hash=${hash}`, { hash }],
    ['asset_authenticate', `digest=${digest}&height=1`, { digest, height: 1 }],
    ['record_get', 'namespace=acme/x&key=k&height=1', { namespace: 'acme/x', key: 'k', height: 1 }],
  ];
  for (const [method, query, params] of calls) {
    const answer = await get(`${method}?${query}`);
    assert.equal(answer.status, 200, method);
    assert.match(answer.headers.get('cache-control') ?? '', /^public, .*immutable$/, method);
    assert.deepEqual(await answer.json(), await rig.call(method as 'chain_getBlock', params));
    const etag = answer.headers.get('etag') ?? '';
    const again = await get(`${method}?${query}`, { 'if-none-match': etag });
    assert.deepEqual([again.status, await again.text()], [304, '']);
  }
});

test('what may change, or is not there yet, is kept by nobody', async () => {
  const head = rig.ledger.head.header.height;
  const digest = assetToText(assetNamed('a'));
  const cases: [string, number][] = [
    [`asset_authenticate?digest=${digest}`, 200],
    [`asset_authenticate?digest=${digest}&height=${head}`, 200],
    [`asset_authenticate?digest=${digest}&height=1&prove=true`, 200],
    [`chain_getHeader?at=${head + 1}`, 404],
    [`tx_get?hash=0x${'0'.repeat(64)}`, 404],
    ['chain_getHeader?at=x', 400],
    ['chain_getHeader?at=1&nope=1', 400],
    [`record_get?namespace=acme/x&key=k&height=${head + 9}`, 404],
  ];
  for (const [path, status] of cases) {
    const answer = await get(path);
    assert.deepEqual([answer.status, answer.headers.get('cache-control')], [status, 'no-store']);
    assert.equal(answer.headers.get('etag'), null, path);
  }
});

test('no other method is there', async () => {
  for (const [name, { immutable }] of Object.entries<MethodSchema>(METHODS)) {
    if (immutable === undefined) assert.equal((await get(name)).status, 404, name);
  }
});
