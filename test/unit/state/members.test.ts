/** Operations that change the membership: what they do at once, and why they are rejected. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { toHex } from '../../../src/common/bytes.ts';
import type { Member } from '../../../src/ledger/genesis.ts';
import { MEMBERS_MAX } from '../../../src/ledger/genesis.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import * as queries from '../../../src/state/queries.ts';
import {
  type Bench,
  bench,
  keysOf,
  MEMBER_IDS,
  memberNamed,
  OBSERVER,
  statement,
} from './fixture.ts';
import { approved, codes, putMember, ready, removeMember } from './members.ts';

const eve = memberNamed('eve');
const keyed = (name: string): Uint8Array => keysOf(name).publicKey;
const ada = (changes: Partial<Member>): Member => memberNamed('ada', changes);
const WITH_EVE = [...MEMBER_IDS, 'eve'];

suite('a change of the membership', () => {
  test('admits a member: its keys are its own, and it approves from then on', async () => {
    const b = await bench();
    assert.deepEqual(await codes(b, approved(b, [putMember(memberNamed('eve', OBSERVER))])), ['']);
    const state = b.ledger.state();
    assert.deepEqual(queries.member(state, 'eve'), {
      member: memberNamed('eve', OBSERVER),
      active: true,
      since: 1,
    });
    assert.deepEqual(queries.activeMembers(state), WITH_EVE);
    assert.deepEqual(queries.members(state).at(-1)?.member.id, 'eve');
    assert.equal(queries.keyOwner(state, eve.memberKey).member, 'eve');
    assert.equal(queries.keyOwner(state, eve.nodeKey).member, 'eve');
    const rename = putMember(ada({ name: 'Ada & Co' }));
    assert.deepEqual(await codes(b, approved(b, [rename])), ['APPROVALS_MISSING']);
    assert.deepEqual(await codes(b, approved(b, [rename], WITH_EVE, 'eve')), ['']);
  });

  test('replaces node key, addresses, name and member key at once', async () => {
    const b = await bench();
    const changed = ada({
      name: 'Ada & Co',
      nodeKey: keyed('another node'),
      memberKey: keyed('member new'),
      announce: ['/dns4/ada.example/tcp/7420'],
    });
    assert.deepEqual(await codes(b, approved(b, [putMember(changed)])), ['']);
    const state = b.ledger.state();
    assert.deepEqual(queries.member(state, 'ada'), { member: changed, active: true, since: 0 });
    assert.equal(queries.keyOwner(state, keyed('node ada')).member, 'ada');
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
    const old = approved(b, [putMember(changed)]);
    const judged = b.ledger.admissible(old);
    assert.ok(!judged.ok && judged.code === 'UNAUTHORISED_KEY');
    const now = approved(b, [putMember(changed)], ['new', 'bob', 'cyd', 'dan']);
    assert.ok(b.ledger.admissible(now).ok);
  });

  test('several in one transaction are approved by those who were there before it', async () => {
    const b = await bench();
    const both = [putMember(eve), removeMember('dan'), putMember(ada({ memberKey: keyed('new') }))];
    assert.deepEqual(await codes(b, approved(b, both)), ['']);
    assert.deepEqual(queries.activeMembers(b.ledger.state()), ['ada', 'bob', 'cyd', 'eve']);
  });

  test('removes a member, whose vouches count no more and whose id and keys are gone', async () => {
    const b = await bench();
    const level = () =>
      queries.levelOf(b.ledger.state(), queries.publishers(b.ledger.state(), 0, 1)[0] as never);
    assert.equal(level(), 4);
    assert.deepEqual(await codes(b, approved(b, [removeMember('dan')])), ['']);
    assert.equal(level(), 3);
    assert.equal(queries.member(b.ledger.state(), 'dan')?.active, false);
    await b.grow();
    const left = ['ada', 'bob', 'cyd'];
    assert.deepEqual(
      await codes(
        b,
        approved(b, [putMember(memberNamed('dan'))], left),
        approved(b, [removeMember('dan')], left),
        approved(b, [putMember({ ...eve, nodeKey: keyed('node dan') })], left),
      ),
      ['MEMBER_ID_USED', 'MEMBER_UNKNOWN', 'KEY_TAKEN'],
    );
    for (const sender of ['member:dan', 'validator:dan']) {
      const judged = b.ledger.admissible(b.make([removeMember('bob')], { sender, signers: [] }));
      assert.ok(!judged.ok && judged.code === 'UNKNOWN_SENDER');
    }
  });
});

suite('a change of the membership is rejected', () => {
  const rejected: [string, string, (b: Bench) => ReceivedTransaction][] = [
    [
      'without one approval',
      'APPROVALS_MISSING',
      (b) => approved(b, [putMember(eve)], ['ada', 'bob', 'cyd']),
    ],
    [
      'signed by its sender alone',
      'APPROVALS_MISSING',
      (b) => approved(b, [removeMember('bob')], ['ada']),
    ],
    ['for an id that nobody has', 'MEMBER_UNKNOWN', (b) => approved(b, [removeMember('eve')])],
    [
      'together with a statement',
      'UNAUTHORISED',
      (b) => approved(b, [putMember(eve), statement('a')]),
    ],
    ['by a publisher', 'UNAUTHORISED', (b) => b.make([putMember(eve)])],
    [
      'by a validator',
      'UNAUTHORISED',
      (b) =>
        b.make([putMember(eve)], { sender: 'validator:ada', signers: [keysOf('validator ada')] }),
    ],
    [
      'if nobody would be left to vote',
      'NO_VALIDATORS',
      (b) =>
        approved(
          b,
          MEMBER_IDS.map((id) => putMember(memberNamed(id, OBSERVER))),
        ),
    ],
    [
      'if no member would be left',
      'NO_VALIDATORS',
      (b) => approved(b, MEMBER_IDS.map(removeMember)),
    ],
    [
      'with too many members',
      'MEMBERS_FULL',
      (b) =>
        approved(
          b,
          Array.from({ length: MEMBERS_MAX - 3 }, (_, i) =>
            putMember(memberNamed(`m${i}`, OBSERVER)),
          ),
        ),
    ],
  ];
  const takenKeys: [string, Partial<Member>][] = [
    ['another member’s', { nodeKey: keyed('node bob') }],
    ['another member’s for another job', { memberKey: keyed('validator bob') }],
    ['a publisher’s', { memberKey: keyed('acme') }],
    ['that stands twice', { memberKey: keyed('x'), nodeKey: keyed('x') }],
    ['that stands twice as the validator key', { validatorKey: keyed('node ada') }],
    ['that votes, for another job', { nodeKey: keyed('validator ada'), validatorKey: keyed('x') }],
    ['that votes, of one who leaves', { nodeKey: keyed('validator ada'), ...OBSERVER }],
  ];
  for (const [what, changes] of takenKeys) {
    rejected.push([
      `with a key ${what}`,
      'KEY_TAKEN',
      (b) => approved(b, [putMember(ada(changes))]),
    ]);
  }
  for (const [when, code, make] of rejected) {
    test(when, async () => {
      const b = await bench();
      const before = toHex(b.ledger.state().treeRoot);
      assert.deepEqual(await codes(b, make(b)), [code]);
      assert.equal(toHex(b.ledger.state().treeRoot), before);
      assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
    });
  }

  test('where an earlier one of the block took its right away', async () => {
    const b = await bench();
    const given = await codes(
      b,
      approved(b, [removeMember('dan')]),
      approved(b, [putMember(eve)], MEMBER_IDS, 'dan'),
      approved(b, [putMember(eve)]),
      approved(b, [putMember(eve)]),
    );
    assert.deepEqual(given, ['', 'APPROVALS_MISSING', '', 'APPROVALS_MISSING']);
  });

  test('twice: a transaction is used up by its first inclusion', async () => {
    const b = await bench();
    const t = approved(b, [putMember(memberNamed('eve', OBSERVER))]);
    assert.deepEqual(b.propose([t, t]).transactions, [t.bytes]);
    await b.grow(t);
    const judged = b.ledger.admissible(t);
    assert.ok(!judged.ok && judged.code === 'DUPLICATE');
  });
});

suite('who may sign', () => {
  const refused: [string, string, (b: Bench) => ReceivedTransaction][] = [
    [
      'UNAUTHORISED_KEY',
      'without the sender',
      (b) => approved(b, [putMember(eve)], ['bob', 'cyd', 'dan']),
    ],
    ['UNAUTHORISED_KEY', 'with a stranger', (b) => approved(b, [putMember(eve)], WITH_EVE)],
    [
      'UNAUTHORISED_KEY',
      'with a validator key',
      (b) =>
        b.make([putMember(eve)], {
          sender: 'member:ada',
          signers: [keysOf('member ada'), keysOf('validator bob')],
        }),
    ],
    [
      'UNAUTHORISED_KEY',
      'two for a validator',
      (b) =>
        b.make(ready(b, 'ada').transaction.operations, {
          sender: 'validator:ada',
          signers: [keysOf('validator ada'), keysOf('member ada')],
        }),
    ],
    ['UNAUTHORISED_KEY', 'another key for a validator', (b) => ready(b, 'ada', 'validator bob')],
    ['UNKNOWN_SENDER', 'a validator of no member', (b) => ready(b, 'eve')],
    [
      'UNKNOWN_SENDER',
      'a member that is none',
      (b) => approved(b, [putMember(eve)], WITH_EVE, 'eve'),
    ],
    ['UNAUTHORISED', 'a publisher for members', (b) => b.make([putMember(eve)])],
    [
      'UNAUTHORISED',
      'a member for a validator',
      (b) => approved(b, ready(b, 'ada').transaction.operations),
    ],
  ];
  for (const [code, who, make] of refused) {
    test(`${who}: ${code}`, async () => {
      const b = await bench();
      const judged = b.ledger.admissible(make(b));
      assert.ok(!judged.ok);
      assert.equal(judged.code, code);
    });
  }
});
