import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyPairOf, verify } from '../../../src/common/signature.ts';
import { Inquiry } from '../../../src/consensus/guard/inquiry.ts';
import { type AnswerMessage, MESSAGE } from '../../../src/consensus/messages.ts';
import { quorumOf } from '../../../src/ledger/validators.ts';
import { type Certificate, signVote, VOTE } from '../../../src/ledger/vote.ts';

const CHAIN = new Uint8Array(32).fill(1);
const NONCE = new Uint8Array(16).fill(2);
const keys = Array.from({ length: 7 }, (_, i) => keyPairOf(new Uint8Array(32).fill(i + 1)));
const members = keys.map(({ publicKey: key }, i) => ({ member: `member-${i}`, key }));

/** The nullification of a view, signed by as many as given. */
function nullification(view: number, count: number, signers: number, epoch = 3): Certificate {
  const subject = {
    version: 1,
    kind: VOTE.NULLIFY,
    chain: CHAIN,
    epoch,
    view,
    block: null,
  } as const;
  const votes = keys.slice(0, signers).map((pair, i) => signVote(subject, i, pair));
  assert.ok(count >= signers);
  return {
    ...subject,
    signatures: votes.map(({ validator, signature }) => ({ validator, signature })),
  };
}

function inquiry(count: number): Inquiry {
  const validators = members.slice(0, count);
  return new Inquiry({ chain: CHAIN, epoch: 3, validators, nonce: NONCE, verify });
}

function answer(change: Partial<AnswerMessage>): AnswerMessage {
  const base = { kind: MESSAGE.ANSWER, version: 1, nonce: NONCE, epoch: 3 } as const;
  return { ...base, view: 1, entry: null, ...change };
}

function proven(view: number, count: number): AnswerMessage {
  return answer({ view, entry: nullification(view - 1, count, quorumOf(count)) });
}

describe('an inquiry', () => {
  it('needs 2f + 1 others, and abstains up to one above the highest of them', () => {
    for (const [count, needed] of [
      [2, 1],
      [3, 1],
      [4, 3],
      [6, 3],
      [7, 5],
    ] as const) {
      const asked = inquiry(count);
      assert.equal(asked.missing, needed);
      for (let from = 1; from < needed; from++) asked.take(from, answer({}));
      assert.equal(asked.abstainUntil, undefined);
      asked.take(needed, proven(9, count));
      assert.equal(asked.abstainUntil, 10);
    }
  });

  it('counts each of the others once, with the highest view it showed', () => {
    const asked = inquiry(4);
    assert.ok(asked.take(1, proven(5, 4)).ok);
    assert.ok(asked.take(1, answer({})).ok);
    assert.equal(asked.missing, 2);
    asked.take(2, answer({}));
    asked.take(3, answer({}));
    assert.equal(asked.abstainUntil, 6);
  });

  it('takes no answer to another question, of another epoch, or without proof', () => {
    const asked = inquiry(4);
    const code = (given: AnswerMessage): string => {
      const taken = asked.take(1, given);
      return taken.ok ? 'ok' : taken.code;
    };
    assert.equal(code(answer({ nonce: new Uint8Array(16) })), 'ANSWER_STALE');
    assert.equal(code(answer({ epoch: 2 })), 'ANSWER_STALE');
    assert.equal(code(answer({ view: 0 })), 'ANSWER_UNPROVEN');
    assert.equal(code(answer({ view: 5 })), 'ANSWER_UNPROVEN');
    assert.equal(code(answer({ view: 5, entry: nullification(4, 4, 2) })), 'ANSWER_UNPROVEN');
    assert.equal(code(answer({ view: 6, entry: nullification(4, 4, 3) })), 'ANSWER_UNPROVEN');
    assert.equal(code(answer({ view: 5, entry: nullification(4, 4, 3, 2) })), 'ANSWER_UNPROVEN');
    const forged = nullification(4, 4, 3);
    const [first, ...rest] = forged.signatures as [(typeof forged.signatures)[0]];
    const signatures = [{ ...first, signature: new Uint8Array(65).fill(1) }, ...rest];
    assert.equal(code(answer({ view: 5, entry: { ...forged, signatures } })), 'ANSWER_UNPROVEN');
    assert.equal(asked.missing, 3);
  });
});
