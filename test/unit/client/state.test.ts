/** Lists and entries of the state, proven: every run, at every height, now and later. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resolvedHeight } from '../../../src/client/at.ts';
import type { ProofContext } from '../../../src/client/proof.ts';
import { createClient, http, type LedgerClient, trustGenesis } from '../../../src/client/sdk.ts';
import { askList, askValues, askWholeList } from '../../../src/client/state.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import { type Rig, startRig } from '../rpc/rig.ts';
import { put, statement } from '../state/fixture.ts';

let rig: Rig;
let client: LedgerClient;
const key = stateKey.publisherActs('acme');
/** How many acts there are after each block. */
const counts = [0, 1, 15, 16, 17, 17, 70, 131];

const at = (height: number): ProofContext => ({ ...client.context(), at: resolvedHeight(height) });

before(async () => {
  rig = await startRig({ genesisTime: Date.now() - 5_000 });
  for (const [i, count] of counts.entries()) {
    if (i === 0) continue;
    const before = counts[i - 1] as number;
    const made = Array.from({ length: count - before }, (_, n) => statement(`${before + n}`));
    if (made.length === 0) await rig.seal();
    else await rig.put(made);
  }
  await rig.seal(Date.now());
  const trust = trustGenesis(formatGenesisFile(rig.genesis));
  client = createClient({ transport: http(rig.url), trust });
});
after(() => rig.stop());

test('a run of a list is proven at every height, however long the list grew since', async () => {
  const all = await askWholeList(client.caller, key, at(counts.length - 1));
  assert.equal(all.length, 131);
  for (const [height, count] of counts.entries()) {
    for (const [from, limit] of [
      [0, 1],
      [0, 100],
      [count - 1, 1],
      [count - 16, 16],
      [14, 3],
      [31, 40],
      [count, 5],
    ] as const) {
      if (from < 0) continue;
      const asked = { key, from, limit };
      const { items, count: counted } = await askList(client.caller, asked, at(height));
      assert.equal(counted, count);
      assert.deepEqual(items, all.slice(from, Math.min(count, from + limit)));
    }
    const latest = await askList(client.caller, { key, limit: 5 }, at(height));
    assert.deepEqual(latest.items, all.slice(Math.max(0, count - 5), count));
    assert.ok(latest.path.length <= 8, `${latest.path.length} hashes`);
  }
});

test('an empty list, and one that is none', async () => {
  const none = { key: stateKey.publisherActs('globex'), limit: 10 };
  assert.deepEqual((await askList(client.caller, none, at(2))).count, 0);
  const wrong = askList(client.caller, { key: stateKey.epoch, limit: 1 }, at(2));
  await assert.rejects(wrong, { code: 'NOT_A_LIST' });
});

test('many entries, large ones too, as of one height', async () => {
  const value = 'x'.repeat(40_000);
  for (let i = 0; i < 130; i += 10) {
    await rig.put(Array.from({ length: 10 }, (_, n) => put('acme/x', `k${i + n}`, value)));
  }
  await rig.seal(Date.now());
  const height = rig.ledger.head.header.height - 1;
  const keys = Array.from({ length: 131 }, (_, i) => stateKey.record('acme/x', `k${i}`));
  const values = await askValues(client.caller, keys, at(height));
  assert.deepEqual(
    values.map((each) => each !== null),
    keys.map((_, i) => i < 130),
  );
  assert.deepEqual(await askValues(client.caller, keys.slice(0, 2), at(counts.length - 1)), [
    null,
    null,
  ]);
});

test('heights that are not there, and questions that are none', async () => {
  const above = await rig.fail('state_list', { key, height: 10_000 });
  assert.equal(above.data.code, 'HEIGHT_UNKNOWN');
  for (const params of [{ key, limit: 0 }, { key, limit: 101 }, { key, from: -1 }, {}]) {
    assert.equal((await rig.fail('state_list', params)).code, -32602);
  }
  for (const keys of [[], ['a', 'a'], Array.from({ length: 101 }, (_, i) => `${i}`)]) {
    assert.equal((await rig.fail('state_getMany', { keys })).code, -32602);
  }
});
