/** Proposals: votes and their counting, objection windows, ends, and what takes effect when. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ACTION, type Action, votesNeeded } from '../../../src/ledger/governance.ts';
import { OPERATION } from '../../../src/ledger/operations.ts';
import { PROPOSALS_OPEN_MAX } from '../../../src/ledger/state-values.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import * as queries from '../../../src/state/queries.ts';
import {
  type Bench,
  bench,
  certificateOf,
  keysOf,
  memberNamed,
  OBSERVER,
  START,
} from './fixture.ts';
import {
  assertRejected,
  byMember,
  codeOf,
  codes,
  decided,
  propose,
  putMember,
  removeMember,
  setParameters,
  vote,
} from './members.ts';

const eve = putMember(memberNamed('eve', OBSERVER));
const WINDOW_MS = 5;
const withdraw = (b: Bench, by: string, proposal: number) =>
  byMember(b, by, [{ op: OPERATION.WITHDRAW, proposal }]);
const execute = (b: Bench, by: string, proposal: number) =>
  byMember(b, by, [{ op: OPERATION.EXECUTE, proposal }]);
const protocol = (version: number): Action => ({ action: ACTION.PROTOCOL, version });

function statusOf(b: Bench, number: number): string | undefined {
  const state = b.ledger.state();
  const proposal = queries.proposal(state, number);
  return proposal && queries.standing(state, proposal, b.ledger.head.header.time).status;
}

/** Empty blocks, 1 ms of ledger time each. */
async function pass(b: Bench, ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) await b.grow();
}

test('more than the percentage decides, at most everybody', () => {
  const needed = (percent: number) => [1, 2, 3, 4, 5, 6, 7, 9].map((n) => votesNeeded(percent, n));
  assert.deepEqual(needed(50), [1, 2, 2, 3, 3, 4, 4, 5]);
  assert.deepEqual(needed(66), [1, 2, 2, 3, 4, 4, 5, 6]);
  assert.deepEqual(needed(100), [1, 2, 3, 4, 5, 6, 7, 9]);
});

