/** Held against what others wrote: a JSON-RPC client library, and the schema of OpenRPC. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as metaSchema from '@open-rpc/meta-schema';
import { Ajv } from 'ajv';
import { JSONRPCClient } from 'json-rpc-2.0';
import { type Rig, startRig } from './rig.ts';

const { openrpcDocument } = metaSchema as unknown as { openrpcDocument: object };

/** OpenRPC refers to JSON Schema, draft 7, by an address of its own; in Ajv it has another one. */
const schema = JSON.parse(
  JSON.stringify(openrpcDocument, (name, value) => {
    if (name === '$schema' && typeof value === 'string') return undefined;
    if (name !== '$ref' || !String(value).startsWith('https://meta.json-schema.tools'))
      return value;
    const draft = 'http://json-schema.org/draft-07/schema#';
    return String(value).endsWith('tools') ? draft : `${draft}/properties/$id`;
  }),
);

let rig: Rig;

before(async () => {
  rig = await startRig();
});
after(async () => await rig.stop());

/** As the library's documentation has it. */
function client(): JSONRPCClient {
  const own: JSONRPCClient = new JSONRPCClient(async (request) => {
    const response = await rig.post(JSON.stringify(request));
    if (response.status === 200) own.receive(await response.json());
    else if (request.id !== undefined) throw new Error(`HTTP ${response.status}`);
  });
  return own;
}

test('an independent client calls by name and position, notifies, and sends batches', async () => {
  const rpc = client();
  const byName = await rpc.request('chain_getHeader', { at: 0 });
  assert.deepEqual(await rpc.request('chain_getHeader', [0]), byName);
  rpc.notify('chain_status', {});
  const batch = await rpc.requestAdvanced([
    { jsonrpc: '2.0', id: 'a', method: 'node_info' },
    { jsonrpc: '2.0', id: 'b', method: 'no_such' },
  ]);
  assert.deepEqual(
    batch.map(({ id, error }) => [id, error?.code]),
    [
      ['a', undefined],
      ['b', -32601],
    ],
  );
});

test('it sees our errors as JSON-RPC errors, with their data', async () => {
  await assert.rejects(
    async () => await client().request('chain_getHeader', {}),
    (error: { code?: number; data?: { code?: string; field?: string } }) => {
      assert.deepEqual(
        [error.code, error.data?.code, error.data?.field],
        [-32602, 'INVALID_PARAMS', 'at'],
      );
      return true;
    },
  );
});

test('rpc.discover and /openrpc.json are valid under the official schema of OpenRPC', async () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  const discovered = await rig.call('rpc.discover', {});
  const served = await (await fetch(`${rig.url}/openrpc.json`)).json();
  assert.deepEqual(served, discovered);
  assert.ok(validate(discovered), JSON.stringify(validate.errors));
  assert.ok(!validate({ ...discovered, info: undefined }), 'the schema does say no');
});
