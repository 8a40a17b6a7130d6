import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignGuard } from '../../../src/consensus/guard/sign-guard.ts';
import { trustLog } from '../../../src/consensus/guard/trust.ts';
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

  it('is given to a fresh home and to a log with its floor', () => {
    assert.equal(trustLog([], CHAIN, key, 0).ok, true);
    assert.equal(trustLog([floor], CHAIN, key, 70).ok, true);
  });

  it('is refused where there is a chain and no log, or the log of another key or chain', () => {
    const missing = trustLog([], CHAIN, key, 1);
    assert.equal(!missing.ok && missing.code, 'GUARD_MISSING');
    const otherKey = trustLog([floor], CHAIN, new Uint8Array(33).fill(2), 1);
    assert.equal(!otherKey.ok && otherKey.code, 'GUARD_FOREIGN');
    const otherChain = trustLog([floor], A, key, 1);
    assert.equal(!otherChain.ok && otherChain.code, 'GUARD_FOREIGN');
  });
});
