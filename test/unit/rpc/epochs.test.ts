/** What the RPC and the feed say about members and epochs that have changed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { createClient } from '../../../src/client/client.ts';
import { KnownValidators } from '../../../src/client/known-validators.ts';
import { httpTransport } from '../../../src/client/transport.ts';
import { fromHex, toHex } from '../../../src/common/bytes.ts';
import { fromJson } from '../../../src/common/codec/index.ts';
import { publicKeyToText, verify } from '../../../src/common/signature.ts';
import type { Header } from '../../../src/ledger/block.ts';
import { finalHeaderSchema, trustOf, verifyFinalHeader } from '../../../src/ledger/finality.ts';
import { verifyConsistency } from '../../../src/ledger/merkle/rfc6962.ts';
import { provenStateSchema, verifyProvenState } from '../../../src/ledger/proven-state.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import {
  followLinks,
  LINKS_MAX,
  validatorLinkSchema,
} from '../../../src/ledger/validator-links.ts';
import { FeedSource } from '../../../src/rpc/feed/source.ts';
import { METHODS } from '../../../src/rpc/schema/index.ts';
import * as queries from '../../../src/state/queries.ts';
import { keysOf, MEMBER_IDS, memberNamed, OBSERVER, statement } from '../state/fixture.ts';
import { approved, putMember, ready, removeMember } from '../state/members.ts';
import { type Rig, startRig } from './rig.ts';

const rotated = memberNamed('ada', { validatorKey: keysOf('validator ada new').publicKey });
const WITH_EVE = [...MEMBER_IDS, 'eve'];
let rig: Rig;

/** One block of these. */
async function block(...transactions: readonly ReceivedTransaction[]): Promise<void> {
  for (const made of transactions) rig.pool.set(toHex(made.id), made);
  await rig.seal();
}

