import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concat, keyText, toHex } from '../../../src/common/bytes.ts';
import { OUTLINE_DELAY_MS } from '../../../src/consensus/core/limits.ts';
import { markedIn, marksOf } from '../../../src/consensus/core/marks.ts';
import { decodeMessage, MESSAGE } from '../../../src/consensus/messages.ts';
import { BODIES_DELAY_MS, OUTLINES_MAX, Outlines } from '../../../src/consensus/outlines.ts';
import {
  type Block,
  decodeOutline,
  genesisBlock,
  makeBlock,
  type Outline,
} from '../../../src/ledger/block.ts';
import { leafHashes, leafText, merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { BLOCK_BYTES_CAP, TRANSACTION_BYTES_CAP } from '../../../src/ledger/parameters.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { CHAIN, CoreDriver } from './core-driver.ts';

const body = (n: number): Uint8Array => new Uint8Array(100).fill(n);
const BODIES = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(body);

/** A block of height 1 that holds these, and its outline. */
function blockOf(transactions: readonly Uint8Array[]): { block: Block; outline: Outline } {
  const { header } = genesisBlock(CHAIN, 1, []);
  const block = makeBlock({ ...header, height: 1, txRoot: merkleRoot(transactions) }, transactions);
  const outline = decodeOutline(CHAIN, block.headerBytes, leafHashes(transactions));
  assert.ok(outline.ok);
  return { block, outline: outline.value };
}

function setup(waiting: readonly Uint8Array[] = []) {
  const pool = new Map(waiting.map((bytes) => [leafText(bytes), bytes]));
  const found: Block[] = [];
  const asked: { member: string; missing: Uint8Array }[] = [];
  const timers = new Set<() => void>();
  const { state } = new CoreDriver({ self: 1 });
  const take = (outline: Outline): boolean => {
    const wanted = {
      hash: outline.hash,
      view: 1,
      holders: [],
      attempts: 0,
      askAt: 0,
      notBefore: 0,
    };
    state.wants.set(toHex(outline.hash), wanted);
    return outlines.take('bob', outline);
  };
  const outlines = new Outlines({
    application: { body: (leaf) => pool.get(leaf) },
    clock: {
      now: () => 0,
      after: (ms, callback) => {
        assert.equal(ms, BODIES_DELAY_MS);
        timers.add(callback);
        return () => timers.delete(callback);
      },
    },
    core: () => state,
    feed: (input) => input.type === 'block' && found.push(input.block),
    network: {
      send: (member, bytes) => {
        const message = decodeMessage(bytes);
        assert.ok(message.ok && message.value.kind === MESSAGE.BODIES_REQUEST);
        asked.push({ member, missing: message.value.missing });
      },
    },
  });
  const arrive = (bytes: Uint8Array): void => {
    pool.set(leafText(bytes), bytes);
    outlines.look();
  };
  const late = (): void => {
    for (const callback of [...timers]) callback();
  };
  const unwant = (): void => state.wants.clear();
  return { outlines, take, found, asked, arrive, late, unwant, timers };
}

describe('a proposal that names its transactions', () => {
  it('is a block at once where all of them wait here', () => {
    const { outlines, take, found, timers } = setup(BODIES);
    const { block, outline } = blockOf(BODIES);
    assert.ok(take(outline));
    assert.deepEqual(
      found.map(({ hash, transactions }) => [hash, transactions]),
      [[block.hash, BODIES]],
    );
    assert.equal(outlines.size + timers.size, 0);
  });

  it('waits for those that gossip brings later', () => {
    const { take, found, arrive, asked } = setup(BODIES.slice(2));
    take(blockOf(BODIES).outline);
    arrive(body(1));
    assert.equal(found.length, 0);
    arrive(body(2));
    assert.deepEqual(found[0]?.transactions, BODIES);
    assert.equal(asked.length, 0);
  });

  it('asks its proposer for the rest, and takes one answer, each body by its hash', () => {
    const { outlines, take, found, asked, late } = setup(BODIES.slice(0, 7));
    const { outline } = blockOf(BODIES);
    take(outline);
    const answer = (transactions: readonly Uint8Array[]) =>
      ({ kind: MESSAGE.BODIES, version: 1, block: outline.hash, transactions }) as const;
    assert.equal(outlines.fill('bob', answer(BODIES)), false, 'nobody was asked yet');
    late();
    assert.deepEqual(asked, [{ member: 'bob', missing: marksOf([7, 8], 9) }]);
    assert.equal(outlines.fill('eve', answer(BODIES)), false, 'somebody else');
    assert.equal(outlines.fill('bob', answer([body(8), body(77)])), true);
    assert.equal(found.length, 0);
    assert.equal(outlines.fill('bob', answer([body(9)])), false, 'once');
  });

  it('gives up what is no longer wanted, and keeps a few at most', () => {
    const { outlines, take, late, asked, unwant, timers } = setup();
    for (let i = 0; i < OUTLINES_MAX; i++) {
      assert.ok(take(blockOf([body(50 + i)]).outline));
    }
    assert.equal(take(blockOf([body(1)]).outline), false);
    unwant();
    late();
    assert.equal(asked.length, 0);
    outlines.look();
    assert.equal(outlines.size + timers.size, 0);
  });

  it('is no block where a name stands twice, or nobody could send it whole', () => {
    const { take, found } = setup(BODIES);
    assert.equal(take(blockOf([body(1), body(2), body(1)]).outline), false);
    const count = BLOCK_BYTES_CAP / TRANSACTION_BYTES_CAP + 1;
    const huge = Array.from({ length: count }, (_, i) => new Uint8Array(4 << 20).fill(i));
    const other = setup(huge);
    assert.ok(other.take(blockOf(huge).outline));
    assert.equal(other.outlines.size + other.found.length + found.length, 0);
  });

  it('is refused where its names are not those of its header', () => {
    const { block } = blockOf(BODIES);
    const leaves = leafHashes(BODIES);
    const ragged = concat(leaves, Uint8Array.of(1));
    const others = [leaves.subarray(32), leaves.subarray(1), concat(leaves, leaves), ragged];
    for (const wrong of others) {
      const outline = decodeOutline(CHAIN, block.headerBytes, wrong);
      assert.equal(outline.ok ? undefined : outline.code, 'BLOCK_TX_ROOT');
    }
    assert.equal(keyText(leaves.subarray(0, 32)), leafText(body(1)));
  });
});

describe('the core and outlines', () => {
  it('proposes a large block by names, and serves the transactions that somebody lacks', () => {
    const core = new CoreDriver({ self: 0, wholeBytesMax: 0 });
    const block = core.block(core.genesis, 1);
    core.waiting = true;
    core.feed({ type: 'work-appeared' });
    core.feed({ type: 'built', view: 1, block, bytes: new Uint8Array(1) });
    const [outline] = core.messages(MESSAGE.OUTLINE);
    assert.deepEqual(outline?.leaves, leafHashes(block.transactions));
    const ask = (hash: Uint8Array, missing: Uint8Array): void =>
      core.feed({ type: 'bodies-request', from: 2, hash, missing });
    ask(new Uint8Array(32), Uint8Array.of(1));
    assert.equal(core.messages(MESSAGE.BODIES).length, 0);
    ask(block.hash, Uint8Array.of(1));
    ask(block.hash, Uint8Array.of(0, 255));
    const answers = core.messages(MESSAGE.BODIES).map(({ transactions }) => transactions);
    assert.deepEqual(answers, [block.transactions, []]);
  });

  it('asks for the whole block only when its parts had time to come', () => {
    const core = new CoreDriver({ self: 1 });
    const block = core.block(core.genesis, 1);
    core.receiveVote(VOTE.ACCEPT, 1, block, 0);
    core.feed({ type: 'outlined', hash: block.hash });
    core.pass(OUTLINE_DELAY_MS - 1);
    assert.equal(core.messages(MESSAGE.REQUEST).length, 0);
    core.pass(2);
    assert.deepEqual(core.messages(MESSAGE.REQUEST)[0]?.blocks, [block.hash]);
  });

  it('marks and finds what is marked', () => {
    assert.deepEqual(markedIn(BODIES, marksOf([0, 8], 9)), [body(1), body(9)]);
    assert.deepEqual(markedIn(BODIES, new Uint8Array(0)), []);
    assert.deepEqual(markedIn([body(1)], Uint8Array.of(255, 255)), [body(1)]);
  });
});
