import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MESSAGE } from '../../../src/consensus/messages.ts';
import { FAULT } from '../../../src/ledger/evidence.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { CoreDriver } from './core-driver.ts';

const { ACCEPT, NULLIFY, FINALIZE } = VOTE;
/** Half of the default timeout is the leader's, all of it the acceptance's. */
const TIMEOUT_MS = 1_000;

describe('accept', () => {
  it('takes a proposal on the final head', () => {
    const core = new CoreDriver({ self: 1 });
    core.propose(core.block(core.genesis, 1));
    assert.deepEqual(core.cast(ACCEPT), [1]);
  });

  it('is cast once a view', () => {
    const core = new CoreDriver({ self: 1 });
    core.propose(core.block(core.genesis, 1, {}, 1));
    core.propose(core.block(core.genesis, 1, {}, 2));
    assert.deepEqual(core.cast(ACCEPT), [1]);
    assert.equal(core.of('evidence')[0]?.evidence.kind, FAULT.CONFLICTING_ACCEPT);
  });

  it('waits for the acceptance of the parent and asks for it', () => {
    const core = new CoreDriver({ self: 2 });
    const parent = core.block(core.genesis, 1);
    core.propose(parent);
    core.receiveCertificate(NULLIFY, 1, null);
    const child = core.block(parent, 2);
    core.propose(child);
    assert.deepEqual(core.cast(ACCEPT), [1]);
    assert.deepEqual(core.messages(MESSAGE.REQUEST)[0]?.blocks, [parent.hash]);
    core.receiveCertificate(ACCEPT, 1, parent);
    assert.deepEqual(core.cast(ACCEPT), [1, 2]);
  });

  it('waits for the nullifications of the gap and asks the leader for them', () => {
    const core = new CoreDriver({ self: 0 });
    core.receiveCertificate(NULLIFY, 2, null);
    assert.equal(core.state.view, 3);
    core.propose(core.block(core.genesis, 3));
    assert.deepEqual(core.cast(ACCEPT), []);
    const request = core.of('send').find(({ message }) => message.kind === MESSAGE.REQUEST);
    assert.deepEqual(request?.message.kind === MESSAGE.REQUEST && request.message.views, [1]);
    core.receiveCertificate(NULLIFY, 1, null);
    assert.deepEqual(core.cast(ACCEPT), [3]);
  });

  it('refuses what the application finds invalid, or other roots, by nullifying at once', () => {
    for (const judgement of ['invalid', 'diverged'] as const) {
      const core = new CoreDriver({ self: 1 });
      const block = core.block(core.genesis, 1);
      core.judgements.set(Buffer.from(block.hash).toString('hex'), judgement);
      core.propose(block);
      assert.deepEqual(core.cast(ACCEPT), []);
      assert.deepEqual(core.of('nullified')[0]?.reason, 'invalid');
      assert.equal(core.state.diverged, undefined);
    }
  });

  it('refuses a wrong height, proposer, view or epoch without asking the application', () => {
    const wrong = [{ height: 2 }, { proposer: 'm-003' }, { view: 2 }, { epoch: 2 }, { time: 1 }];
    for (const change of wrong) {
      const core = new CoreDriver({ self: 2 });
      const block = core.block(core.genesis, 1, change);
      core.receiveVote(ACCEPT, 1, block, 0);
      core.receiveBlock(block);
      assert.deepEqual(core.cast(NULLIFY), [1], JSON.stringify(change));
      assert.deepEqual(core.of('check').length, 0);
    }
  });

  it('waits for a block that is ahead of the clock, nullifies one that is far behind', () => {
    const ahead = new CoreDriver({ self: 1 });
    ahead.propose(ahead.block(ahead.genesis, 1, { time: ahead.genesis.header.time + 2_300 }));
    assert.deepEqual(ahead.cast(ACCEPT), []);
    ahead.pass(310);
    assert.deepEqual(ahead.cast(ACCEPT), [1]);

    const behind = new CoreDriver({ self: 1 });
    const block = behind.block(behind.genesis, 1);
    behind.elapsed += 10_100;
    behind.propose(block);
    assert.deepEqual(behind.cast(ACCEPT), []);
    assert.ok(behind.cast(NULLIFY).includes(1));
  });

  it('may follow a nullify, while the view lasts', () => {
    const core = new CoreDriver({ self: 1 });
    core.pass(TIMEOUT_MS / 2 + 1);
    assert.deepEqual(core.cast(NULLIFY), [1]);
    core.propose(core.block(core.genesis, 1));
    assert.deepEqual(core.cast(ACCEPT), [1]);
  });
});

