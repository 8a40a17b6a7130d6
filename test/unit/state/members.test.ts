/** What decided proposals do to the membership at once, and what can't be proposed at all. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MEMBERS_MAX, type Member } from '../../../src/ledger/genesis.ts';
import { ACTION, type Action } from '../../../src/ledger/governance.ts';
import { OPERATION } from '../../../src/ledger/operations.ts';
import { STANDING } from '../../../src/ledger/state-values.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import * as queries from '../../../src/state/queries.ts';
import {
  type Bench,
  bench,
  genesisWith,
  keysOf,
  MEMBER_IDS,
  memberNamed,
  OBSERVER,
} from './fixture.ts';
import {
  assertRejected,
  codeOf,
  codes,
  decided,
  propose,
  putMember,
  ready,
  removeMember,
  vote,
} from './members.ts';

const eve = memberNamed('eve');
const keyed = (name: string): Uint8Array => keysOf(name).publicKey;
const ada = (changes: Partial<Member>): Member => memberNamed('ada', changes);
const suspend = (id: string): Action => ({ action: ACTION.MEMBER_SUSPEND, id });
const reinstate = (id: string): Action => ({ action: ACTION.MEMBER_REINSTATE, id });

suite('a change of the membership', () => {
  test('admits a member: its keys are its own, and it votes from then on', async () => {
    const b = await bench();
    assert.equal(await codeOf(b, decided(b, [putMember(memberNamed('eve', OBSERVER))])), '');
    const state = b.ledger.state();
    assert.deepEqual(queries.member(state, 'eve'), {
      member: memberNamed('eve', OBSERVER),
      standing: STANDING.ACTIVE,
      since: 1,
    });
    assert.deepEqual(queries.activeMembers(state), [...MEMBER_IDS, 'eve']);
    assert.deepEqual(queries.members(state).at(-1)?.member.id, 'eve');
    assert.equal(queries.keyOwner(state, eve.memberKey).member, 'eve');
    assert.equal(queries.keyOwner(state, eve.nodeKey).member, 'eve');
    const rename = putMember(ada({ name: 'Ada & Co' }));
    const three = decided(b, [rename], ['ada', 'bob', 'eve']);
    assert.deepEqual(await codes(b, ...three), ['', '', '']);
    assert.equal(queries.member(b.ledger.state(), 'ada')?.member.name, 'Member ada', '4 of 5');
    await b.grow(vote(b, 'cyd', 2, three[0] as ReceivedTransaction));
    assert.equal(queries.member(b.ledger.state(), 'ada')?.member.name, 'Ada & Co');
  });

  test('replaces node key, addresses, name and member key at once', async () => {
    const b = await bench();
    const changed = ada({
      name: 'Ada & Co',
      nodeKey: keyed('another node'),
      memberKey: keyed('member new'),
      announce: ['/dns4/ada.example/tcp/7420'],
    });
    assert.equal(await codeOf(b, decided(b, [putMember(changed)])), '');
    const state = b.ledger.state();
    assert.deepEqual(queries.member(state, 'ada'), {
      member: changed,
      standing: STANDING.ACTIVE,
      since: 0,
    });
    assert.equal(queries.keyOwner(state, keyed('node ada')).member, 'ada');
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
    const judged = b.ledger.admissible(propose(b, [removeMember('dan')]));
    assert.ok(!judged.ok && judged.code === 'UNAUTHORISED_KEY');
    assert.ok(b.ledger.admissible(propose(b, [removeMember('dan')], 'ada', 'new')).ok);
  });

  test('is made as a whole: several actions of one proposal', async () => {
    const b = await bench();
    const all = [putMember(eve), removeMember('dan'), putMember(ada({ memberKey: keyed('new') }))];
    assert.equal(await codeOf(b, decided(b, all)), '');
    assert.deepEqual(queries.activeMembers(b.ledger.state()), ['ada', 'bob', 'cyd', 'eve']);
  });

  test('removes a member, whose vouches count no more and whose id and keys are gone', async () => {
    const b = await bench();
    const level = () =>
      queries.levelOf(
        b.ledger.state(),
        queries.publishers(b.ledger.state(), 0, 1)[0] as never,
        b.ledger.head.header.time,
      );
    assert.equal(level(), 4);
    assert.equal(await codeOf(b, decided(b, [removeMember('dan')])), '');
    assert.equal(level(), 3);
    assert.equal(queries.member(b.ledger.state(), 'dan')?.standing, STANDING.GONE);
    await b.grow();
    assert.deepEqual(
      await codes(
        b,
        propose(b, [putMember(memberNamed('dan'))]),
        propose(b, [removeMember('dan')]),
        propose(b, [reinstate('dan')]),
        propose(b, [putMember({ ...eve, nodeKey: keyed('node dan') })]),
      ),
      ['MEMBER_ID_USED', 'MEMBER_UNKNOWN', 'MEMBER_NOT_SUSPENDED', 'KEY_TAKEN'],
    );
    for (const sender of ['member:dan', 'validator:dan']) {
      const t = b.make([{ op: OPERATION.EXECUTE, proposal: 1 }], { sender, signers: [] });
      const judged = b.ledger.admissible(t);
      assert.ok(!judged.ok && judged.code === 'UNKNOWN_SENDER');
    }
  });

  test('suspends a member and takes it back; its key is ready anew', async () => {
    const b = await bench();
    assert.equal(await codeOf(b, decided(b, [suspend('dan')])), '');
    await b.grow();
    const voters = () => b.ledger.epoch.validators.map(({ member }) => member);
    assert.deepEqual(voters(), ['ada', 'bob', 'cyd']);
    assert.deepEqual(queries.activeMembers(b.ledger.state()), ['ada', 'bob', 'cyd']);
    const left = propose(b, [putMember(memberNamed('dan'))]);
    const judged = b.ledger.admissible(propose(b, [removeMember('bob')], 'dan'));
    assert.ok(!judged.ok && judged.code === 'UNKNOWN_SENDER');
    assert.deepEqual(await codes(b, left), ['MEMBER_SUSPENDED']);
    assert.equal(await codeOf(b, decided(b, [reinstate('dan')], ['ada', 'bob'])), '');
    assert.deepEqual(voters(), ['ada', 'bob', 'cyd']);
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false, 'it waits for its ready');
    assert.deepEqual(await codes(b, ready(b, 'dan')), ['']);
    await b.grow();
    assert.deepEqual(voters(), MEMBER_IDS);
  });
});

suite('a proposal is refused at once', () => {
  const refused: [string, string, (b: Bench) => ReceivedTransaction][] = [
    ['for an id that nobody has', 'MEMBER_UNKNOWN', (b) => propose(b, [removeMember('eve')])],
    ['to remove its proposer', 'PROPOSER_REMOVED', (b) => propose(b, [removeMember('ada')])],
    ['to suspend its proposer', 'PROPOSER_REMOVED', (b) => propose(b, [suspend('ada')])],
    ['to reinstate who is active', 'MEMBER_NOT_SUSPENDED', (b) => propose(b, [reinstate('bob')])],
    [
      'if nobody would be left to vote',
      'NO_VALIDATORS',
      (b) =>
        propose(
          b,
          MEMBER_IDS.map((id) => putMember(memberNamed(id, OBSERVER))),
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
    refused.push([`with a key ${what}`, 'KEY_TAKEN', (b) => propose(b, [putMember(ada(changes))])]);
  }
  for (const [when, code, make] of refused) {
    test(`${when}: ${code}`, async () => {
      const b = await bench();
      await assertRejected(b, make(b), code);
      assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
    });
  }

  test('with too many members', async () => {
    const members = Array.from({ length: MEMBERS_MAX }, (_, i) =>
      memberNamed(`m${String(i).padStart(3, '0')}`),
    );
    const genesis = { ...genesisWith(), members };
    const b = await bench({ genesis: { genesis, signatures: [] } });
    assert.deepEqual(await codes(b, propose(b, [putMember(eve)], 'm000')), ['MEMBERS_FULL']);
  });
});

suite('who may sign', () => {
  const operations = propose({ make: (ops) => ops as never }, [putMember(eve)]) as never;
  const refused: [string, string, (b: Bench) => ReceivedTransaction][] = [
    ['UNAUTHORISED_KEY', 'another member', (b) => propose(b, [putMember(eve)], 'ada', 'bob')],
    [
      'UNAUTHORISED_KEY',
      'two for a member',
      (b) =>
        b.make(operations, {
          sender: 'member:ada',
          signers: [keysOf('member ada'), keysOf('member bob')],
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
    ['UNKNOWN_SENDER', 'a member that is none', (b) => propose(b, [putMember(eve)], 'eve')],
    ['UNAUTHORISED', 'a publisher for members', (b) => b.make(operations)],
    [
      'UNAUTHORISED',
      'a validator for members',
      (b) => b.make(operations, { sender: 'validator:ada', signers: [keysOf('validator ada')] }),
    ],
    [
      'UNAUTHORISED',
      'a member for a validator',
      (b) =>
        b.make([{ op: OPERATION.READY }], {
          sender: 'member:ada',
          signers: [keysOf('member ada')],
        }),
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

  test('nobody whose right went earlier in the block', async () => {
    const b = await bench();
    const given = await codes(
      b,
      ...decided(b, [removeMember('dan')]),
      propose(b, [putMember(eve)], 'dan'),
      ready(b, 'dan'),
    );
    assert.deepEqual(given, ['', '', '', 'UNAUTHORISED', 'UNAUTHORISED']);
  });
});
