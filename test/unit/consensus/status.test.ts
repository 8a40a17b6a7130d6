/** What a status says of a core: whose votes are there, what is missing, and what is waited for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConsensusStatus, statusOfState } from '../../../src/consensus/status.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { CoreDriver } from './core-driver.ts';

function statusOf(driver: CoreDriver): ConsensusStatus {
  const extras = { answersMissing: null, notVoting: null, givenUp: undefined };
  return statusOfState(driver.state, driver.elapsed, extras);
}

describe('the status of consensus', () => {
  it('counts the votes on a proposal and names whose are missing', () => {
    const driver = new CoreDriver({ self: 3 });
    driver.waiting = true;
    const block = driver.block(driver.genesis, 1);
    driver.propose(block);
    const { votes, proposal, working, leader } = statusOf(driver);
    assert.equal(working, true);
    assert.equal(leader, 'm-000');
    assert.deepEqual(
      [proposal?.height, proposal?.accepted, proposal?.judgement],
      [1, true, 'valid'],
    );
    assert.deepEqual(votes, [
      {
        kind: 'accept',
        view: 1,
        height: 1,
        needed: 3,
        given: ['m-000', 'm-003'],
        missing: ['m-001', 'm-002'],
      },
    ]);
  });

  it('counts the finalize votes on an accepted block', () => {
    const driver = new CoreDriver({ self: 3 });
    const block = driver.block(driver.genesis, 1);
    driver.accept(block);
    driver.receiveVote(VOTE.FINALIZE, 1, block, 1);
    const [finalize] = statusOf(driver).votes;
    assert.deepEqual(
      [finalize?.kind, finalize?.view, finalize?.height, finalize?.given],
      ['finalize', 1, 1, ['m-001', 'm-003']],
    );
  });

  it('counts nullify votes, and says how long the view has still', () => {
    const driver = new CoreDriver({ self: 3 });
    driver.waiting = true;
    driver.feed({ type: 'work-appeared' });
    const before = statusOf(driver);
    assert.ok(before.timeoutMs !== null && before.timeoutMs > 0);
    assert.equal(before.proposal, null);
    driver.pass(before.timeoutMs + 1);
    const { votes, failures, timeoutMs } = statusOf(driver);
    assert.deepEqual([votes[0]?.kind, votes[0]?.given], ['nullify', ['m-003']]);
    assert.deepEqual([failures, timeoutMs], [1, null]);
  });

  it('tells what is fetched and from whom, and how far a proposal is ahead', () => {
    const driver = new CoreDriver({ self: 3 });
    const block = driver.block(driver.genesis, 1);
    driver.receiveVote(VOTE.ACCEPT, 1, block, 0);
    driver.pass(200);
    const { fetching, proposal } = statusOf(driver);
    assert.equal(proposal?.judgement, 'missing');
    assert.deepEqual([fetching[0]?.what, fetching[0]?.from[0]], ['block', 'm-000']);
    assert.ok((fetching[0]?.attempts ?? 0) > 0);
    const ahead = new CoreDriver({ self: 3 });
    ahead.propose(ahead.block(ahead.genesis, 1, { time: ahead.genesis.header.time + 5_000 }));
    assert.deepEqual(
      [statusOf(ahead).proposal?.aheadMs, statusOf(ahead).proposal?.accepted],
      [5_000, false],
    );
  });
});