describe('finalize', () => {
  it('follows an acceptance once the block is here and valid', () => {
    const core = new CoreDriver({ self: 1 });
    const block = core.block(core.genesis, 1);
    core.receiveCertificate(ACCEPT, 1, block);
    assert.equal(core.state.view, 2);
    assert.deepEqual(core.cast(FINALIZE), []);
    core.receiveBlock(block);
    assert.deepEqual(core.cast(FINALIZE), [1]);
  });

  it('never follows a nullify in the same view, though the late acceptance is taken', () => {
    const core = new CoreDriver({ self: 1 });
    core.pass(TIMEOUT_MS / 2 + 1);
    const block = core.block(core.genesis, 1);
    core.accept(block);
    assert.deepEqual(core.cast(NULLIFY), [1]);
    assert.deepEqual(core.cast(FINALIZE), []);
    assert.equal(core.state.view, 2);
    // The acceptance goes on to those who may be stuck in the view.
    assert.equal(core.messages(MESSAGE.CERTIFICATES)[0]?.certificates[0]?.kind, ACCEPT);
    core.propose(core.block(block, 2));
    assert.deepEqual(core.cast(ACCEPT), [2]);
  });

  it('stops all votes where an accepted block does not follow from our state', () => {
    const core = new CoreDriver({ self: 1 });
    const block = core.block(core.genesis, 1);
    core.judgements.set(Buffer.from(block.hash).toString('hex'), 'diverged');
    core.accept(block);
    assert.equal(core.of('diverged').length, 1);
    core.pass(10 * TIMEOUT_MS);
    assert.deepEqual([...core.cast(FINALIZE), ...core.cast(NULLIFY), ...core.cast(ACCEPT)], []);
  });
});

describe('nullify', () => {
  it('comes when the leader is silent for half of the timeout, once', () => {
    const core = new CoreDriver({ self: 1 });
    core.pass(TIMEOUT_MS / 2 - 1);
    assert.deepEqual(core.cast(NULLIFY), []);
    core.pass(5 * TIMEOUT_MS);
    assert.deepEqual(core.cast(NULLIFY), [1]);
  });

  it('comes at once from a view that its leader or f + 1 others gave up', () => {
    const leader = new CoreDriver({ self: 1 });
    leader.receiveVote(NULLIFY, 1, null, 0);
    assert.equal(leader.of('nullified')[0]?.reason, 'leader');
    const others = new CoreDriver({ self: 1 });
    others.receiveVote(NULLIFY, 1, null, 2);
    assert.deepEqual(others.cast(NULLIFY), []);
    others.receiveVote(NULLIFY, 1, null, 3);
    assert.equal(others.of('nullified')[0]?.reason, 'others');
  });

  it('comes at once where the leader is known to be silent and a quorum is heard', () => {
    const core = new CoreDriver({ self: 1 });
    core.pass(TIMEOUT_MS / 2 + 1); // the leader of view 1, validator 0, says nothing
    core.receiveVote(NULLIFY, 1, null, 2);
    core.receiveVote(NULLIFY, 1, null, 3);
    assert.equal(core.state.view, 2);
    for (const view of [2, 3, 4]) core.receiveCertificate(NULLIFY, view, null);
    assert.equal(core.of('nullified').at(-1)?.reason, 'silent-leader');
    assert.equal(core.of('nullified').at(-1)?.view, 5);
  });

  it('waits for the leader again once it is heard', () => {
    const core = new CoreDriver({ self: 1 });
    core.pass(TIMEOUT_MS / 2 + 1);
    core.receiveVote(NULLIFY, 1, null, 2);
    core.receiveVote(NULLIFY, 1, null, 3);
    core.feed({ type: 'heard', validator: 0 });
    for (const view of [2, 3, 4]) core.receiveCertificate(NULLIFY, view, null);
    assert.ok(!core.cast(NULLIFY).includes(5));
  });

  it('takes longer with each failure, up to the cap, and is reset by a finalization', () => {
    const core = new CoreDriver({ self: 3 });
    const waits = [];
    for (let view = 1; view <= 9; view += 4) {
      const from = core.elapsed;
      while (!core.cast(NULLIFY).includes(view)) core.pass(1);
      waits.push(core.elapsed - from);
      for (let next = view; next < view + 4; next++) core.receiveCertificate(NULLIFY, next, null);
      core.feed({ type: 'heard', validator: 0 });
    }
    assert.deepEqual(waits, [500, 1_000, 2_000]);
    const block = core.block(core.genesis, 13);
    core.accept(block);
    core.receiveCertificate(FINALIZE, 13, block);
    assert.equal(core.state.failures, 0);
  });
});

