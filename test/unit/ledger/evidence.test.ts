import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { verify } from '../../../src/common/signature.ts';
import type { Block } from '../../../src/ledger/block.ts';
import {
  decodeEvidence,
  EVIDENCE_BYTES_MAX,
  encodeEvidence,
  evidenceOf,
  FAULT,
  faultOf,
  verifyEvidence,
} from '../../../src/ledger/evidence.ts';
import { VOTE, type VoteKind } from '../../../src/ledger/vote.ts';
import { faults, said } from './vectors-evidence.ts';
import { blocks, chain, keysOf, validators } from './world.ts';

const [one, two] = blocks.slice(1) as [Block, Block];

describe('evidence', () => {
  test('says who did what', () => {
    const verified = verifyEvidence(faults.nullify, chain, validators, verify);
    assert.deepEqual(verified, {
      ok: true,
      value: {
        validator: { member: 'bravo', key: keysOf('bravo validator').publicKey },
        epoch: 1,
        view: 2,
        kind: FAULT.NULLIFY_FINALIZE,
      },
    });
  });

  test('is the same bytes in whatever order the votes came', () => {
    for (const { first, second } of Object.values(faults)) {
      const [a, b] = [evidenceOf(first, second), evidenceOf(second, first)];
      assert.ok(a !== undefined && b !== undefined);
      assert.deepEqual(encodeEvidence(a), encodeEvidence(b));
      assert.deepEqual(decodeEvidence(encodeEvidence(a)), { ok: true, value: a });
      assert.ok(encodeEvidence(a).length <= EVIDENCE_BYTES_MAX);
    }
  });

  test('is three of all pairs that one may sign in a view', () => {
    const votes = [
      [VOTE.ACCEPT, one],
      [VOTE.ACCEPT, two],
      [VOTE.NULLIFY, null],
      [VOTE.FINALIZE, one],
      [VOTE.FINALIZE, two],
    ] as const satisfies readonly (readonly [VoteKind, Block | null])[];
    const found = votes.flatMap(([kind, block], i) =>
      votes.slice(i).flatMap(([otherKind, other]) => {
        const fault = faultOf(said(kind, block), said(otherKind, other));
        assert.equal(fault, faultOf(said(otherKind, other), said(kind, block)));
        return fault === undefined ? [] : [[kind, otherKind, fault]];
      }),
    );
    assert.deepEqual(found, [
      [VOTE.ACCEPT, VOTE.ACCEPT, FAULT.CONFLICTING_ACCEPT],
      [VOTE.NULLIFY, VOTE.FINALIZE, FAULT.NULLIFY_FINALIZE],
      [VOTE.NULLIFY, VOTE.FINALIZE, FAULT.NULLIFY_FINALIZE],
      [VOTE.FINALIZE, VOTE.FINALIZE, FAULT.CONFLICTING_FINALIZE],
    ]);
  });

  test('needs the validator set of its epoch', () => {
    const others = validators.map((each) => ({ ...each, key: keysOf('acme 1').publicKey }));
    const verified = verifyEvidence(faults.accept, chain, others, verify);
    assert.equal(!verified.ok && verified.code, 'EVIDENCE_SIGNATURE');
    const none = verifyEvidence(faults.accept, chain, [], verify);
    assert.equal(!none.ok && none.code, 'EVIDENCE_SIGNER');
  });
});
