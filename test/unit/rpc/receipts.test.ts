/** Receipts from the node in one answer: they hold where nothing but the genesis is known. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  authenticate,
  createClient,
  http,
  receiptOf,
  trustGenesis,
  verifyReceipt,
} from '../../../src/client/sdk.ts';
import { toHex } from '../../../src/common/bytes.ts';
import { verify } from '../../../src/common/signature.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { ACTION } from '../../../src/ledger/governance.ts';
import { STATUS } from '../../../src/ledger/operations.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { checkReceipt, readReceipt } from '../../../src/ledger/receipt.ts';
import { verdictOf } from '../../../src/ledger/verdict.ts';
import { assetNamed, keysOf, put, statement } from '../state/fixture.ts';
import { decided } from '../state/members.ts';
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

const wordOf = async (digest: string, publisher: string) => {
  const document = await rig.call('asset_proof', { digest, publisher });
  const proven = checked(document);
  assert.ok(proven.kind === 'asset');
  assert.equal(proven.publisher, publisher);
  return { ...proven, size: JSON.stringify(document).length };
};

test('asset_proof of a publisher: its word alone, or that it said nothing', async () => {
  const digest = assetToText(assetNamed('tool'));
  const { answer, transactions } = await wordOf(digest, 'acme');
  assert.deepEqual(
    answer.statements.map(({ publisher }) => publisher),
    ['acme'],
  );
  assert.equal(transactions.length, 1);
  const silent = (await wordOf(digest, 'nobody')).answer;
  assert.deepEqual([silent.statements, silent.othersSaid], [[], true]);
  const unknown = (await wordOf(assetToText(assetNamed('else')), 'acme')).answer;
  assert.deepEqual([unknown.statements, unknown.othersSaid], [[], false]);
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

test("2,500 statements by a stranger don't lengthen a publisher's receipt", async () => {
  const digest = assetToText(assetNamed('popular'));
  await rig.put([statement('popular')], 'globex');
  await rig.put([statement('popular')]);
  await rig.seal();
  const { size } = await wordOf(digest, 'globex');
  const many = Array.from({ length: 250 }, () => statement('popular'));
  for (let at = 0; at < 2_500; at += many.length) await rig.put(many);
  await rig.seal();
  const whole = await rig.fail('asset_proof', { digest });
  assert.equal(whole.data.code, 'TOO_MANY_STATEMENTS');
  const flooded = await wordOf(digest, 'globex');
  assert.equal(flooded.answer.statements.length, 1);
  // Later headers have larger numbers, and its transaction is proven in a longer history.
  assert.ok(flooded.size - size < 1_024, `${size} bytes became ${flooded.size}`);
  const verdict = await rig.call('asset_authenticate', { digest, publisher: 'globex' });
  assert.deepEqual([verdict.verdict.status, verdict.statements.length], ['TRUSTED', 1]);
});

/** Members vote that what a publisher's key signed from then on is bad. */
async function declareStolen(publisher: string, since: number): Promise<void> {
  const key = keysOf(publisher).publicKey;
  const stolen = { action: ACTION.KEY_COMPROMISED, publisher, key, since } as const;
  for (const each of decided({ ledger: rig.ledger, make: rig.sign }, [stolen])) {
    rig.pool.set(toHex(each.id), each);
    await rig.seal();
  }
  await rig.seal();
}

test('those pinned are heard on a flooded digest, and only where one of them spoke', async () => {
  const trust = trustGenesis(formatGenesisFile(rig.genesis));
  const client = createClient({ transport: http(rig.url), trust });
  const digest = assetToText(assetNamed('popular'));
  const ask = (...pinned: readonly string[]) => authenticate(client, digest, { pinned });
  const two = await ask('nobody', 'globex');
  assert.deepEqual([two.status, two.reason, two.statements.length], ['TRUSTED', null, 1]);
  await assert.rejects(ask('nobody'), { code: 'TOO_MANY_STATEMENTS' });
  await assert.rejects(receiptOf(client, digest), { code: 'TOO_MANY_STATEMENTS' });
});

test('where its key was stolen, the last statement that counts stands in it', async () => {
  const digest = assetToText(assetNamed('taken'));
  await rig.put([statement('before'), statement('taken')], 'globex');
  for (let at = 0; at < 9; at++) await rig.put([statement('taken')], 'acme');
  await rig.put([statement('between'), statement('taken', STATUS.UNTRUSTED)], 'globex');
  const since = rig.ledger.head.header.time;
  await rig.put([statement('after')], 'globex');
  await declareStolen('globex', since);
  const { answer, transactions } = await wordOf(digest, 'globex');
  const question = { ...answer, asked: 'globex', pinned: [], anyPublisher: false };
  assert.deepEqual(
    answer.statements.map(({ statement: { status } }) => status),
    [STATUS.TRUSTED, STATUS.UNTRUSTED],
  );
  assert.equal(verdictOf(question).status, 'TRUSTED');
  assert.equal(transactions[0]?.received.transaction.operations.length, 2);
  const asked = { digest, publisher: 'globex', prove: true };
  const { verdict, proof } = await rig.call('asset_authenticate', asked);
  assert.equal(verdict.status, 'TRUSTED');
  assert.equal(proof?.acts?.items.length, 3);
  // Of what it only ever said with the stolen key, nothing counts.
  const bad = (await wordOf(assetToText(assetNamed('between')), 'globex')).answer;
  assert.equal(verdictOf({ ...question, ...bad }).reason, 'KEY_COMPROMISED');
});

test('where it stated more since then than one holds, what all said answers', async () => {
  await rig.put([statement('never')]);
  await declareStolen('acme', rig.ledger.head.header.time);
  const digest = assetToText(assetNamed('never'));
  const refused = await rig.fail('asset_proof', { digest, publisher: 'acme' });
  assert.equal(refused.data.code, 'TOO_MANY_STATEMENTS');
  const trust = trustGenesis(formatGenesisFile(rig.genesis));
  const client = createClient({ transport: http(rig.url), trust });
  const asked = { publisher: 'acme' };
  const { status, reason } = await authenticate(client, digest, asked);
  assert.deepEqual([status, reason], ['UNTRUSTED', 'KEY_COMPROMISED']);
  const kept = verifyReceipt(await receiptOf(client, digest, asked), trust, asked);
  assert.ok(kept.kind === 'asset' && kept.reason === 'KEY_COMPROMISED');
});