describe('views and finality', () => {
  it('are entered by acceptance, nullification and finalization alike, far ones too', () => {
    const core = new CoreDriver({ self: 1 });
    const block = core.block(core.genesis, 7);
    core.receiveCertificate(ACCEPT, 7, block);
    assert.equal(core.state.view, 8);
    core.receiveCertificate(NULLIFY, 500, null);
    assert.equal(core.state.view, 501);
    core.receiveCertificate(FINALIZE, 900, core.block(block, 900));
    assert.equal(core.state.view, 901);
  });

  it('finalizes a block with all its unfinalized ancestors', () => {
    const core = new CoreDriver({ self: 1 });
    const first = core.block(core.genesis, 1);
    core.accept(first);
    const second = core.block(first, 2);
    core.accept(second);
    core.receiveCertificate(FINALIZE, 2, second);
    const [effect] = core.of('finalize');
    assert.deepEqual(
      effect?.blocks.map(({ hash }) => hash),
      [first.hash, second.hash],
    );
    assert.equal(core.state.views.has(1), false);
    assert.equal(core.state.blocks.size, 0);
  });

  it('fetches missing ancestors, and leaves more than a few to block sync', () => {
    const core = new CoreDriver({ self: 1 });
    const first = core.block(core.genesis, 1);
    const second = core.block(first, 2);
    core.receiveCertificate(FINALIZE, 2, second);
    core.receiveBlock(second);
    assert.ok(core.messages(MESSAGE.REQUEST).some(({ blocks }) => blocks.includes(first.hash)));
    core.receiveBlock(first);
    assert.equal(core.of('finalize').length, 1);

    const far = core.block(second, 50, { height: 40 });
    core.feed({
      type: 'finality',
      certificate: core.certificate(FINALIZE, 50, far),
      header: far.header,
    });
    assert.equal(core.of('behind')[0]?.height, 40);
  });

  it('takes no block that neither a leader nor a quorum named', () => {
    const core = new CoreDriver({ self: 2 });
    const stray = core.block(core.genesis, 1);
    const child = core.block(stray, 2);
    core.receiveBlock(stray);
    assert.equal(core.state.blocks.size, 0);
    core.propose(child); // named, but its parent is vouched for by nobody
    core.receiveBlock(stray);
    assert.equal(core.state.blocks.size, 1);
    core.receiveCertificate(ACCEPT, 1, stray);
    core.receiveBlock(stray);
    assert.equal(core.state.blocks.size, 2);
  });

  it('ignores votes far ahead but shows their sender where it stands', () => {
    const core = new CoreDriver({ self: 1 });
    core.feed({ type: 'far', from: 2 });
    core.feed({ type: 'far', from: 2 });
    const answers = core.of('send').filter(({ to }) => to === 2);
    assert.deepEqual(
      answers.map(({ message }) => message.kind),
      [MESSAGE.STATUS],
    );
  });
});

