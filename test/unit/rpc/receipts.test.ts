/** Receipts from the node in one answer: they hold where nothing but the genesis is known. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { verify } from '../../../src/common/signature.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { STATUS } from '../../../src/ledger/operations.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { checkReceipt, readReceipt } from '../../../src/ledger/receipt.ts';
import { assetNamed, put, statement } from '../state/fixture.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;

before(async () => {
  rig = await startRig();
  await rig.put([statement('tool'), put('acme/builds', 'k', 'one')]);
  await rig.put([statement('tool', STATUS.UNTRUSTED)], 'globex');
  await rig.put([put('acme/builds', 'k', 'two')]);
  await rig.seal();
});
after(async () => await rig.stop());

function checked(document: object) {
  const receipt = readReceipt(JSON.stringify(document));
  assert.ok(receipt.ok, JSON.stringify(receipt));
  const trust = trustOf(rig.genesis.genesis);
  const result = checkReceipt({ trust, receipt: receipt.value, verify });
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

test('asset_proof: all statements with their transactions, or that there are none', async () => {
  const digest = assetToText(assetNamed('tool'));
  const whole = checked(await rig.call('asset_proof', { digest }));
  assert.ok(whole.kind === 'asset' && whole.answer.statements.length === 2);
  assert.equal(whole.transactions.length, 2);
  const nothing = checked(
    await rig.call('asset_proof', { digest: assetToText(assetNamed('else')) }),
  );
  assert.ok(nothing.kind === 'asset' && nothing.answer.statements.length === 0);
});

test('record_proof: the current revision, or that there is none', async () => {
  const which = { namespace: 'acme/builds', key: 'k' };
  const current = checked(await rig.call('record_proof', which));
  assert.ok(current.kind === 'record' && current.answer?.revision === 2);
  const none = checked(await rig.call('record_proof', { ...which, key: 'none' }));
  assert.ok(none.kind === 'record' && none.answer === null);
});

test('publisher_history: both ways, page by page, and as of a height', async () => {
  const assets = ['a', 'b', 'c'];
  await rig.put(assets.map((name) => statement(name)));
  const ask = (more: object) => rig.call('publisher_history', { publisher: 'acme', ...more });
  const names = ({ items }: Awaited<ReturnType<typeof ask>>) => items.map(({ asset }) => asset);
  const expected = ['tool', ...assets].map((name) => assetToText(assetNamed(name)));
  assert.deepEqual(names(await ask({ order: 'asc' })), expected);
  const first = await ask({ limit: 3 });
  assert.deepEqual(names(first), expected.toReversed().slice(0, 3));
  const second = await ask({ limit: 3, cursor: first.nextCursor });
  assert.deepEqual(names(second), [expected[0]]);
  const back = await ask({ limit: 3, cursor: second.prevCursor });
  assert.deepEqual(names(back), names(first));
  assert.deepEqual(names(await ask({ height: 1 })), [expected[0]]);
  assert.deepEqual(names(await rig.call('publisher_history', { publisher: 'nobody' })), []);
});

test('tx_submitMany: each its own answer, in order; again is no error', async () => {
  const [good, other] = [rig.make([statement('x')]), rig.make([statement('y')])];
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const forged = good.bytes.slice();
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  const txs = [text(good.bytes), 'AAAA', text(forged), text(other.bytes), text(good.bytes)];
  const { items } = await rig.call('tx_submitMany', { txs });
  assert.deepEqual(
    items.map(({ status, code }) => [status, code]),
    [
      ['pending', undefined],
      ['refused', 'CODEC_SCHEMA'],
      ['refused', 'BAD_SIGNATURE'],
      ['pending', undefined],
      ['pending', undefined],
    ],
  );
  assert.equal(items[0]?.hash, items[4]?.hash);
  const { height } = (await rig.seal()).header;
  const again = await rig.call('tx_submitMany', { txs: txs.slice(0, 1) });
  assert.deepEqual(again.items, [{ hash: items[0]?.hash, status: 'final', height }]);
});