suite('a vote', () => {
  test('counts once; the other way it takes the place of the first', async () => {
    const b = await bench();
    const made = propose(b, [eve]);
    const given = await codes(
      b,
      made,
      vote(b, 'ada', 1, made),
      vote(b, 'bob', 1, made),
      vote(b, 'bob', 1, made),
      vote(b, 'bob', 1, made, false),
      vote(b, 'cyd', 1, made),
      vote(b, 'bob', 1, made, false),
    );
    assert.deepEqual(given, ['', 'ALREADY_VOTED', '', 'ALREADY_VOTED', '', '', 'ALREADY_VOTED']);
    assert.equal(statusOf(b, 1), 'OPEN');
    assert.deepEqual(await codes(b, vote(b, 'dan', 1, made)), ['']);
    assert.equal(statusOf(b, 1), 'EXECUTED');
    const votes = queries.proposalVotes(b.ledger.state(), 1, 0, 10);
    assert.deepEqual(
      votes.map(({ member, approve }) => [member, approve]),
      [
        ['ada', true],
        ['bob', true],
        ['bob', false],
        ['cyd', true],
        ['dan', true],
      ],
    );
  });

  const refused: [string, string, (b: Bench, made: ReceivedTransaction) => ReceivedTransaction][] =
    [
      ['on nothing', 'PROPOSAL_UNKNOWN', (b, made) => vote(b, 'bob', 2, made)],
      [
        'on another content',
        'PROPOSAL_MISMATCH',
        (b) => vote(b, 'bob', 1, propose(b, [removeMember('dan')])),
      ],
      ['withdrawing what another proposed', 'UNAUTHORISED', (b) => withdraw(b, 'bob', 1)],
      ['executing without the votes', 'VOTES_MISSING', (b) => execute(b, 'bob', 1)],
      ['withdrawing nothing', 'PROPOSAL_UNKNOWN', (b) => withdraw(b, 'ada', 9)],
      ['executing nothing', 'PROPOSAL_UNKNOWN', (b) => execute(b, 'ada', 9)],
    ];
  for (const [what, code, make] of refused) {
    test(`${what}: ${code}`, async () => {
      const b = await bench();
      const made = propose(b, [eve]);
      await b.grow(made);
      await assertRejected(b, make(b, made), code);
    });
  }

  test('on what is executed, withdrawn or expired changes nothing', async () => {
    const b = await bench({ parameters: { proposalValidityMs: 10 } });
    const [first, ...votes] = decided(b, [eve]);
    await b.grow(first as ReceivedTransaction, ...votes);
    const late = (number: number, made: ReceivedTransaction | undefined) => [
      vote(b, 'dan', number, made as ReceivedTransaction),
      execute(b, 'dan', number),
      withdraw(b, 'ada', number),
    ];
    const three = (code: string) => [code, code, code];
    assert.deepEqual(await codes(b, ...late(1, first)), three('PROPOSAL_EXECUTED'));
    const second = propose(b, [removeMember('dan')]);
    await b.grow(second, withdraw(b, 'ada', 2));
    assert.equal(statusOf(b, 2), 'WITHDRAWN');
    assert.deepEqual(await codes(b, ...late(2, second)), three('PROPOSAL_WITHDRAWN'));
    const third = propose(b, [removeMember('dan')]);
    await b.grow(third);
    await pass(b, 10);
    assert.equal(statusOf(b, 3), 'OPEN');
    await pass(b, 1);
    assert.equal(statusOf(b, 3), 'EXPIRED');
    assert.deepEqual(await codes(b, ...late(3, third)), three('PROPOSAL_EXPIRED'));
  });

  test('of a member that is gone counts no more, and fewer members need fewer votes', async () => {
    const b = await bench();
    const made = propose(b, [eve], 'bob');
    await b.grow(made, vote(b, 'dan', 1, made));
    assert.equal(await codeOf(b, decided(b, [removeMember('dan')])), '');
    await b.grow();
    assert.deepEqual(await codes(b, execute(b, 'ada', 1)), ['VOTES_MISSING'], 'bob of 2 needed');
    const other = propose(b, [putMember(memberNamed('fay', OBSERVER))], 'ada');
    await b.grow(other, vote(b, 'bob', 3, other));
    assert.equal(statusOf(b, 3), 'EXECUTED');
  });

  test('for what can’t be done any more is rejected, and all stays as it was', async () => {
    const b = await bench();
    const [one, two] = [propose(b, [eve]), propose(b, [eve], 'bob')];
    await b.grow(one, two, vote(b, 'ada', 2, two));
    const other = memberNamed('fay', { ...OBSERVER, nodeKey: keysOf('node eve').publicKey });
    assert.equal(await codeOf(b, decided(b, [putMember(other)])), '');
    const given = await codes(b, vote(b, 'cyd', 1, one), vote(b, 'cyd', 2, two));
    assert.deepEqual(given, ['', ''], '4 of 5 are needed now');
    assert.deepEqual(await codes(b, vote(b, 'dan', 2, two)), ['KEY_TAKEN']);
    assert.equal(statusOf(b, 2), 'OPEN');
    assert.equal(queries.member(b.ledger.state(), 'eve'), undefined);
  });
});

