import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { toHex } from '../../../src/common/bytes.ts';
import { ZERO_HASH } from '../../../src/common/hash.ts';
import { type Block, decodeBlock, encodeBlock, makeBlock } from '../../../src/ledger/block.ts';
import { bench, START, statement } from './fixture.ts';

/** The block with another header, as a faulty leader could send it. */
function withHeader(block: Block, changes: Partial<Block['header']>): Block {
  return makeBlock({ ...block.header, ...changes }, block.transactions);
}

suite('proposing and checking', () => {
  test('what one node proposes is valid on another, with the same roots', async () => {
    const [a, b] = [await bench(), await bench()];
    let parent: Block | undefined;
    for (let view = 1; view <= 5; view++) {
      const block = a.propose([a.make([statement(`file ${view}`)])], parent, view);
      const received = decodeBlock(b.chain, encodeBlock(block));
      assert.ok(received.ok);
      assert.equal(b.ledger.check(received.value), 'valid');
      assert.equal(b.ledger.check(received.value), 'valid');
      parent = block;
    }
    assert.equal(b.ledger.head.header.height, 0);
  });

  test('takes candidates in order until the block is full; none overtakes', async () => {
    const one = await bench({ parameters: { blockOperationsMax: 5, transactionOperationsMax: 5 } });
    const make = (count: number) =>
      one.make(Array.from({ length: count }, (_, i) => statement(`${i}`)));
    const [three, four, two] = [make(3), make(4), make(2)];
    assert.deepEqual(one.propose([three, four, two]).transactions, [three.bytes]);
    assert.deepEqual(one.propose([three, two, four]).transactions, [three.bytes, two.bytes]);
    const tooMany = make(6);
    assert.deepEqual(one.propose([tooMany, two]).transactions, [two.bytes]);

    const bytesMax = three.bytes.length + 10;
    const sized = await bench({
      parameters: { blockBytesMax: bytesMax, transactionBytesMax: bytesMax },
    });
    const first = sized.make([statement('0'), statement('1'), statement('2')]);
    const second = sized.make([statement('0')]);
    assert.deepEqual(sized.propose([first, second]).transactions, [first.bytes]);
  });

  test('a proposal holds what can be executed in a view, and always one transaction', async () => {
    const parameters = {
      viewTimeoutMs: 2,
      viewTimeoutMaxMs: 2,
      minBlockIntervalMs: 1,
      transactionOperationsMax: 6,
    };
    const short = await bench({ parameters });
    const make = (count: number) =>
      short.make(Array.from({ length: count }, (_, i) => statement(`${i}`)));
    const [six, four, one] = [make(6), make(4), make(1)];
    assert.deepEqual(short.propose([six, four, one]).transactions, [six.bytes, four.bytes]);
    const tiny = await bench({ parameters: { ...parameters, viewTimeoutMs: 1 } });
    const whole = tiny.make(Array.from({ length: 6 }, (_, i) => statement(`${i}`)));
    assert.deepEqual(tiny.propose([whole]).transactions, [whole.bytes]);
  });

  test('a block above the limits is invalid', async () => {
    const { propose, make, ledger } = await bench();
    const block = propose([make([statement('a')])]);
    const many = Array.from(
      { length: 21 },
      () => make(Array.from({ length: 1_000 }, (_, i) => statement(`${i}`))).bytes,
    );
    const full = makeBlock({ ...block.header, view: 8 }, many.slice(0, 20));
    assert.equal(ledger.check(full), 'valid');
    assert.equal(ledger.check(makeBlock({ ...block.header, view: 9 }, many)), 'invalid');
  });

  test('every link of the header counts', async () => {
    const { ledger, propose, make, grow } = await bench();
    await grow(make([statement('a')]));
    const block = propose([make([statement('b')])]);
    const { header } = block;
    const lies: Partial<Block['header']>[] = [
      { epoch: 2 },
      { height: header.height + 1 },
      { time: ledger.head.header.time - 1 },
      { historyRoot: ZERO_HASH },
      { validators: ZERO_HASH },
      { nextValidators: ZERO_HASH },
      { chain: ZERO_HASH },
    ];
    for (const lie of lies) assert.equal(ledger.check(withHeader(block, lie)), 'invalid');
    assert.equal(ledger.check(withHeader(block, { parent: ZERO_HASH })), 'unknown-parent');
    assert.equal(ledger.check(withHeader(block, { stateRoot: ZERO_HASH })), 'diverged');
    assert.equal(ledger.check(withHeader(block, { resultRoot: ZERO_HASH })), 'diverged');
    const both = { stateRoot: ZERO_HASH, epoch: 2 };
    assert.equal(ledger.check(withHeader(block, both)), 'invalid');
  });

  test('a transaction with a bad signature makes its block invalid', async () => {
    const b = await bench();
    const bad = b.make([statement('a')]);
    const block = b.propose([b.make([statement('b')]), bad]);
    const verifyTransaction = ({ id }: { id: Uint8Array }) => toHex(id) !== toHex(bad.id);
    const other = await bench({ verifyTransaction });
    assert.equal(other.ledger.check(block), 'invalid');
  });

  test('bytes that are no transaction make a block invalid', async () => {
    const { ledger, propose, make } = await bench();
    const block = propose([make([statement('a')])]);
    const junk = makeBlock({ ...block.header, view: 3 }, [Uint8Array.of(0x90)]);
    assert.equal(ledger.check(junk), 'invalid');
  });

  test('knows whether there is work for a child', async () => {
    const b = await bench();
    const t = b.make([statement('a')]);
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
    b.fill([t]);
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), true);
    const block = b.propose([t]);
    b.fill([t]);
    assert.equal(b.ledger.hasWork(block.hash), false);
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), true);
    assert.equal(b.ledger.hasWork(ZERO_HASH), false);
    b.fill([b.make([statement('late')], { validUntil: START - 1 })]);
    assert.equal(b.ledger.hasWork(b.ledger.head.hash), false);
  });
});
