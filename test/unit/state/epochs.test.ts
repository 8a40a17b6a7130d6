/** Epochs: what makes one end, what its last block does, and when a validator key is in force. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { toHex } from '../../../src/common/bytes.ts';
import { type Block, makeBlock } from '../../../src/ledger/block.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { validatorsHash } from '../../../src/ledger/validators.ts';
import * as queries from '../../../src/state/queries.ts';
import {
  type Bench,
  bench,
  certificateOf,
  keysOf,
  MEMBER_IDS,
  memberNamed,
  OBSERVER,
  statement,
} from './fixture.ts';
import { approved, codeOf, codes, putMember, ready, removeMember } from './members.ts';

const NEW = keysOf('validator ada new').publicKey;
const NEWER = keysOf('validator ada newer').publicKey;

/** The running epoch's set and the next one's: `id` for the genesis's key, else `id:new`. */
function sets(b: Bench): { epoch: number; now: string; next: string } {
  const { epoch, validators, nextValidators } = queries.epochState(b.ledger.state());
  const names = (set: typeof validators): string =>
    set
      .map(({ member, key }) => {
        const own = toHex(keysOf(`validator ${member}`).publicKey) === toHex(key);
        return own ? member : `${member}:${toHex(key) === toHex(NEW) ? 'new' : 'newer'}`;
      })
      .join(' ');
  return { epoch, now: names(validators), next: names(nextValidators) };
}

const FOUR = MEMBER_IDS.join(' ');

suite('an epoch', () => {
  test('goes on while nothing is due', async () => {
    const b = await bench();
    await b.grow(b.make([statement('a')]));
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
    await b.grow();
    assert.equal(b.ledger.isBoundary(b.ledger.head.hash), false);
    assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next: FOUR });
  });

  test('ends by its greatest length, transactions or not, with the same validators', async () => {
    const b = await bench({ parameters: { epochBlocksMax: 4 } });
    const ends: [number, number][] = [];
    for (let i = 0; i < 12; i++) {
      const block = await b.grow(b.make([statement(`${i}`)]));
      const { height, epoch } = block.header;
      const boundary = b.ledger.isBoundary(block.hash);
      if (boundary) ends.push([height, epoch]);
      assert.equal(block.transactions.length, boundary ? 0 : 1);
      assert.deepEqual(block.header.nextValidators, block.header.validators);
    }
    assert.deepEqual(ends, [
      [3, 1],
      [7, 2],
      [11, 3],
    ]);
    assert.deepEqual(queries.epochState(b.ledger.state()).firstHeight, 12);
    assert.deepEqual(sets(b), { epoch: 4, now: FOUR, next: FOUR });
  });

  test('ends with an empty block that alone puts what is due in force', async () => {
    const b = await bench();
    const made = await b.grow(...approved(b, [removeMember('dan')]));
    assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next: 'ada bob cyd' });
    assert.equal(b.ledger.epoch.validators.length, 4);
    assert.equal(b.ledger.hasWork(made.hash), true);
    assert.equal(b.ledger.isBoundary(made.hash), false);

    const boundary = b.propose([b.make([statement('a')])]);
    assert.deepEqual(boundary.transactions, []);
    assert.equal(b.ledger.isBoundary(boundary.hash), true);
    assert.equal(b.ledger.hasWork(boundary.hash), true, 'the statement waits');
    const { header } = boundary;
    assert.equal(header.epoch, 1);
    assert.deepEqual(header.validators, made.header.validators);
    assert.notDeepEqual(header.nextValidators, header.validators);

    const child = b.propose([b.make([statement('a')])], boundary);
    assert.deepEqual([child.header.epoch, child.header.view], [2, 1]);
    assert.deepEqual(child.header.validators, header.nextValidators);
    assert.deepEqual(child.header.nextValidators, header.nextValidators);
    assert.equal(child.transactions.length, 1);

    await b.ledger.finalize([{ block: boundary, certificate: certificateOf(boundary) }]);
    assert.deepEqual(sets(b), { epoch: 2, now: 'ada bob cyd', next: 'ada bob cyd' });
    const { number, validators, parameters } = b.ledger.epoch;
    assert.deepEqual([number, validators.length], [2, 3]);
    assert.deepEqual(parameters, queries.parameters(b.ledger.state()));
    assert.deepEqual(header.nextValidators, validatorsHash(b.chain, validators));
    assert.equal(queries.epochState(b.ledger.state()).firstHeight, header.height + 1);
    assert.equal(b.ledger.isBoundary(boundary.hash), true);
  });

  test('ends on every node alike, also on one that was restarted at its last block', async () => {
    const b = await bench();
    const other = await bench();
    const blocks: Block[] = [];
    for (const t of [[...approved(b, [removeMember('dan')])], [], [b.make([statement('a')])]]) {
      blocks.push(await b.grow(...t));
    }
    for (const block of blocks) assert.equal(other.ledger.check(block), 'valid');
    const [one, boundary, first] = blocks as [Block, Block, Block];
    await other.ledger.finalize([
      { block: one, certificate: undefined },
      { block: boundary, certificate: certificateOf(boundary) },
    ]);
    assert.deepEqual(other.ledger.certificate(2), certificateOf(boundary));
    const again = await bench({ store: other.store });
    assert.equal(again.ledger.isBoundary(boundary.hash), true);
    assert.equal(again.ledger.epoch.number, 2);
    assert.equal(again.ledger.check(first), 'valid');
    // The node that has all of it in one run keeps both certificates.
    const run = await bench();
    await run.ledger.finalize([
      { block: one, certificate: undefined },
      { block: boundary, certificate: certificateOf(boundary) },
      { block: first, certificate: certificateOf(first) },
    ]);
    assert.deepEqual(run.ledger.certificate(2), certificateOf(boundary));
    assert.deepEqual(run.ledger.certificate(3), certificateOf(first));
    assert.equal(run.ledger.finality(1)?.headers.length, 1);
    assert.deepEqual(run.ledger.state().treeRoot, b.ledger.state().treeRoot);
  });

  test('has its last block’s own finalization stored, or none of the run', async () => {
    const b = await bench();
    await b.grow(...approved(b, [removeMember('dan')]));
    const boundary = b.propose([]);
    const child = b.propose([b.make([statement('a')])], boundary);
    await assert.rejects(
      b.ledger.finalize([
        { block: boundary, certificate: undefined },
        { block: child, certificate: certificateOf(child) },
      ]),
    );
    assert.equal(b.ledger.head.header.height, 1);
  });

  test('has no other last block', async () => {
    const b = await bench();
    const t = b.make([statement('a')]);
    const plain = b.propose([t]);
    await b.grow(...approved(b, [removeMember('dan')]));
    const { header } = b.propose([]);
    const bytes = plain.transactions;
    const check = (changes: Partial<typeof header>, transactions: readonly Uint8Array[] = []) =>
      b.ledger.check(makeBlock({ ...header, ...changes }, transactions));
    assert.equal(check({ view: 9, txRoot: merkleRoot(bytes) }, bytes), 'invalid');
    assert.equal(check({ view: 9, nextValidators: header.validators }), 'invalid');
    assert.equal(check({ view: 9, epoch: 2 }), 'invalid');
    assert.equal(check({ view: 9 }), 'valid');
    const boundary = await b.grow();
    const after = b.propose([]).header;
    const wrong = (changes: Partial<typeof header>) =>
      b.ledger.check(makeBlock({ ...after, view: 9, ...changes }, []));
    assert.equal(wrong({ epoch: 1 }), 'invalid');
    assert.equal(wrong({ epoch: 3 }), 'invalid');
    assert.equal(wrong({ validators: boundary.header.validators }), 'invalid');
    assert.equal(wrong({}), 'valid');
  });

  test('on another branch ends or not by that branch’s state', async () => {
    const b = await bench();
    const due = b.propose([...approved(b, [removeMember('dan')])], undefined, 1);
    const not = b.propose([b.make([statement('a')])], undefined, 2);
    const t = b.make([statement('b')]);
    assert.equal(b.ledger.isBoundary(b.propose([t], due, 3).hash), true);
    assert.equal(b.ledger.isBoundary(b.propose([t], not, 4).hash), false);
    assert.throws(() => b.ledger.isBoundary(b.chain));
  });
});