suite('proposals', () => {
  test('a member has only so many open ones; closed and expired ones make room', async () => {
    const b = await bench({ parameters: { proposalValidityMs: 20 } });
    const all = Array.from({ length: PROPOSALS_OPEN_MAX }, () => propose(b, [eve]));
    await b.grow(...all);
    assert.deepEqual(
      await codes(b, propose(b, [eve]), propose(b, [eve], 'bob'), withdraw(b, 'ada', 3)),
      ['PROPOSALS_FULL', '', ''],
    );
    assert.deepEqual(await codes(b, propose(b, [eve]), propose(b, [eve])), ['', 'PROPOSALS_FULL']);
    await pass(b, 20);
    assert.deepEqual(await codes(b, propose(b, [eve])), ['']);
    assert.equal(queries.proposals(b.ledger.state(), 0, 100).length, PROPOSALS_OPEN_MAX + 3);
  });

  test('one member alone decides alone', async () => {
    const b = await bench();
    const rest = ['bob', 'cyd', 'dan'];
    await b.grow(...decided(b, rest.map(removeMember)));
    await b.grow();
    assert.equal(await codeOf(b, [propose(b, [eve])]), '');
    assert.equal(statusOf(b, 2), 'EXECUTED');
  });
});

suite('an objection window', () => {
  const open = () => bench({ parameters: { memberObjectionMs: WINDOW_MS } });

  test('lies between the deciding vote and the execution, by any member or validator', async () => {
    const b = await open();
    await b.grow(...decided(b, [eve]));
    assert.equal(statusOf(b, 1), 'DECIDED');
    assert.deepEqual(await codes(b, execute(b, 'dan', 1)), ['OBJECTION_WINDOW']);
    await pass(b, WINDOW_MS - 1);
    const own = b.make([{ op: OPERATION.EXECUTE, proposal: 1 }], {
      sender: 'validator:dan',
      signers: [keysOf('validator dan')],
    });
    assert.deepEqual(await codes(b, own), ['']);
    assert.equal(statusOf(b, 1), 'EXECUTED');
    assert.ok(queries.member(b.ledger.state(), 'eve'));
  });

  test('begins again where turned votes left the proposal short', async () => {
    const b = await open();
    const [made, ...votes] = decided(b, [eve]) as [ReceivedTransaction];
    await b.grow(made, ...votes);
    await pass(b, WINDOW_MS - 1);
    assert.deepEqual(await codes(b, vote(b, 'bob', 1, made, false)), ['']);
    assert.equal(statusOf(b, 1), 'OPEN');
    await pass(b, WINDOW_MS);
    assert.deepEqual(await codes(b, execute(b, 'ada', 1)), ['VOTES_MISSING']);
    await b.grow(vote(b, 'dan', 1, made));
    assert.equal(statusOf(b, 1), 'DECIDED');
    assert.deepEqual(await codes(b, execute(b, 'ada', 1)), ['OBJECTION_WINDOW']);
    await pass(b, WINDOW_MS);
    assert.deepEqual(await codes(b, execute(b, 'ada', 1)), ['']);
  });

  test('gives a proposal that was decided last minute the time for it', async () => {
    const b = await bench({ parameters: { memberObjectionMs: WINDOW_MS, proposalValidityMs: 3 } });
    await b.grow(...decided(b, [eve]));
    await pass(b, WINDOW_MS);
    assert.deepEqual(await codes(b, execute(b, 'ada', 1)), ['']);
    await b.grow(...decided(b, [removeMember('dan')], ['ada', 'bob', 'cyd', 'dan']));
    await pass(b, WINDOW_MS + 4);
    assert.deepEqual(await codes(b, execute(b, 'ada', 2)), ['PROPOSAL_EXPIRED']);
  });
});

