/** Every method over a real ledger, through HTTP: what it answers, and that the table says so. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { fromBase64url, toBase64url, toHex, utf8 } from '../../../src/common/bytes.ts';
import { fromJson } from '../../../src/common/codec/index.ts';
import { publicKeyToText, verify } from '../../../src/common/signature.ts';
import { authenticateFromProof, publisherFromProof } from '../../../src/ledger/authenticate.ts';
import { decodeBlock } from '../../../src/ledger/block.ts';
import { decodeEvidence } from '../../../src/ledger/evidence.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { chainOf, genesisSchema } from '../../../src/ledger/genesis.ts';
import { OPERATION, STATUS } from '../../../src/ledger/operations.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { provenStateSchema, verifyProvenState } from '../../../src/ledger/proven-state.ts';
import { makePublisherRequest } from '../../../src/ledger/requests.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import { signTransaction } from '../../../src/ledger/transaction.ts';
import { verdictOf } from '../../../src/ledger/verdict.ts';
import type { EvidenceReport } from '../../../src/rpc/context.ts';
import { METHODS, type Methods } from '../../../src/rpc/schema/index.ts';
import { hashText } from '../../../src/rpc/views.ts';
import { assetNamed, evidenceAgainst, keysOf, put, statement } from '../state/fixture.ts';
import { type Rig, startRig } from './rig.ts';

const ajv = new Ajv({ strict: true, allowUnionTypes: true });
const seen = new Set<string>();
let rig: Rig;
let accused: EvidenceReport[] = [];

/** Calls, and checks the answer against the table. */
async function call<M extends keyof Methods>(
  method: M,
  params: Methods[M]['params'] | readonly unknown[],
): Promise<Methods[M]['result']> {
  seen.add(method);
  const result = await rig.call(method, params);
  const valid = ajv.validate(METHODS[method].result, result);
  assert.ok(valid, `${method}: ${ajv.errorsText()} in ${JSON.stringify(result).slice(0, 500)}`);
  return result;
}

/** What a proof shows under the genesis. */
function viewOf(proof: unknown) {
  const proven = fromJson(provenStateSchema, proof as never);
  assert.ok(proven.ok);
  const view = verifyProvenState({
    trust: trustOf(rig.genesis.genesis),
    proven: proven.value,
    verify,
  });
  assert.ok(view.ok);
  return view.value;
}