suite('a validator', () => {
  test('joins as an observer first, and votes only once it is ready', async () => {
    const b = await bench();
    const all = [...MEMBER_IDS, 'eve'];
    assert.equal(await codeOf(b, approved(b, [putMember(memberNamed('eve', OBSERVER))])), '');
    const early = b.ledger.admissible(ready(b, 'eve'));
    assert.ok(!early.ok && early.code === 'UNKNOWN_SENDER');
    assert.equal(await codeOf(b, approved(b, [putMember(memberNamed('eve'))], all)), '');
    // Waiting makes nothing due: the chain goes on with the others.
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
    assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next: FOUR });
    assert.deepEqual(await codes(b, ready(b, 'eve'), ready(b, 'eve')), ['', 'ALREADY_READY']);
    assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next: `${FOUR} eve` });
    await b.grow();
    assert.deepEqual(sets(b), { epoch: 2, now: `${FOUR} eve`, next: `${FOUR} eve` });
    assert.deepEqual(await codes(b, ready(b, 'eve')), ['NOTHING_PENDING']);
  });

  test('can be admitted and ready in one block', async () => {
    const b = await bench();
    const admitted = approved(b, [putMember(memberNamed('eve'))]);
    // Judged on the parent's state there is no such validator yet.
    assert.deepEqual(
      b.propose([...admitted, ready(b, 'eve')]).transactions,
      admitted.map(({ bytes }) => bytes),
    );
    await b.grow(...admitted);
    await b.grow(ready(b, 'eve'));
    assert.equal(sets(b).next, `${FOUR} eve`);
  });

  test('rotates its key: the old one votes until the new one is ready', async () => {
    const b = await bench();
    const rotated = memberNamed('ada', { validatorKey: NEW });
    assert.equal(await codeOf(b, approved(b, [putMember(rotated)])), '');
    assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next: FOUR });
    const old = b.ledger.admissible(ready(b, 'ada'));
    assert.ok(!old.ok && old.code === 'UNAUTHORISED_KEY');
    assert.deepEqual(await codes(b, ready(b, 'ada', 'validator ada new')), ['']);
    assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next: 'ada:new bob cyd dan' });
    await b.grow();
    assert.deepEqual(sets(b), {
      epoch: 2,
      now: 'ada:new bob cyd dan',
      next: 'ada:new bob cyd dan',
    });
    assert.equal(
      queries.keyOwner(b.ledger.state(), keysOf('validator ada').publicKey).member,
      'ada',
    );
    assert.equal(queries.keyOwner(b.ledger.state(), NEW).member, 'ada');
  });

  test('leaves at the end of the epoch, as an observer or for good', async () => {
    const b = await bench();
    const leaving = approved(b, [putMember(memberNamed('ada', OBSERVER)), removeMember('bob')]);
    assert.equal(await codeOf(b, leaving), '');
    assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next: 'cyd dan' });
    await b.grow();
    assert.deepEqual(sets(b), { epoch: 2, now: 'cyd dan', next: 'cyd dan' });
    // Who left comes back like anybody who joins.
    const back = approved(b, [putMember(memberNamed('ada'))], ['ada', 'cyd', 'dan']);
    assert.equal(await codeOf(b, back), '');
    assert.equal(sets(b).next, 'cyd dan');
    assert.deepEqual(await codes(b, ready(b, 'ada')), ['']);
    assert.equal(sets(b).next, 'ada cyd dan');
  });

  test('that changes its mind before it is ready stays as it was', async () => {
    const b = await bench();
    const put = (validatorKey: Uint8Array) =>
      approved(b, [putMember(memberNamed('ada', { validatorKey }))]);
    const original = keysOf('validator ada').publicKey;
    await b.grow(...put(NEW));
    assert.equal(await codeOf(b, put(NEWER)), '');
    const replaced = b.ledger.admissible(ready(b, 'ada', 'validator ada new'));
    assert.ok(!replaced.ok && replaced.code === 'UNAUTHORISED_KEY');
    assert.equal(await codeOf(b, put(original)), '');
    assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next: FOUR });
    assert.deepEqual(await codes(b, ready(b, 'ada')), ['NOTHING_PENDING']);
  });

  const original = memberNamed('ada');
  const rotated = memberNamed('ada', { validatorKey: NEW });
  const again = memberNamed('ada', { validatorKey: NEWER });
  const observer = memberNamed('ada', OBSERVER);
  /** What is put in the block of the `ready`, behind it, and what the next epoch has then. */
  const changes: [string, (typeof original)[], string][] = [
    ['a newer key: the one in force stays until that is ready', [again], FOUR],
    ['the key in force: the rotation is off', [original], FOUR],
    ['no key: it leaves', [observer], 'bob cyd dan'],
    ['no key and the old one again', [observer, original], FOUR],
    [
      'no key and the new one again, which has to be ready again',
      [observer, rotated],
      'bob cyd dan',
    ],
  ];
  for (const [what, entries, next] of changes) {
    test(`that was ready and then puts ${what}`, async () => {
      const b = await bench();
      await b.grow(...approved(b, [putMember(rotated)]));
      const after = approved(b, entries.map(putMember));
      const given = await codes(b, ready(b, 'ada', 'validator ada new'), ...after);
      assert.deepEqual(given, ['', '', '', '']);
      assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next });
    });
  }

  test('whose key was replaced or dropped earlier in the block is not ready', async () => {
    const b = await bench();
    await b.grow(...approved(b, [putMember(rotated)]));
    const given = await codes(
      b,
      ...approved(b, [putMember(again)]),
      ready(b, 'ada', 'validator ada new'),
      ...approved(b, [removeMember('ada')], MEMBER_IDS, 3),
      ready(b, 'ada', 'validator ada new'),
    );
    const refused = 'UNAUTHORISED';
    assert.deepEqual(given, ['', '', '', refused, '', '', '', refused]);
  });

  test('that was admitted, ready, and put with another key before its epoch is out', async () => {
    const b = await bench();
    await b.grow(...approved(b, [putMember(memberNamed('eve'))]));
    const all = [...MEMBER_IDS, 'eve'];
    const other = memberNamed('eve', { validatorKey: keysOf('validator eve 2').publicKey });
    assert.equal(await codeOf(b, [ready(b, 'eve'), ...approved(b, [putMember(other)], all)]), '');
    assert.deepEqual(sets(b), { epoch: 1, now: FOUR, next: FOUR });
  });

  test('two changes in one epoch are in force together', async () => {
    const b = await bench();
    await b.grow(
      ...approved(b, [putMember(rotated)]),
      ...approved(b, [putMember(memberNamed('eve'))], MEMBER_IDS, 2),
    );
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
    const both = [ready(b, 'eve'), ready(b, 'ada', 'validator ada new')];
    await b.grow(...both);
    await b.grow();
    assert.deepEqual(sets(b).now, 'ada:new bob cyd dan eve');
    assert.equal(sets(b).epoch, 2);
  });
});