describe('leading', () => {
  it('closes the genesis at once, then stays quiet until the heartbeat', () => {
    const core = new CoreDriver({ self: 0, count: 1 });
    const [build] = core.of('build');
    assert.equal(build?.context.empty, true);
    const block = core.block(core.genesis, 1, { txRoot: core.genesis.header.txRoot });
    const empty = { ...block, transactions: [] };
    core.feed({ type: 'built', view: 1, block: empty, bytes: new Uint8Array(1) });
    assert.equal(core.of('finalize').length, 1);
    core.pass(9_900);
    assert.equal(core.of('build').length, 1);
    core.pass(200);
    assert.equal(core.of('build').length, 2);
  });

  it('keeps the interval between blocks with transactions, and has none after a pause', () => {
    const core = new CoreDriver({ self: 1 });
    core.waiting = true;
    core.elapsed = 100;
    core.accept(core.block(core.genesis, 1));
    assert.equal(core.of('build').length, 0);
    core.pass(20);
    assert.equal(core.of('build').length, 1);
    assert.equal(core.of('build')[0]?.context.empty, false);
  });

  it('closes a block when it is final, or after the interval', () => {
    for (const isFinal of [true, false]) {
      const core = new CoreDriver({ self: 1 });
      const block = core.block(core.genesis, 1);
      core.accept(block);
      core.pass(10);
      assert.equal(core.of('build').length, 0);
      if (isFinal) core.receiveCertificate(VOTE.FINALIZE, 1, block);
      else core.pass(10);
      assert.equal(core.of('build').length, 1);
      assert.equal(core.of('build')[0]?.context.empty, true);
    }
  });

  it('proposes empty blocks only above too many unfinalized ones', () => {
    const core = new CoreDriver({ self: 0 });
    core.waiting = true;
    let parent = core.genesis;
    for (let view = 1; view <= 68; view++) {
      parent = core.block(parent, view);
      core.accept(parent);
    }
    core.pass(400); // paced like a tip that waits for its finalization
    assert.equal(core.of('build').at(-1)?.context.view, 69);
    assert.equal(core.of('build').at(-1)?.context.empty, true);
  });

  it('builds on the newest acceptance over whose gap nullifications lie', () => {
    const core = new CoreDriver({ self: 3 });
    core.waiting = true;
    const block = core.block(core.genesis, 1);
    core.accept(block);
    core.receiveCertificate(NULLIFY, 3, null);
    core.pass(100);
    assert.equal(core.of('build').length, 0);
    core.receiveCertificate(NULLIFY, 2, null);
    core.pass(100);
    assert.deepEqual(core.of('build')[0]?.parent, block.hash);
  });
});

describe('a restart', () => {
  it('says the same as before: no second accept, no finalize after a nullify', () => {
    const before = new CoreDriver({ self: 1 });
    const block = before.block(before.genesis, 1);
    const other = before.block(before.genesis, 1, {}, 9);
    const core = new CoreDriver({
      self: 1,
      restored: {
        blocks: [],
        votes: [before.vote(ACCEPT, 1, other, 1), before.vote(NULLIFY, 1, null, 1)],
        certificates: [],
      },
    });
    core.propose(block);
    core.accept(block);
    assert.deepEqual([core.cast(ACCEPT), core.cast(FINALIZE)], [[], []]);
    assert.equal(core.messages(MESSAGE.STATUS)[0]?.votes.length, 2);
  });

  it('resumes in the highest proven view with its timer running', () => {
    const before = new CoreDriver();
    const nullifications = [3, 9, 2].map((view) => before.certificate(NULLIFY, view, null));
    const core = new CoreDriver({
      self: 1,
      restored: { blocks: [], votes: [], certificates: nullifications },
    });
    assert.equal(core.state.view, 10);
    core.pass(TIMEOUT_MS);
    assert.deepEqual(core.cast(NULLIFY), [10]);
    assert.equal(core.of('persist').filter(({ sync }) => !sync).length, 0);
  });
});

describe('status', () => {
  it('is answered with finality, entry and own votes, not more often than needed', () => {
    const core = new CoreDriver({ self: 1 });
    const block = core.block(core.genesis, 1);
    core.propose(block);
    core.receiveCertificate(ACCEPT, 1, block);
    core.receiveCertificate(FINALIZE, 1, block);
    core.pass(1);
    core.effects.length = 0;
    for (let i = 0; i < 5; i++) core.feed({ type: 'status', from: 3, view: 1, height: 0 });
    assert.equal(core.messages(MESSAGE.FINALITY).length, 1);
    assert.equal(core.messages(MESSAGE.CERTIFICATES).length, 1);
  });

  it('is repeated while there is work, with the votes that may be lost', () => {
    const core = new CoreDriver({ self: 1 });
    core.propose(core.block(core.genesis, 1));
    core.effects.length = 0;
    core.pass(TIMEOUT_MS / 2 + 1);
    const [status] = core.messages(MESSAGE.STATUS);
    assert.deepEqual(
      status?.votes.map(({ kind }) => kind),
      [ACCEPT],
    );
  });
});
