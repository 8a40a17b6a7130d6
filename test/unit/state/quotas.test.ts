/** Quotas: what a sender may have included, refilled by ledger time, and nobody else's business. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../../src/common/hash.ts';
import { makeBlock } from '../../../src/ledger/block.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { OPERATION } from '../../../src/ledger/operations.ts';
import { DEFAULT_PARAMETERS } from '../../../src/ledger/parameters.ts';
import {
  charged,
  isWithin,
  NOTHING_USED,
  type Quota,
  quotaOf,
  standingOf,
} from '../../../src/ledger/quotas.ts';
import * as queries from '../../../src/state/queries.ts';
import { bench, keysOf, seal, statement } from './fixture.ts';
import { byMember, codeOf, decided, propose, setParameters } from './members.ts';

/** Ten operations at once, one a second; a block of the bench is a millisecond later. */
const TIGHT = {
  publisherOperationsPerSecond: 1,
  quotaBurstSeconds: 10,
  memberOperationsPerSecond: 10,
  transactionOperationsMax: 4,
  transactionBytesMax: 64 * 1024,
};
const TIGHTENED = { ...DEFAULT_PARAMETERS, ...TIGHT };
const statements = (count: number, tag: string) =>
  Array.from({ length: count }, (_, i) => statement(`${tag} ${i}`));

suite('a quota', () => {
  test('lets in what it has, and then what time gives back', async () => {
    const b = await bench({ parameters: TIGHT });
    const make = (count: number, tag: string) => b.make(statements(count, tag));
    const [one, two, three] = [make(4, 'one'), make(4, 'two'), make(4, 'three')];
    const block = b.propose([one, two, three]);
    assert.equal(block.transactions.length, 2, 'the third is above it');
    await b.grow(one, two);
    const refused = b.ledger.admissible(three);
    assert.ok(!refused.ok && refused.code === 'QUOTA_EXCEEDED');
    assert.ok(b.ledger.admissible(make(2, 'small')).ok);
    assert.ok(!b.ledger.admissible(make(2, 'small'), { operations: 1, bytes: 0 }).ok);
    assert.equal(b.propose([three]).transactions.length, 0);
    const { header } = b.ledger.head;
    const later = (ms: number) => {
      b.fill([three]);
      const { epoch, view } = header;
      const proposer = header.proposer as string;
      const context = { epoch, view: view + 4, proposer, time: header.time + ms, empty: false };
      return b.ledger.propose(b.ledger.head.hash, context).transactions.length;
    };
    assert.deepEqual([later(1_900), later(2_000)], [0, 1]);
  });

  test('makes a block that is above it invalid', async () => {
    const b = await bench({ parameters: TIGHT });
    const all = ['one', 'two', 'three'].map((tag) => b.make(statements(4, tag)));
    const block = b.propose(all.slice(0, 2));
    const bytes = all.map((each) => each.bytes);
    const above = makeBlock({ ...block.header, txRoot: merkleRoot(bytes) }, bytes);
    assert.equal(b.ledger.check(above), 'invalid');
    assert.equal(b.ledger.check(block), 'valid');
  });

  test('is not another’s, nor the recovery key’s, nor the members’', async () => {
    const b = await bench({ parameters: TIGHT });
    await b.grow(b.make(statements(4, 'one')), b.make(statements(4, 'two')));
    await b.grow(b.make(statements(2, 'three')));
    assert.ok(!b.ledger.admissible(b.make([statement('more')])).ok);
    assert.ok(b.ledger.admissible(b.make(statements(4, 'other'), { sender: 'globex' })).ok);
    assert.ok(b.ledger.admissible(propose(b, [setParameters({ heartbeatMs: 5 })])).ok);
  });

  test('is charged for what execution rejects, too', async () => {
    const b = await bench({ parameters: TIGHT });
    const wrong = () => byMember(b, 'ada', statements(4, 'not mine'));
    await b.grow(...Array.from({ length: 25 }, wrong));
    assert.ok(!b.ledger.admissible(byMember(b, 'ada', [])).ok);
    const refused = b.ledger.admissible(propose(b, [setParameters({ heartbeatMs: 5 })]));
    assert.ok(!refused.ok && refused.code === 'QUOTA_EXCEEDED');
  });

  test('is changed by the members, but not below the largest transaction', async () => {
    const b = await bench();
    for (const changes of [
      { quotaBurstSeconds: 0 },
      { quotaBurstSeconds: 90_000 },
      { memberOperationsPerSecond: 0 },
      { publisherBytesPerSecond: 1, quotaBurstSeconds: 60 },
      { memberBytesPerSecond: 100_000_001 },
    ]) {
      assert.equal(await codeOf(b, [propose(b, [setParameters(changes)])]), 'PARAMETERS_INVALID');
    }
    const wider = setParameters({ publisherOperationsPerSecond: 5_000 });
    assert.equal(await codeOf(b, decided(b, [wider])), '');
  });
});