describe('members and epochs over RPC', () => {
  before(async () => {
    rig = await startRig();
    const b = { make: rig.sign };
    await block(rig.make([statement('a')])); // 1
    await block(...approved(b, [putMember(memberNamed('eve')), putMember(rotated)])); // 2
    await block(ready(b, 'eve')); // 3
    await block(); // 4: eve votes from here on
    await block(...approved(b, [removeMember('dan')], WITH_EVE)); // 5
    await block(); // 6: dan doesn't
    await block(ready(b, 'ada', 'validator ada new')); // 7
    await block(); // 8: ada with her new key
  });
  after(() => rig.stop());

  test('chain_status counts active members, and an epoch’s last block does not close', async () => {
    const status = await rig.call('chain_status', {});
    assert.deepEqual([status.members, status.validators, status.quorum], [4, 4, 3]);
    assert.deepEqual([status.head.height, status.head.closed], [8, false]);
    await block();
    assert.equal((await rig.call('chain_status', {})).head.closed, true);
  });

  test('member_list has those that are gone, too', async () => {
    const { items } = await rig.call('member_list', {});
    assert.deepEqual(
      items.map(({ id, active, since }) => [id, active, since]),
      [
        ['ada', true, 0],
        ['bob', true, 0],
        ['cyd', true, 0],
        ['dan', false, 0],
        ['eve', true, 2],
      ],
    );
    assert.equal(items[0]?.validatorKey, publicKeyToText(rotated.validatorKey as Uint8Array));
  });

  test('chain_validators, at each height', async () => {
    const at = async (height: number) => {
      const found = await rig.call('chain_validators', { height });
      return [
        found?.epoch,
        found?.firstHeight,
        found?.validators.map(({ member }) => member).join(' '),
      ];
    };
    assert.deepEqual(await at(3), [1, 0, 'ada bob cyd dan']);
    assert.deepEqual(await at(4), [2, 5, 'ada bob cyd dan eve']);
    assert.deepEqual(await at(5), [2, 5, 'ada bob cyd dan eve']);
    assert.deepEqual(await at(6), [3, 7, 'ada bob cyd eve']);
  });

  test('chain_getCertificate names who signed an epoch’s last block', async () => {
    const last = await rig.call('chain_getCertificate', { height: 6 });
    assert.deepEqual([last?.epoch, last?.validators, last?.quorum], [2, 5, 4]);
    assert.deepEqual(
      last?.signatures.map(({ member }) => member),
      ['ada', 'bob', 'cyd', 'dan'],
    );
    assert.equal(last?.certifiedHeight, 6);
  });

  test('chain_links prove every set from the genesis on', async () => {
    const trust = trustOf(rig.genesis.genesis);
    const answer = await rig.call('chain_links', { fromEpoch: 1 });
    assert.ok(new Ajv().validate(METHODS.chain_links.result, answer));
    assert.equal(answer.next, null);
    const links = answer.links.map((document) => {
      const link = fromJson(validatorLinkSchema, document);
      assert.ok(link.ok);
      return link.value;
    });
    const known = followLinks({ trust, links, verify });
    assert.ok(known.ok);
    assert.deepEqual(
      known.value.map(({ epoch, validators }) => [epoch, validators.length]),
      [
        [2, 5],
        [3, 4],
        [4, 4],
      ],
    );
    assert.deepEqual(known.value.at(-1)?.validators, rig.ledger.epoch.validators);
    assert.equal((await rig.call('chain_links', { fromEpoch: 3 })).links.length, 1);
    assert.deepEqual(await rig.call('chain_links', { fromEpoch: 4 }), { links: [], next: null });
    assert.equal((await rig.fail('chain_links', { fromEpoch: 0 })).code, -32602);
  });

  test('old blocks and states are proven by the newest validators alone', async () => {
    const { validators, number: epoch } = rig.ledger.epoch;
    const trust = { chain: rig.ledger.chain, epoch, validators };
    for (const height of [0, 1, 3, 6, 8]) {
      const { proof } = (await rig.call('chain_getHeaderProof', { height })) ?? {};
      const read = fromJson(finalHeaderSchema, proof);
      assert.ok(read.ok);
      const final = verifyFinalHeader({ trust, proof: read.value, verify });
      assert.ok(final.ok, `block ${height}`);
      assert.deepEqual(final.value.header, rig.ledger.header(height));
      assert.equal(final.value.head.height, rig.ledger.head.header.height);
    }
    const { proof } = await rig.call('state_get', { key: 'chain/epoch', height: 2, prove: true });
    const proven = fromJson(provenStateSchema, proof);
    assert.ok(proven.ok);
    const view = verifyProvenState({ trust, proven: proven.value, verify });
    assert.deepEqual(view.ok && [view.value.height, view.value.head.height], [2, 9]);
    assert.equal(await rig.call('chain_getHeaderProof', { height: 99 }), null);
  });

  test('the history that a header names is the beginning of every later one’s', async () => {
    const [older, newer] = [3, 8].map((height) => rig.ledger.header(height) as Header);
    const given = await rig.call('chain_getConsistency', { from: 3, to: 8 });
    const path = (given?.path ?? []).map((step) => fromHex(step.slice(2)) as Uint8Array);
    const roots = [older?.historyRoot, newer?.historyRoot] as [Uint8Array, Uint8Array];
    assert.ok(verifyConsistency(3, roots[0], 8, roots[1], path));
    assert.ok(!verifyConsistency(4, roots[0], 8, roots[1], path));
    assert.equal(await rig.call('chain_getConsistency', { from: 3, to: 99 }), null);
    assert.equal((await rig.fail('chain_getConsistency', { from: 4, to: 3 })).code, -32602);
  });

  test('chain_links come in pages, which a client follows to the end', async () => {
    const long = await startRig();
    const b = { make: long.sign };
    const grow = async (...transactions: readonly ReceivedTransaction[]): Promise<void> => {
      for (const made of transactions) long.pool.set(toHex(made.id), made);
      await long.seal();
    };
    try {
      while (long.ledger.epoch.number <= LINKS_MAX + 3) {
        await grow(...approved(b, [putMember(memberNamed('dan', OBSERVER))]));
        await grow();
        await grow(...approved(b, [putMember(memberNamed('dan'))]));
        await grow(ready(b, 'dan'));
        await grow();
      }
      // So that the last set is none of the first ones again, which would need no link.
      await grow(...approved(b, [removeMember('dan')]));
      await grow();
      await grow(...approved(b, [putMember(rotated)], MEMBER_IDS.slice(0, 3)));
      await grow(ready(b, 'ada', 'validator ada new'));
      await grow();
      await grow();
      const page = await long.call('chain_links', { fromEpoch: 1 });
      assert.deepEqual([page.links.length, page.next], [LINKS_MAX, LINKS_MAX + 1]);
      const validators = new KnownValidators(trustOf(long.genesis.genesis));
      const client = createClient({ transport: httpTransport({ urls: [long.url] }) });
      const header = long.ledger.headerBytes(long.ledger.head.header.height) as Uint8Array;
      const { named, trust } = await validators.of(client, header);
      assert.equal(named, true);
      assert.deepEqual(trust.validators, long.ledger.epoch.validators);
      assert.equal(validators.newest.epoch, long.ledger.epoch.number);
    } finally {
      await long.stop();
    }
  });

  test('operations in blocks, and what the feed says of them', async () => {
    const shown = await rig.call('chain_getBlock', { at: 2, full: true });
    const [made] = shown?.transactions[0]?.operations ?? [];
    assert.ok(made?.op === 'gov.propose');
    const [put] = made.actions;
    assert.ok(put?.action === 'member.put');
    assert.deepEqual([put.id, put.role, put.announce], ['eve', 'validator', []]);
    const { hash: transaction } = shown?.transactions[0] ?? {};
    assert.deepEqual(shown?.transactions[2]?.operations, [
      { op: 'gov.vote', proposal: 1, transaction, approve: true },
    ]);
    const removed = await rig.call('chain_getBlock', { at: 5, full: true });
    assert.deepEqual(removed?.transactions[0]?.operations, [
      { op: 'gov.propose', actions: [{ action: 'member.remove', id: 'dan' }], reason: '' },
    ]);
    const said = await rig.call('chain_getBlock', { at: 3, full: true });
    assert.deepEqual(said?.transactions[0]?.operations, [{ op: 'validator.ready' }]);
    const ajv = new Ajv({ strict: true, allowUnionTypes: true });
    for (const answer of [shown, removed, said]) {
      assert.ok(ajv.validate(METHODS.chain_getBlock.result, answer), ajv.errorsText());
    }
    const source = new FeedSource(rig.ledger, queries);
    const all = [2, 3, 5].flatMap((height) => source.items(height).map(({ event }) => event));
    const events = all.filter(({ topic }) => topic === 'member');
    const governed = all.flatMap(({ topic, data }) => (topic === 'governance' ? [data] : []));
    assert.deepEqual(
      (governed as { [name: string]: unknown }[]).map(({ op, proposal, height, sender }) =>
        [height, op, proposal, sender].join(' '),
      ),
      [
        '2 gov.propose 1 member:ada',
        '2 gov.vote 1 member:bob',
        '2 gov.vote 1 member:cyd',
        '2 gov.executed 1 ',
        '5 gov.propose 2 member:ada',
        '5 gov.vote 2 member:bob',
        '5 gov.vote 2 member:cyd',
        '5 gov.vote 2 member:eve',
        '5 gov.executed 2 ',
      ],
    );
    const about = events.map(({ data }) => {
      const { id, active, ready: isReady, height } = data as { [name: string]: unknown };
      return [height, id, active ?? isReady];
    });
    assert.deepEqual(about, [
      [2, 'eve', true],
      [2, 'ada', true],
      [3, 'eve', true],
      [5, 'dan', false],
    ]);
  });

  test('an observer’s entry, and who is active, as state', async () => {
    const b = { make: rig.sign };
    const members = ['ada', 'bob', 'cyd', 'eve'];
    await block(...approved(b, [putMember(memberNamed('eve', OBSERVER))], members));
    const { value } = await rig.call('state_get', { key: stateKey.activeMembers });
    assert.ok(value !== null);
    const { items } = await rig.call('member_list', {});
    assert.deepEqual([items[4]?.role, items[4]?.validatorKey], ['observer', null]);
    await block();
    assert.equal((await rig.call('chain_status', {})).validators, 3);
  });
});
