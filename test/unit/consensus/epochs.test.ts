import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../../src/common/bytes.ts';
import { MESSAGE } from '../../../src/consensus/messages.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { CoreDriver } from './core-driver.ts';

const { ACCEPT, NULLIFY, FINALIZE } = VOTE;
const TIMEOUT_MS = 1_000;

/** A core that has the boundary block of view 1 accepted, not finalized. */
function atBoundary(self: number): { core: CoreDriver; boundary: Block } {
  const core = new CoreDriver({ self });
  const boundary = core.block(core.genesis, 1);
  core.boundaries.add(toHex(boundary.hash));
  core.propose(boundary);
  core.receiveCertificate(ACCEPT, 1, boundary);
  return { core, boundary };
}

/** The leader of `view` proposes the block again. */
function proposeAgain(core: CoreDriver, block: Block, view: number): void {
  core.receiveVote(ACCEPT, view, block, (view - 1) % 4);
}

describe('a boundary block', () => {
  it('is proposed again by the next leader until it has its own finalization', () => {
    const { core, boundary } = atBoundary(1);
    assert.deepEqual(core.cast(ACCEPT), [1]);
    core.pass(TIMEOUT_MS / 2);
    assert.deepEqual(core.cast(ACCEPT), [1, 2]);
    const [proposal] = core.messages(MESSAGE.PROPOSAL);
    assert.deepEqual(proposal?.vote.block, boundary.hash);
    assert.equal(proposal?.justification[0]?.view, 1);
    assert.equal(core.of('build').length, 0);
  });

  it('is accepted again over its own acceptance and the nullifications between', () => {
    const { core, boundary } = atBoundary(0);
    core.receiveCertificate(NULLIFY, 3, null);
    proposeAgain(core, boundary, 4);
    assert.deepEqual(core.cast(ACCEPT), [1]);
    core.receiveCertificate(NULLIFY, 2, null);
    assert.deepEqual(core.cast(ACCEPT), [1, 4]);
  });

  it('asks the leader for the acceptance where it lacks that', () => {
    const core = new CoreDriver({ self: 3 });
    const boundary = core.block(core.genesis, 1);
    core.boundaries.add(toHex(boundary.hash));
    core.propose(boundary);
    core.receiveCertificate(NULLIFY, 1, null);
    proposeAgain(core, boundary, 2);
    assert.deepEqual(core.cast(ACCEPT), [1]);
    assert.deepEqual(core.messages(MESSAGE.REQUEST).at(-1)?.views, [1]);
    core.receiveCertificate(ACCEPT, 1, boundary);
    assert.deepEqual(core.cast(ACCEPT), [1, 2]);
  });

  it('is finalized in whatever view accepted it, and ends the epoch', () => {
    const { core, boundary } = atBoundary(0);
    proposeAgain(core, boundary, 2);
    core.receiveCertificate(ACCEPT, 2, boundary);
    assert.deepEqual(core.cast(FINALIZE), [1, 2]);
    core.receiveCertificate(FINALIZE, 2, boundary);
    assert.equal(core.state.head.hex, toHex(boundary.hash));
    assert.equal(core.state.ended, true);
    core.effects.length = 0;
    core.elapsed += 10 * TIMEOUT_MS;
    core.feed({ type: 'tick' });
    core.receiveVote(NULLIFY, 3, null, 1);
    assert.deepEqual(core.effects, []);
  });

  it('gets no child in its epoch, whoever proposes one', () => {
    const { core, boundary } = atBoundary(0);
    core.propose(core.block(boundary, 2));
    assert.deepEqual(core.cast(ACCEPT), [1]);
    assert.deepEqual(core.of('nullified')[0]?.reason, 'invalid');
  });

  it('alone may come back in a later view', () => {
    const core = new CoreDriver({ self: 0 });
    const block = core.block(core.genesis, 1);
    core.propose(block);
    core.receiveCertificate(ACCEPT, 1, block);
    proposeAgain(core, block, 2);
    assert.deepEqual(core.cast(ACCEPT), [1]);
    assert.deepEqual(core.of('nullified')[0]?.reason, 'invalid');
  });

  it('is not evidence against those who vote for it twice', () => {
    const { core, boundary } = atBoundary(0);
    for (const validator of [1, 2, 3]) core.receiveVote(FINALIZE, 1, boundary, validator);
    const again = new CoreDriver({ self: 0 });
    again.boundaries.add(toHex(boundary.hash));
    again.propose(boundary);
    for (const view of [1, 2]) {
      for (const validator of [1, 2]) again.receiveVote(ACCEPT, view, boundary, validator);
    }
    assert.deepEqual([core.of('evidence'), again.of('evidence')], [[], []]);
  });
});

describe('a validator that regained trust', () => {
  it('casts nothing up to the view until which it abstains', () => {
    const core = new CoreDriver({ self: 1, voting: false });
    core.feed({ type: 'trusted', abstainUntil: 2 });
    core.propose(core.block(core.genesis, 1));
    core.receiveCertificate(NULLIFY, 1, null);
    core.pass(TIMEOUT_MS);
    assert.deepEqual([core.cast(ACCEPT), core.cast(NULLIFY)], [[], []]);
    core.receiveCertificate(NULLIFY, 2, null);
    core.propose(core.block(core.genesis, 3));
    assert.deepEqual(core.cast(ACCEPT), [3]);
  });

  it('does not answer others that ask, before it votes itself', () => {
    const core = new CoreDriver({ self: 1, voting: false });
    const nonce = new Uint8Array(16);
    core.feed({ type: 'query', from: 2, nonce });
    core.feed({ type: 'trusted', abstainUntil: 1 });
    core.feed({ type: 'query', from: 2, nonce });
    assert.deepEqual(core.messages(MESSAGE.ANSWER), []);
    core.receiveCertificate(NULLIFY, 1, null);
    core.feed({ type: 'query', from: 2, nonce });
    const [answer] = core.messages(MESSAGE.ANSWER);
    assert.deepEqual([answer?.view, answer?.entry?.view], [2, 1]);
  });
});