test('the arithmetic is that of a bucket, and stays in safe integers', () => {
  const quota = fc.record({
    operations: fc.integer({ min: 1, max: 10_000_000 }),
    bytes: fc.integer({ min: 1, max: 100_000_000 }),
    burst: fc.integer({ min: 1, max: 86_400 }),
  });
  const step = fc.record({
    // All 30 together are a time that a block can have.
    after: fc.oneof(fc.nat(5_000), fc.constant(2 ** 48)),
    operations: fc.nat(10_000),
    bytes: fc.nat(4 * 1024 * 1024),
  });
  fc.assert(
    fc.property(quota, fc.array(step, { maxLength: 30 }), (of: Quota, steps) => {
      let usage = NOTHING_USED;
      let [time, exact] = [0, { operations: 0n, bytes: 0n }];
      for (const { after, ...amount } of steps) {
        time += after;
        const next = charged(usage, amount, of, time);
        const left = (used: bigint, rate: number, more: number): bigint => {
          const rest = used - BigInt(rate) * BigInt(after);
          return (rest > 0n ? rest : 0n) + BigInt(more) * 1_000n;
        };
        const wanted = {
          operations: left(exact.operations, of.operations, amount.operations),
          bytes: left(exact.bytes, of.bytes, amount.bytes),
        };
        assert.equal(BigInt(next.operations), wanted.operations);
        assert.equal(BigInt(next.bytes), wanted.bytes);
        if (!isWithin(next, of)) {
          time -= after;
          continue;
        }
        assert.ok(Number.isSafeInteger(next.bytes) && Number.isSafeInteger(next.operations));
        [usage, exact] = [next, wanted];
      }
    }),
  );
});

const RATES = { publisher: 1, member: 10 } as const;
/** Each with what its quota goes by; a publisher's recovery key has one of its own. */
const SENDERS = [
  { name: 'acme', signer: 'acme', rate: RATES.publisher },
  { name: 'globex', signer: 'globex', rate: RATES.publisher },
  { name: 'recovery:acme', signer: 'safe', rate: RATES.member },
  { name: 'member:ada', signer: 'member ada', rate: RATES.member },
] as const;

test('any history of blocks holds what a bucket for each sender lets in, in order', () => {
  const submitted = fc.record({
    by: fc.nat(SENDERS.length - 1),
    operations: fc.integer({ min: 1, max: 4 }),
  });
  const round = fc.record({
    afterMs: fc.oneof(fc.constant(1), fc.nat(3_000), fc.constant(60_000)),
    all: fc.array(submitted, { maxLength: 16 }),
  });
  return fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 8 }), async (rounds) => {
      const b = await bench({ parameters: TIGHT, really: true });
      const recovery = sha256(keysOf('safe').publicKey);
      await b.grow(b.make([{ op: OPERATION.PUBLISHER_SET, approvals: null, recovery }]));
      let { time } = b.ledger.head.header;
      /** In thousandths of an operation. */
      const used = new Map<string, number>([['acme', 1_000]]);
      for (const { afterMs, all } of rounds) {
        time += afterMs;
        for (const { name, rate } of SENDERS) {
          used.set(name, Math.max(0, (used.get(name) ?? 0) - rate * afterMs));
        }
        const offered = all.map(({ by, operations }) => {
          const { name: sender, signer } = SENDERS[by] as (typeof SENDERS)[number];
          const parts = { sender, signers: [keysOf(signer)], validUntil: time };
          return b.make(statements(operations, 'any'), parts);
        });
        const expected = offered.filter(({ transaction: { sender, operations } }) => {
          const { rate } = SENDERS.find(({ name }) => name === sender) as (typeof SENDERS)[number];
          const after = (used.get(sender) ?? 0) + 1_000 * operations.length;
          if (after > 1_000 * rate * TIGHT.quotaBurstSeconds) return false;
          used.set(sender, after);
          return true;
        });
        b.fill(offered);
        const { transactions } = await seal(b.ledger, { time, empty: offered.length === 0 });
        assert.deepEqual(
          transactions,
          expected.map(({ bytes }) => bytes),
        );
        for (const { name } of SENDERS) {
          const usage = queries.usage(b.ledger.state(), name);
          const stands = charged(
            usage,
            { operations: 0, bytes: 0 },
            quotaOf(name, TIGHTENED),
            time,
          );
          assert.equal(stands.operations, used.get(name), `${name} at ${time}`);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('is told in whole operations: what is used is never less than what counts', () => {
  const quota = { operations: 3, bytes: 10, burst: 5 };
  const used = charged(NOTHING_USED, { operations: 2, bytes: 7 }, quota, 1_000);
  const at = (time: number) => standingOf(used, quota, time);
  assert.deepEqual(at(1_000).operations, { perSecond: 3, burst: 15, used: 2 });
  assert.deepEqual([at(1_001).operations.used, at(1_001).bytes.used], [2, 7]);
  assert.deepEqual([at(1_400).operations.used, at(1_700).bytes.used], [1, 0]);
  assert.equal(at(9_000).operations.used, 0);
});
