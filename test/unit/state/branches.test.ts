import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Block, makeBlock } from '../../../src/ledger/block.ts';
import * as queries from '../../../src/state/queries.ts';
import { assetNamed, bench, certificateOf, finals, put, START, statement } from './fixture.ts';

/** The block with another header, as a faulty leader could send it. */
function withHeader(block: Block, changes: Partial<Block['header']>): Block {
  return makeBlock({ ...block.header, ...changes }, block.transactions);
}

suite('branches', () => {
  test('competing branches stand beside each other until one is final', async () => {
    const b = await bench();
    const left = b.propose([b.make([put('acme/x', 'k', 'left')])], undefined, 1);
    const right = b.propose([b.make([put('acme/x', 'k', 'right')])], undefined, 2);
    const onRight = b.propose([b.make([put('acme/x', 'k', 'again', 1)])], right, 3);
    const onLeft = b.propose([b.make([put('acme/x', 'k', 'again', 0)])], left, 4);
    await b.ledger.finalize(finals([right]));
    assert.equal(b.ledger.check(withHeader(onLeft, { view: 9 })), 'unknown-parent');
    assert.equal(b.ledger.check(withHeader(left, { view: 9 })), 'unknown-parent');
    assert.equal(b.ledger.check(onRight), 'valid');
    await b.ledger.finalize(finals([onRight]));
    const record = queries.record(b.ledger.state(), 'acme/x', 'k');
    assert.equal(record?.revision, 2);
    assert.equal(Buffer.from(record?.value ?? []).toString(), 'again');
  });

  test('several blocks become final at once; the certificate is the last one’s', async () => {
    const b = await bench();
    const told: [number, boolean][] = [];
    b.ledger.onFinal(({ block, certificate }) => {
      // All were written at once, so nobody ever sees a head without a finalization.
      assert.equal(b.ledger.head.header.height, 3);
      assert.ok(b.ledger.finality(block.header.height) !== undefined);
      told.push([block.header.height, certificate !== undefined]);
    });
    const one = b.propose([b.make([statement('a')])]);
    const two = b.propose([b.make([statement('a')])], one);
    const three = b.propose([], two);
    await b.ledger.finalize(finals([one, two, three]));
    assert.deepEqual(told, [
      [1, false],
      [2, false],
      [3, true],
    ]);
    assert.equal(b.ledger.certificate(1), undefined);
    assert.deepEqual(b.ledger.certificate(3)?.block, three.hash);
    assert.deepEqual(b.ledger.finality(1), {
      certificate: certificateOf(three),
      headers: [two.headerBytes, three.headerBytes],
    });
    assert.deepEqual(b.ledger.finality(3)?.headers, []);
    assert.equal(b.ledger.finality(4), undefined);
  });

  test('blocks that were never checked here are checked when they become final', async () => {
    const [a, b] = [await bench(), await bench()];
    const one = a.propose([a.make([statement('a')])]);
    const two = a.propose([], one);
    await b.ledger.finalize(finals([one, two]));
    assert.deepEqual(b.ledger.head.hash, two.hash);
    const bad = withHeader(a.propose([], two), { epoch: 7 });
    await assert.rejects(b.ledger.finalize(finals([bad])), { code: 'STATE_NOT_VALID' });
    assert.deepEqual(b.ledger.head.hash, two.hash);
  });

  test('checking goes on while a block is being written', async () => {
    const b = await bench();
    const one = b.propose([b.make([statement('a')])]);
    const two = b.propose([b.make([statement('a'), statement('b')])], one, 2);
    const done = b.ledger.finalize(finals([one]));
    const three = b.propose([b.make([statement('a')])], two, 3);
    assert.equal(b.ledger.check(three), 'valid');
    await Promise.all([done, b.ledger.finalize(finals([two]))]);
    await b.ledger.finalize(finals([three]));
    assert.equal(queries.statementsOn(b.ledger.state(), assetNamed('a')).length, 3);
  });

  test('unfinalized blocks are bounded, and come back when they are checked again', async () => {
    const b = await bench();
    const blocks: Block[] = [];
    for (let view = 1; view <= 300; view++) blocks.push(b.propose([], undefined, view));
    const first = blocks[0] as Block;
    assert.equal(b.ledger.hasWork(first.hash), false);
    assert.equal(b.ledger.check(first), 'valid');
    await b.ledger.finalize(finals([first]));
    assert.deepEqual(b.ledger.head.hash, first.hash);
  });
});

suite('replay protection', () => {
  test('an id is used once: in a block, on a branch, and after it is final', async () => {
    const b = await bench();
    const t = b.make([statement('a')]);
    assert.deepEqual(b.propose([t, t]).transactions, [t.bytes]);
    const one = b.propose([t], undefined, 5);
    assert.deepEqual(b.propose([t], one).transactions, []);
    const twice = makeBlock(withHeader(one, { view: 6 }).header, [t.bytes, t.bytes]);
    assert.equal(b.ledger.check(twice), 'invalid');
    await b.ledger.finalize(finals([one]));
    assert.deepEqual(b.propose([t], undefined, 7).transactions, []);
    const admitted = b.ledger.admissible(t);
    assert.ok(!admitted.ok && admitted.code === 'DUPLICATE');
    const again = b.propose([b.make([statement('b')])], undefined, 8);
    assert.equal(b.ledger.check(makeBlock({ ...again.header, view: 9 }, [t.bytes])), 'invalid');
  });

  test('rejected transactions are used up too', async () => {
    const b = await bench();
    const t = b.make([put('globex/x', 'k', 'v')]);
    await b.grow(t);
    assert.equal(b.ledger.transaction(t.id)?.result.code, 'NAMESPACE_FORBIDDEN');
    assert.deepEqual(b.propose([t], undefined, 9).transactions, []);
  });

  test('ids are still used after a restart, until they expire', async () => {
    const b = await bench();
    const t = b.make([statement('a')], { validUntil: START + 500 });
    await b.grow(t);
    for (let i = 0; i < 3; i++) await b.grow();
    const again = await bench({ store: b.store });
    const admitted = again.ledger.admissible(t);
    assert.ok(!admitted.ok && admitted.code === 'DUPLICATE');
    const late = again.ledger.propose(again.ledger.head.hash, {
      epoch: 1,
      view: 50,
      proposer: 'ada',
      time: START + 501,
      empty: true,
    });
    await again.ledger.finalize(finals([late]));
    const expired = again.ledger.admissible(t);
    assert.ok(!expired.ok && expired.code === 'EXPIRED');
  });
});