const named = (name: string): string => assetToText(assetNamed(name));
const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`;

describe('methods', () => {
  before(async () => {
    rig = await startRig({ context: { evidence: () => accused } });
    await rig.put([statement('tool.zip'), put('acme/builds', 'tool', 'one')]);
    await rig.put([statement('tool.zip', STATUS.UNTRUSTED)], 'globex');
    await rig.put([put('acme/builds', 'tool', 'two'), put('acme/builds', 'other', '1')]);
    await rig.seal();
  });
  after(async () => {
    await rig.stop();
    // These have files of their own.
    const own = /^gov_|_proof$|_subscribe$|_unsubscribe$|^tx_submitMany$|^publisher_history$/;
    const here = Object.keys(METHODS).filter((method) => !own.test(method));
    const unseen = here.filter((method) => !seen.has(method));
    assert.deepEqual(unseen, [], 'methods without a test here');
  });

  test('member_uptime: who led, signed and missed, from headers and certificates', async () => {
    const { from, to, members, blocks, epochs } = await call('member_uptime', { blocks: 3 });
    const { height } = rig.ledger.head.header;
    assert.deepEqual([from, to, blocks.length], [height - 2, height, 3]);
    assert.deepEqual(epochs, [{ epoch: 1, validators: ['ada', 'bob', 'cyd', 'dan'] }]);
    assert.deepEqual(blocks[0]?.signers, ['ada', 'bob', 'cyd']);
    const [ada, , , dan] = members;
    assert.deepEqual([ada?.signed, dan?.signed, dan?.validatorBlocks], [3, 0, 3]);
    const led = members.reduce((sum, { proposed }) => sum + proposed, 0);
    assert.equal(led, 3);
    assert.ok(members.every(({ missed }) => missed === 0));
  });

  test('node_finality', async () => {
    const { samples } = await call('node_finality', {});
    assert.deepEqual(
      samples.map(({ height }) => height),
      [1, 2, 3, 4],
    );
    // The times of these blocks are to come: members' clocks may be ahead, nothing is final early.
    assert.ok(samples.every(({ finalMs }) => finalMs === 0));
  });

  test('search: exact meanings first, then parts of names', async () => {
    const find = async (query: string) =>
      (await call('search', { query })).items.map(({ kind, id }) => `${kind} ${id}`);
    assert.deepEqual((await find('1'))[0], 'block 1');
    assert.deepEqual(await find(named('tool.zip')), [`asset ${named('tool.zip')}`]);
    assert.deepEqual(await find('TOOL'), [`asset ${named('tool.zip')}`]);
    assert.equal((await find('acme'))[0], 'publisher acme');
    assert.equal((await find(publicKeyToText(keysOf('acme').publicKey)))[0], 'publisher acme');
    assert.deepEqual(await find('member d'), ['member dan']);
    const header = await call('chain_getHeader', { at: 2 });
    assert.deepEqual(await find(header?.hash ?? ''), ['block 2']);
    const block = await call('chain_getBlock', { at: 1 });
    const id = block?.transactions[0]?.hash ?? '';
    assert.deepEqual(await find(id), [`transaction ${id}`]);
    assert.deepEqual(await find('nothing of that name'), []);
    assert.equal((await call('search', { query: 'x' })).complete, true);
  });

  test('search finds who registered since the last search', async () => {
    const own = await startRig();
    const find = async () =>
      (await own.call('search', { query: 'works of' })).items.map(({ id }) => id);
    assert.deepEqual(await find(), []);
    for (const id of ['initech', 'umbrella']) {
      const publisher = { id, name: `Works of ${id}`, keys: [keysOf(id).publicKey] };
      const request = makePublisherRequest(0, publisher, [keysOf(id)]);
      const operation = { op: OPERATION.PUBLISHER_REGISTER, request } as const;
      const registration = own.sign([operation], {
        sender: 'member:ada',
        signers: [keysOf('member ada')],
      });
      own.pool.set(id, registration);
      await own.seal();
      assert.ok((await find()).includes(id));
    }
    assert.deepEqual(await find(), ['initech', 'umbrella']);
    await own.stop();
  });

  test('consensus_evidence', async () => {
    assert.deepEqual((await call('consensus_evidence', {})).items, []);
    const chain = chainOf(rig.genesis.genesis);
    accused = [
      evidenceAgainst(chain, 'bob', 3),
      evidenceAgainst(chain, 'cyd', 4),
      evidenceAgainst(chain, 'bob', 5),
    ];
    const all = await call('consensus_evidence', { order: 'asc' });
    assert.deepEqual(
      all.items.map(({ member, view }) => [member, view]),
      [
        ['bob', 3],
        ['cyd', 4],
        ['bob', 5],
      ],
    );
    const [first] = all.items;
    assert.equal(first?.kind, 'nullify-finalize');
    assert.deepEqual(
      first?.votes.map(({ kind }) => kind),
      ['nullify', 'finalize'],
    );
    const decoded = decodeEvidence(fromBase64url(first?.bytes ?? '') as Uint8Array);
    assert.deepEqual(decoded.ok && decoded.value, accused[0]?.evidence);
    const page = await call('consensus_evidence', { member: 'bob', limit: 1 });
    assert.deepEqual([page.items[0]?.view, page.items.length], [5, 1]);
    const next = { member: 'bob', limit: 1, cursor: page.nextCursor ?? '' };
    const last = await call('consensus_evidence', next);
    assert.deepEqual([last.items[0]?.view, last.nextCursor], [3, null]);
    const { data } = await rig.fail('consensus_evidence', { ...next, member: 'cyd' });
    assert.equal(data.code, 'CURSOR_MISMATCH');
  });

  test('quota_get: what a sender has, and used', async () => {
    const { ledger } = rig;
    const { header } = ledger.head;
    const quota = await call('quota_get', { sender: 'acme' });
    assert.deepEqual([quota.sender, quota.height], ['acme', header.height]);
    const { perSecond, burst, used } = quota.operations;
    assert.ok(burst > perSecond && used >= 0 && used <= burst);
    const unused = await call('quota_get', { sender: 'member:nobody' });
    assert.deepEqual([unused.operations.used, unused.bytes.used], [0, 0]);
    const { data } = await rig.fail('quota_get', { sender: 'no one' });
    assert.equal(data.code, 'INVALID_PARAMS');
  });

  test('chain_status', async () => {
    const status = await call('chain_status', {});
    assert.equal(status.chain, hex(chainOf(rig.genesis.genesis)));
    assert.equal(status.head.height, 4);
    assert.equal(status.head.closed, true);
    assert.deepEqual([status.members, status.validators, status.quorum], [4, 4, 3]);
    const next = await rig.seal();
    assert.equal(status.stateRoot, hex(next.header.stateRoot), 'what the next header carries');
  });

  test('chain_genesis gives back the signed genesis', async () => {
    const { genesis, signatures } = await call('chain_genesis', []);
    const read = fromJson(genesisSchema, genesis);
    assert.ok(read.ok);
    assert.deepEqual(chainOf(read.value), chainOf(rig.genesis.genesis));
    assert.equal(signatures.length, 4);
  });

  test('chain_getBlock, by height and by hash; a block that is not there is null', async () => {
    const block = await call('chain_getBlock', { at: 1, full: true });
    assert.equal(block?.transactions[0]?.operationCount, 2);
    const [word, record] = block?.transactions[0]?.operations ?? [];
    assert.ok(word?.op === 'statement');
    assert.deepEqual([word.status, word.asset], ['TRUSTED', named('tool.zip')]);
    const value = toBase64url(utf8('one'));
    const written = { namespace: 'acme/builds', key: 'tool', value, ifRevision: null };
    assert.deepEqual(record, { op: 'record.put', ...written });
    const same = await call('chain_getBlock', [block?.header.hash]);
    assert.deepEqual(same?.header, block?.header);
    assert.equal(same?.transactions[0]?.bytes, undefined);
    assert.equal(await call('chain_getBlock', { at: 99 }), null);
    assert.equal(await call('chain_getBlock', { at: `0x${'ab'.repeat(32)}` }), null);
    assert.equal((await call('chain_getHeader', { at: 1 }))?.hash, block?.header.hash);
  });

  test('chain_getHeaderProof and chain_getConsistency: what is final, and stays', async () => {
    const { height } = rig.ledger.head.header;
    const newest = await call('chain_getHeaderProof', { height });
    assert.deepEqual([newest?.height, newest?.proof.history], [height, null]);
    assert.notEqual((await call('chain_getHeaderProof', { height: 0 }))?.proof.history, null);
    const same = await call('chain_getConsistency', { from: height, to: height });
    assert.deepEqual(same, { from: height, to: height, path: [] });
  });

  test('chain_getHeaderAt: the last block that is not later than a time', async () => {
    const { header } = rig.ledger.head;
    const at = (ms: number) => call('chain_getHeaderAt', { time: new Date(ms).toISOString() });
    const newest = await at(header.time);
    assert.deepEqual([newest?.height, newest?.isNewest], [header.height, true]);
    const before = await at(header.time - 1);
    assert.ok(before !== null && before.height < header.height && !before.isNewest);
    assert.equal(await at((rig.ledger.header(0)?.time ?? 0) - 1), null);
    assert.equal((await rig.fail('chain_getHeaderAt', { time: 'noon' })).code, -32602);
  });

  test('chain_getCertificate names who signed', async () => {
    const finality = await call('chain_getCertificate', { height: 2 });
    assert.deepEqual(
      finality?.signatures.map(({ member }) => member),
      ['ada', 'bob', 'cyd'],
    );
    assert.equal(finality?.certifiedHeight, 2);
    assert.equal(await call('chain_getCertificate', { height: 99 }), null);
  });

  test('chain_validators, chain_parameters, chain_listBlocks', async () => {
    assert.equal((await call('chain_validators', {}))?.validators.length, 4);
    assert.deepEqual(await call('chain_links', { fromEpoch: 1 }), { links: [], next: null });
    assert.equal(await call('chain_validators', { height: 99 }), null);
    assert.equal((await call('chain_parameters', { height: 0 }))?.height, 0);
    const page = await call('chain_listBlocks', { limit: 2, order: 'asc' });
    assert.deepEqual(
      page.items.map(({ height }) => height),
      [0, 1],
    );
    const wrong = await rig.fail('chain_listBlocks', { cursor: page.nextCursor });
    assert.equal(wrong.data.code, 'CURSOR_MISMATCH');
  });

  test('chain_getRawBlocks gives the canonical bytes', async () => {
    const { blocks, next } = await call('chain_getRawBlocks', { from: 1, to: 3 });
    assert.equal(next, null);
    for (const { height, block } of blocks) {
      const decoded = decodeBlock(rig.ledger.chain, fromBase64url(block) as Uint8Array);
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.value.hash, rig.ledger.blockHashAt(height));
    }
    assert.equal(blocks.length, 3);
    assert.deepEqual((await call('chain_getRawBlocks', { from: 50, to: 60 })).blocks, []);
  });

  test('asset_authenticate: the verdict, and a proof that gives the same one', async () => {
    const answer = await call('asset_authenticate', { digest: named('tool.zip'), prove: true });
    assert.equal(answer.verdict.status, 'UNTRUSTED');
    assert.equal(answer.verdict.publisher, 'globex');
    assert.deepEqual(
      answer.statements.map(({ publisher, valid }) => [publisher, valid]),
      [
        ['acme', true],
        ['globex', true],
      ],
    );
    const proven = fromJson(provenStateSchema, answer.proof?.state);
    assert.ok(proven.ok, 'the proof reads');
    const trust = trustOf(rig.genesis.genesis);
    const view = verifyProvenState({ trust, proven: proven.value, verify });
    assert.ok(view.ok, JSON.stringify(view));
    assert.equal(view.value.height, answer.height);
    const items = (answer.proof?.items ?? []).map((item) => fromBase64url(item) as Uint8Array);
    const asset = assetNamed('tool.zip');
    const facts = authenticateFromProof({ view: view.value, asset, items });
    assert.ok(facts.ok, JSON.stringify(facts));
    const question = { ...facts.value, asked: undefined, pinned: [], anyPublisher: false };
    assert.equal(verdictOf(question).status, 'UNTRUSTED');
  });

  test('asset_authenticate: unknown is proven too; another publisher is a mismatch', async () => {
    const unknown = await call('asset_authenticate', { digest: named('never'), prove: true });
    assert.equal(unknown.verdict.status, 'UNKNOWN');
    const proven = fromJson(provenStateSchema, unknown.proof?.state);
    assert.ok(proven.ok);
    const trust = trustOf(rig.genesis.genesis);
    const view = verifyProvenState({ trust, proven: proven.value, verify });
    assert.ok(view.ok);
    assert.equal(view.value.get(stateKey.assetStatements(assetNamed('never'))), null);
    const bare = named('tool.zip').slice('sha256:'.length).toUpperCase();
    const mine = await call('asset_authenticate', { digest: bare, publisher: 'acme' });
    assert.equal(mine.verdict.status, 'TRUSTED');
    const other = await call('asset_authenticate', { digest: bare, publisher: 'nobody' });
    assert.equal(other.verdict.reason, 'PUBLISHER_MISMATCH');
  });

  test('asset_history and asset_list, newest first', async () => {
    const history = await call('asset_history', { digest: named('tool.zip'), limit: 1 });
    assert.equal(history.items[0]?.publisher, 'globex');
    const cursor = history.nextCursor as string;
    const older = await call('asset_history', { digest: named('tool.zip'), limit: 1, cursor });
    assert.equal(older.items[0]?.publisher, 'acme');
    assert.equal((await call('asset_list', { publisher: 'acme' })).items.length, 1);
    assert.deepEqual(
      (await call('asset_list', {})).items.map(({ publisher }) => publisher),
      ['globex', 'acme'],
    );
    assert.deepEqual((await call('asset_list', { publisher: 'nobody' })).items, []);
  });

  test('record_get, record_history, record_list', async () => {
    const where = { namespace: 'acme/builds', key: 'tool' };
    const record = await call('record_get', where);
    assert.deepEqual([record?.revision, record?.value], [2, toBase64url(utf8('two'))]);
    assert.equal(await call('record_get', { ...where, key: 'absent' }), null);
    const history = await call('record_history', { ...where, order: 'asc' });
    assert.deepEqual(
      history.items.map(({ revision }) => revision),
      [1, 2],
    );
    const { items } = await call('record_list', { namespace: 'acme/builds' });
    assert.deepEqual(
      items.map(({ key }) => key),
      ['tool', 'other'],
    );
  });

  test('publisher_get by id and by key, publisher_list, member_list', async () => {
    const acme = await call('publisher_get', { publisher: 'acme' });
    assert.equal(acme?.level, 4);
    const byKey = publicKeyToText(keysOf('acme').publicKey);
    assert.deepEqual(await call('publisher_get', { publisher: byKey }), acme);
    assert.equal(await call('publisher_get', ['nobody']), null);
    assert.equal((await call('publisher_list', { limit: 1 })).items[0]?.id, 'acme');
    const members = await call('member_list', {});
    assert.deepEqual(members.items.map(({ id, role }) => [id, role])[0], ['ada', 'validator']);
  });

  test('state_get, now and at an earlier height, present and absent', async () => {
    const key = stateKey.record('acme/builds', 'tool');
    const first = await call('state_get', { key, height: 1, prove: true });
    const now = await call('state_get', { key });
    assert.notEqual(first.value, now.value);
    const absent = await call('state_get', { key: 'nothing/here', height: 1, prove: true });
    assert.equal(absent.value, null);
    for (const { proof } of [first, absent]) {
      const proven = fromJson(provenStateSchema, proof);
      assert.ok(proven.ok);
      const trust = trustOf(rig.genesis.genesis);
      assert.ok(verifyProvenState({ trust, proven: proven.value, verify }).ok);
    }
    const future = await rig.fail('state_get', { key, height: 99 });
    assert.deepEqual([future.code, future.data.code], [-32001, 'HEIGHT_UNKNOWN']);
  });

  test('node_consensus says in words and numbers why the chain goes on', async () => {
    const { summary, findings, validators, votes } = await call('node_consensus', {});
    assert.match(summary, /all is final up to block 10/);
    assert.deepEqual(findings, [{ code: 'QUIET', severity: 'info', text: summary, remedy: null }]);
    assert.deepEqual(votes, []);
    assert.deepEqual(
      validators.map(({ member, heard }) => [member, heard]),
      [
        ['alpha', true],
        ['bravo', true],
        ['charlie', true],
        ['delta', true],
      ],
    );
  });

  test('state_getMany and state_list: entries and items of lists, at any height', async () => {
    const key = stateKey.recordRevisions('acme/builds', 'tool');
    const { values } = await call('state_getMany', { keys: [key, 'nothing/here'], height: 1 });
    assert.deepEqual([values.length, values[1]], [2, null]);
    const now = await call('state_list', { key });
    const then = await call('state_list', { key, height: 1, prove: true });
    assert.deepEqual([now.count, then.count, then.from], [2, 1, 0]);
    assert.deepEqual(now.items.slice(0, 1), then.items);
    assert.deepEqual(then.proof?.path, []);
  });

  test('node_attest signs what is final here, by the node key', async () => {
    const nonce = `0x${'07'.repeat(32)}`;
    const { hash, nodeKey, signature } = await call('node_attest', { nonce, height: 1 });
    assert.equal(hash, hashText(rig.ledger.blockHashAt(1) as Uint8Array));
    assert.equal(nodeKey, publicKeyToText(keysOf('node ada').publicKey));
    assert.equal(signature.length, 87);
    assert.equal(
      (await rig.fail('node_attest', { nonce, height: 999 })).data.code,
      'HEIGHT_UNKNOWN',
    );
  });

  test('node_info, node_peers, rpc.discover', async () => {
    assert.equal((await call('node_info', {})).consensus.leader, 'ada');
    assert.equal((await call('node_peers', {})).peers[0]?.member, null);
    assert.equal((await call('rpc.discover', {})).openrpc, '1.2.6');
  });

  test('tx_submit, tx_wait, tx_get: from pending to final, and again', async () => {
    const made = rig.make([statement('later.zip')]);
    const transaction = toBase64url(made.bytes);
    const id = hex(made.id);
    assert.deepEqual(await call('tx_wait', { hash: id }), { hash: id, status: 'unknown' });
    assert.deepEqual(await call('tx_submit', { tx: transaction }), { hash: id, status: 'pending' });
    assert.deepEqual(await call('tx_submit', { tx: transaction }), { hash: id, status: 'pending' });
    assert.equal((await call('tx_wait', { hash: id, timeoutMs: 0 })).status, 'pending');
    assert.equal(await call('tx_get', { hash: id }), null);
    const waiting = call('tx_wait', { hash: id });
    const block = await rig.seal();
    const { height } = block.header;
    assert.equal((await waiting).status, 'final');
    assert.equal((await waiting).height, height);
    assert.deepEqual(await call('tx_submit', { tx: transaction }), {
      hash: id,
      status: 'final',
      height,
    });
    assert.equal((await call('tx_get', { hash: id }))?.bytes, transaction);
  });

  test('a transaction that is included but not applied is rejected with its code', async () => {
    await rig.put([put('acme/once', 'key', 'v', 0)]);
    const again = await rig.put([put('acme/once', 'key', 'v', 0)]);
    const waited = await call('tx_wait', { hash: hex(again.id) });
    assert.equal(waited.status, 'rejected');
    assert.ok(waited.code);
    assert.equal((await call('tx_get', { hash: hex(again.id) }))?.result.code, waited.code);
  });

  test('what the door refuses is TX_REJECTED with the reason', async () => {
    const good = rig.make([statement('x')]);
    const forged = signTransaction({ ...good.transaction, sender: 'globex' }, [keysOf('acme')]);
    const cases: [Uint8Array, RegExp][] = [
      [good.bytes.subarray(0, -1), /^CODEC_/],
      [new Uint8Array(0), /^CODEC_/],
      [forged.bytes, /^(UNAUTHORISED|UNKNOWN)/],
    ];
    for (const [bytes, expected] of cases) {
      const { code, data } = await rig.fail('tx_submit', { tx: toBase64url(bytes) });
      assert.equal(code, -32003);
      assert.match(data.code, expected);
    }
    const text = await rig.fail('tx_submit', { tx: 'not base64!' });
    assert.deepEqual([text.data.code, text.data.field], ['INVALID_PARAMS', 'tx']);
  });

  test('an expired transaction that was submitted here is told from an unknown one', async () => {
    const made = rig.make([statement('too-late.zip')]);
    const id = hex(made.id);
    await call('tx_submit', { tx: toBase64url(made.bytes) });
    rig.pool.clear();
    assert.equal((await call('tx_wait', { hash: id })).status, 'unknown');
    await rig.seal(made.transaction.validUntil + 1);
    assert.equal((await call('tx_wait', { hash: id })).status, 'expired');
  });

  test('minHeight waits for the block; with a proof for the one above it', async () => {
    const head = rig.ledger.head.header.height;
    const plain = call('publisher_get', { publisher: 'acme', minHeight: head + 1 });
    const proof = { digest: named('tool.zip'), minHeight: head + 1, prove: true };
    const proven = call('asset_authenticate', proof);
    const settled: string[] = [];
    void plain.then(() => settled.push('plain'));
    void proven.then(() => settled.push('proven'));
    assert.deepEqual(settled, []);
    await rig.seal();
    await plain;
    assert.deepEqual(settled, ['plain']);
    await rig.seal();
    assert.equal((await proven).height, head + 1);
  });

  test('publisher_prove', async () => {
    const view = viewOf((await call('publisher_prove', { publisher: 'acme' })).proof);
    const read = publisherFromProof(view, 'acme');
    assert.ok(read.ok && read.value?.level === 4);
  });
});
