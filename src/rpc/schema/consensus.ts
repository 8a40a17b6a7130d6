/** `consensus_*`: what this node knows about the others' votes. */
import { type Static, Type } from 'typebox';
import { FAULT_NAMES } from '../../ledger/evidence.ts';
import { VOTE_NAMES } from '../../ledger/vote.ts';
import { method } from './method.ts';
import {
  Base64url,
  Cursor,
  described,
  Hash,
  Id,
  Limit,
  nullable,
  Order,
  PublicKey,
  pageOf,
  Time,
} from './values.ts';

const [accept, nullify, finalize] = [VOTE_NAMES[1], VOTE_NAMES[2], VOTE_NAMES[3]];

const VoteView = Type.Object(
  {
    kind: Type.Union([Type.Literal(accept), Type.Literal(nullify), Type.Literal(finalize)]),
    block: described(nullable(Hash), 'Null in a nullify.'),
    signature: Base64url,
  },
  { title: 'Vote' },
);

export const EvidenceView = Type.Object(
  {
    member: Id,
    key: described(PublicKey, 'The voting key that signed both.'),
    epoch: Type.Integer(),
    view: Type.Integer(),
    validator: Type.Integer({ description: "Its position in the epoch's validator set." }),
    kind: Type.Union([
      Type.Literal(FAULT_NAMES[1]),
      Type.Literal(FAULT_NAMES[2]),
      Type.Literal(FAULT_NAMES[3]),
    ]),
    votes: Type.Array(VoteView),
    bytes: described(Base64url, 'The evidence as a third party checks it.'),
    seenAt: described(Time, 'When this node first saw it, by its own clock.'),
  },
  { title: 'Evidence' },
);
export type EvidenceView = Static<typeof EvidenceView>;

export const consensusMethods = {
  consensus_evidence: method({
    summary: 'Validators that contradicted themselves, in the order in which this node saw it.',
    params: Type.Object({
      member: Type.Optional(Id),
      cursor: Cursor,
      limit: Limit,
      order: Order,
    }),
    result: pageOf(EvidenceView),
    errors: [],
  }),
};
