import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignGuard } from '../../../src/consensus/guard/sign-guard.ts';
import { type TrustQuestion, trustLog } from '../../../src/consensus/guard/trust.ts';
import { RECORD } from '../../../src/consensus/records.ts';
import { VOTE, type VoteKind, type VoteSubject } from '../../../src/ledger/vote.ts';

const CHAIN = new Uint8Array(32).fill(1);
const A = new Uint8Array(32).fill(10);
const B = new Uint8Array(32).fill(11);
const { ACCEPT, NULLIFY, FINALIZE } = VOTE;

function subject(kind: VoteKind, view: number, block: Uint8Array | null, epoch = 1): VoteSubject {
  return { version: 1, kind, chain: CHAIN, epoch, view, block };
}

/** What the guard says after it noted `before`: `ok` or a code. */
function asked(before: readonly VoteSubject[], then: VoteSubject): string {
  const guard = new SignGuard(1, 2);
  for (const each of before) guard.note(each);
  const allowed = guard.allows(then);
  return allowed.ok ? 'ok' : allowed.code;
}

describe('the sign guard', () => {
  it('allows one accept a view, and the same one again', () => {
    assert.equal(asked([], subject(ACCEPT, 3, A)), 'ok');
    assert.equal(asked([subject(ACCEPT, 3, A)], subject(ACCEPT, 3, A)), 'ok');
    assert.equal(asked([subject(ACCEPT, 3, A)], subject(ACCEPT, 3, B)), 'GUARD_ACCEPTED');
    assert.equal(asked([subject(ACCEPT, 3, A)], subject(ACCEPT, 4, B)), 'ok');
    assert.equal(asked([subject(ACCEPT, 3, A, 1)], subject(ACCEPT, 3, B, 2)), 'ok');
  });

  it('never allows nullify and finalize in one view, in either order', () => {
    assert.equal(asked([subject(NULLIFY, 3, null)], subject(FINALIZE, 3, A)), 'GUARD_NULLIFIED');
    assert.equal(asked([subject(FINALIZE, 3, A)], subject(NULLIFY, 3, null)), 'GUARD_FINALIZED');
    assert.equal(asked([subject(FINALIZE, 3, A)], subject(FINALIZE, 3, B)), 'GUARD_FINALIZED');
    assert.equal(asked([subject(ACCEPT, 3, A)], subject(NULLIFY, 3, null)), 'ok');
    assert.equal(asked([subject(NULLIFY, 4, null)], subject(FINALIZE, 3, A)), 'ok');
  });

  it('allows nothing up to the floor, and keeps the flags above it', () => {
    assert.equal(asked([], subject(NULLIFY, 2, null)), 'GUARD_FLOOR');
    assert.equal(asked([], subject(NULLIFY, 9, null, 0)), 'GUARD_FLOOR');
    const guard = new SignGuard(1, 0);
    for (const view of [4, 5, 6]) guard.note(subject(NULLIFY, view, null));
    guard.raise(1, 5);
    guard.raise(1, 3);
    assert.equal(guard.allows(subject(FINALIZE, 5, A)).ok, false);
    assert.equal(guard.allows(subject(FINALIZE, 6, A)).ok, false);
    assert.equal(guard.allows(subject(FINALIZE, 7, A)).ok, true);
  });
});

describe('trust in the log', () => {
  const key = new Uint8Array(33).fill(1);
  const floor = { kind: RECORD.FLOOR, version: 1, chain: CHAIN, key, epoch: 1, view: 3 } as const;

  const marked = (generation: number) =>
    ({ kind: RECORD.GENERATION, version: 1, generation }) as const;
  const ask = (change: Partial<TrustQuestion>): string => {
    const question = { records: [floor, marked(2)], chain: CHAIN, key, counted: 2 };
    const trusted = trustLog({ ...question, ...change });
    return trusted.ok ? 'ok' : trusted.code;
  };
  const other = new Uint8Array(33).fill(2);

  it('is given to a key that never signed, and to a log with its floor', () => {
    assert.equal(ask({ records: [], counted: 0 }), 'ok');
    assert.equal(ask({ key: other, counted: 0 }), 'ok');
    assert.equal(ask({}), 'ok');
  });

  it('is refused where the log is missing, or is that of another key or chain', () => {
    assert.equal(ask({ records: [] }), 'GUARD_MISSING');
    assert.equal(ask({ key: other }), 'GUARD_FOREIGN');
    assert.equal(ask({ chain: A }), 'GUARD_FOREIGN');
  });

  it('is refused where the counter knows of a newer log, or is lost itself', () => {
    assert.equal(ask({ records: [floor, marked(2), marked(3)], counted: 4 }), 'GUARD_STALE');
    assert.equal(ask({ records: [floor, marked(2), marked(3)], counted: 3 }), 'ok');
    assert.equal(ask({ records: [floor, marked(4)], counted: 3 }), 'ok');
    assert.equal(ask({ counted: undefined }), 'GUARD_STALE');
    assert.equal(ask({ records: [], counted: undefined }), 'GUARD_MISSING');
  });
});