suite('parameters', () => {
  test('change with the next epoch, and add up until then', async () => {
    const b = await bench();
    const before = queries.parameters(b.ledger.state());
    const both = decided(b, [
      setParameters({ heartbeatMs: 4_000 }),
      setParameters({ viewTimeoutMs: 500, viewTimeoutMaxMs: 700 }),
    ]);
    assert.equal(await codeOf(b, both), '');
    assert.deepEqual(queries.parameters(b.ledger.state()), before);
    assert.ok(b.ledger.hasWork(b.ledger.head.hash), 'the epoch ends');
    await b.grow();
    const changed = { heartbeatMs: 4_000, viewTimeoutMs: 500, viewTimeoutMaxMs: 700 };
    assert.deepEqual(queries.parameters(b.ledger.state()), { ...before, ...changed });
    assert.deepEqual(b.ledger.epoch.parameters, { ...before, ...changed });
    assert.equal(b.ledger.epoch.number, 2);
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
  });

  test('that hold already change nothing', async () => {
    const b = await bench();
    const same = setParameters({ heartbeatMs: queries.parameters(b.ledger.state()).heartbeatMs });
    assert.equal(await codeOf(b, decided(b, [same])), '');
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
  });

  test('of thresholds decide about what is voted on after them', async () => {
    const b = await bench();
    await b.grow(...decided(b, [setParameters({ memberVotesPercent: 100 })]));
    await b.grow();
    const [made, ...votes] = decided(b, [eve]) as [ReceivedTransaction];
    await b.grow(made, ...votes);
    assert.equal(statusOf(b, 2), 'OPEN');
    await b.grow(vote(b, 'dan', 2, made));
    assert.equal(statusOf(b, 2), 'EXECUTED');
  });

  const refused: [string, Action][] = [
    ['PARAMETER_UNKNOWN', setParameters({ colour: 7 })],
    ['PARAMETER_UNKNOWN', setParameters({ protocolVersion: 2 })],
    ['PARAMETER_UNKNOWN', setParameters({ toString: 2 })],
    ['PARAMETERS_INVALID', setParameters({ heartbeatMs: 0 })],
    ['PARAMETERS_INVALID', setParameters({ epochBlocksMax: 1 })],
    ['PARAMETERS_INVALID', setParameters({ minBlockIntervalMs: 1_001 })],
    ['PARAMETERS_INVALID', setParameters({ transactionBytesMax: 1_000 })],
    ['PARAMETERS_INVALID', setParameters({ maxValidityMs: 5 })],
    ['PARAMETERS_INVALID', setParameters({ proposalValidityMs: 1 })],
    ['PARAMETERS_INVALID', setParameters({ memberObjectionMs: 2 ** 40 })],
    ['PARAMETERS_INVALID', setParameters({ viewTimeoutMs: 11_000 })],
    ['PARAMETERS_INVALID', setParameters({ blockBytesMax: 2 ** 40 })],
    ['PARAMETERS_INVALID', setParameters({ memberVotesPercent: 49 })],
    ['PARAMETERS_INVALID', setParameters({ memberVotesPercent: 101 })],
    ['PROTOCOL_NOT_RAISED', protocol(1)],
    ['PROTOCOL_NOT_RAISED', protocol(0)],
  ];
  for (const [code, action] of refused) {
    test(`${code}: ${JSON.stringify(action)}`, async () => {
      const b = await bench();
      assert.deepEqual(await codes(b, propose(b, [action])), [code]);
    });
  }

  test('of any size leave ledger times writable', async () => {
    const huge = Number.MAX_SAFE_INTEGER;
    const b = await bench({ parameters: { memberObjectionMs: huge, proposalValidityMs: huge } });
    await b.grow(...decided(b, [eve]));
    assert.equal(statusOf(b, 1), 'DECIDED');
    assert.ok(START < (queries.proposal(b.ledger.state(), 1)?.proposal.expires ?? 0));
  });
});

test('a node that doesn’t know the new protocol version stops where the epoch ends', async () => {
  const parameters = { protocolObjectionMs: 0 };
  const b = await bench({ parameters });
  assert.equal(await codeOf(b, decided(b, [protocol(2)])), '');
  const boundary = b.propose([]);
  const certificate = certificateOf(boundary);
  const done = b.ledger.finalize([{ block: boundary, certificate }]);
  await assert.rejects(done, { code: 'PROTOCOL_VERSION' });
  await assert.rejects(bench({ parameters, store: b.store }), { code: 'PROTOCOL_VERSION' });
});
