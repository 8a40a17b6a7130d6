/** Test vectors of evidence: one of each fault, and pairs of votes that prove nothing. */
import { encode } from '../../../src/common/codec/index.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { type Evidence, evidenceOf, evidenceSchema, FAULT } from '../../../src/ledger/evidence.ts';
import { signVote, VOTE, type Vote, type VoteSubject } from '../../../src/ledger/vote.ts';
import { invalid, type VectorFile, vector } from './vector.ts';
import { blocks, chain, flip, keysOf } from './world.ts';

const [one, two] = blocks.slice(1) as [Block, Block];
const keys = keysOf('bravo validator');

/** A vote of bravo, who is validator 1, in view 2. */
export function said(
  kind: VoteSubject['kind'],
  block: Block | null,
  change: Partial<VoteSubject> = {},
): Vote {
  const hash = block === null ? null : block.hash;
  const subject = { version: 1, kind, chain, epoch: 1, view: 2, block: hash, ...change } as const;
  return signVote(subject, 1, keys);
}

function evidence(a: Vote, b: Vote): Evidence {
  const made = evidenceOf(a, b);
  if (made === undefined) throw new Error('no fault');
  return made;
}

export const faults = {
  accept: evidence(said(VOTE.ACCEPT, one), said(VOTE.ACCEPT, two)),
  finalize: evidence(said(VOTE.FINALIZE, one), said(VOTE.FINALIZE, two)),
  nullify: evidence(said(VOTE.FINALIZE, one), said(VOTE.NULLIFY, null)),
} as const;

const bytes = (first: Vote, second: Vote, kind: Evidence['kind']): Uint8Array =>
  encode(evidenceSchema, { version: 1, kind, first, second });

export function evidenceVectors(): VectorFile {
  const { accept, nullify } = faults;
  const { first, second } = accept;
  const both = (change: Partial<Vote>): Uint8Array =>
    bytes({ ...first, ...change }, { ...second, ...change }, accept.kind);
  const other = said(VOTE.ACCEPT, first.block === one.hash ? two : one, { view: 3 });
  return {
    vectors: [
      vector('conflicting accept', 'evidence', evidenceSchema, accept),
      vector('conflicting finalize', 'evidence', evidenceSchema, faults.finalize),
      vector('nullify and finalize', 'evidence', evidenceSchema, nullify),
    ],
    invalid: [
      invalid('another version', 'evidence', encode(evidenceSchema, accept).with(1, 2)),
      invalid('the votes in the other order', 'evidence', bytes(second, first, accept.kind)),
      invalid('another kind', 'evidence', bytes(first, second, FAULT.CONFLICTING_FINALIZE)),
      invalid('the same vote twice', 'evidence', bytes(first, first, accept.kind)),
      invalid('votes of two views', 'evidence', bytes(first, other, accept.kind)),
      invalid(
        'votes of two epochs',
        'evidence',
        bytes(first, { ...second, epoch: 2 }, accept.kind),
      ),
      invalid(
        'votes of two validators',
        'evidence',
        bytes(first, { ...second, validator: 2 }, accept.kind),
      ),
      invalid(
        'accept and nullify',
        'evidence',
        bytes(said(VOTE.NULLIFY, null), said(VOTE.ACCEPT, one), FAULT.NULLIFY_FINALIZE),
      ),
      invalid(
        'accept and finalize of two blocks',
        'evidence',
        bytes(said(VOTE.ACCEPT, one), said(VOTE.FINALIZE, two), FAULT.CONFLICTING_FINALIZE),
      ),
      invalid('on another chain', 'evidence', both({ chain: flip(chain, 0) })),
      invalid('against a validator that is none', 'evidence', both({ validator: 9 })),
      invalid('against another validator', 'evidence', both({ validator: 2 })),
      invalid(
        'one signature forged',
        'evidence',
        bytes(first, { ...second, signature: flip(second.signature, 9) }, accept.kind),
      ),
    ],
  };
}
