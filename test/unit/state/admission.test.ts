import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ZERO_HASH } from '../../../src/common/hash.ts';
import { makeBlock } from '../../../src/ledger/block.ts';
import { type Bench, bench, keysOf, put, START, statement, transaction } from './fixture.ts';

suite('admission', () => {
  const cases: [string, (b: Bench) => ReturnType<Bench['make']>][] = [
    ['EXPIRED', (b) => b.make([statement('a')], { validUntil: START - 1 })],
    ['VALIDITY_TOO_LONG', (b) => b.make([statement('a')], { validUntil: START + 600_002 })],
    ['WRONG_CHAIN', () => transaction({ chain: ZERO_HASH, operations: [statement('a')] })],
    ['UNKNOWN_SENDER', (b) => b.make([statement('a')], { sender: 'nobody' })],
    ['UNKNOWN_SENDER', (b) => b.make([statement('a')], { sender: 'member:nobody' })],
    ['UNAUTHORISED_KEY', (b) => b.make([statement('a')], { signers: [] })],
    ['UNAUTHORISED_KEY', (b) => b.make([statement('a')], { signers: [keysOf('globex')] })],
    [
      'UNAUTHORISED',
      (b) => b.make([statement('a')], { sender: 'member:ada', signers: [keysOf('member ada')] }),
    ],
    [
      'UNAUTHORISED_KEY',
      (b) => b.make([statement('a')], { sender: 'member:ada', signers: [keysOf('validator ada')] }),
    ],
    ['NO_OPERATIONS', (b) => b.make([])],
    ['TOO_MANY_OPERATIONS', (b) => b.make([statement('a'), statement('b'), statement('c')])],
    ['TRANSACTION_TOO_LARGE', (b) => b.make([put('acme/x', 'k', 'v'.repeat(3_000))])],
  ];
  for (const [code, make] of cases) {
    test(code, async () => {
      const b = await bench({
        parameters: { transactionOperationsMax: 2, transactionBytesMax: 2_048 },
      });
      const t = make(b);
      const judged = b.ledger.admissible(t);
      assert.ok(!judged.ok);
      assert.equal(judged.code, code);
      if (code === 'UNAUTHORISED') return;
      assert.deepEqual(b.propose([t]).transactions, []);
      const empty = b.propose([]);
      assert.equal(b.ledger.check(makeBlock({ ...empty.header, view: 9 }, [t.bytes])), 'invalid');
    });
  }

  test('one stranger among the signers is too many', async () => {
    const b = await bench();
    const signers = [keysOf('acme'), keysOf('globex')].sort((x, y) =>
      Buffer.compare(x.publicKey, y.publicKey),
    );
    const judged = b.ledger.admissible(b.make([statement('a')], { signers }));
    assert.ok(!judged.ok && judged.code === 'UNAUTHORISED_KEY');
    assert.ok(b.ledger.admissible(b.make([statement('a')])).ok);
  });

  test('goes by the machine’s clock where the head is old', async () => {
    const b = await bench({ now: () => START + 86_400_000 });
    const t = b.make([statement('a')], { validUntil: START + 86_400_000 + 300_000 });
    assert.ok(b.ledger.admissible(t).ok);
    const old = b.ledger.admissible(b.make([statement('a')], { validUntil: START + 60_000 }));
    assert.ok(!old.ok && old.code === 'EXPIRED');
  });

  test('a member’s transaction in a block is rejected, not invalid', async () => {
    const b = await bench();
    const t = b.make([statement('a')], { sender: 'member:ada', signers: [keysOf('member ada')] });
    await b.grow(t);
    assert.equal(b.ledger.transaction(t.id)?.result.code, 'UNAUTHORISED');
  });
});
