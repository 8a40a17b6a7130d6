/** `gov_*`: what is proposed, who voted how, and where it stands. */
import { type Static, Type } from 'typebox';
import { ActionView } from './actions.ts';
import { method } from './method.ts';
import {
  Cursor,
  described,
  Hash,
  Height,
  Id,
  Limit,
  MinHeight,
  nullable,
  Order,
  ProvenStateDocument,
  PublicKey,
  pageOf,
  Time,
} from './values.ts';

const Provenance = { height: Height, time: Time, transaction: Hash, operation: Type.Integer() };
const ProposalNumber = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

export const ProposalView = Type.Object(
  {
    proposal: described(ProposalNumber, 'Its number, counted from 1.'),
    proposer: Id,
    status: Type.Union(
      [
        Type.Literal('OPEN'),
        Type.Literal('DECIDED'),
        Type.Literal('EXECUTED'),
        Type.Literal('WITHDRAWN'),
        Type.Literal('EXPIRED'),
      ],
      { description: 'DECIDED: it has the votes, and members may still object.' },
    ),
    reason: Type.String(),
    actions: Type.Array(ActionView),
    approvals: Type.Integer({ description: 'Votes for it, of members that are active now.' }),
    rejections: Type.Integer(),
    votesNeeded: Type.Integer(),
    votes: Type.Array(Type.Object({ member: Id, approve: Type.Boolean() })),
    objectionMs: Type.Integer({ description: '0: it is executed at the deciding vote.' }),
    executable: nullable(described(Time, 'From then on it can be executed.')),
    expires: described(Time, 'The last ledger time at which it can be voted on or executed.'),
    closed: nullable(
      Type.Object({
        how: Type.Union([Type.Literal('EXECUTED'), Type.Literal('WITHDRAWN')]),
        ...Provenance,
      }),
    ),
    key: PublicKey,
    ...Provenance,
  },
  { title: 'GovernanceProposal' },
);
export type ProposalView = Static<typeof ProposalView>;

export const MemberVoteView = Type.Object(
  { member: Id, key: PublicKey, approve: Type.Boolean(), ...Provenance },
  { title: 'MemberVote' },
);
export type MemberVoteView = Static<typeof MemberVoteView>;

export const governanceMethods = {
  gov_get: method({
    summary: 'A proposal; with `prove`, the state that all of the answer follows from.',
    params: Type.Object({
      proposal: ProposalNumber,
      prove: Type.Optional(Type.Boolean()),
      minHeight: MinHeight,
    }),
    result: Type.Object({
      height: Height,
      time: described(Time, 'The ledger time as of which it stands there.'),
      proposal: nullable(ProposalView),
      proof: Type.Optional(ProvenStateDocument),
    }),
    errors: ['SYNCING'],
  }),
  gov_list: method({
    summary: 'All proposals, the newest first.',
    params: Type.Object({ cursor: Cursor, limit: Limit, order: Order, minHeight: MinHeight }),
    result: pageOf(ProposalView),
    errors: ['SYNCING'],
  }),
  gov_votes: method({
    summary: 'All votes on a proposal in order, turned ones too.',
    params: Type.Object({
      proposal: ProposalNumber,
      cursor: Cursor,
      limit: Limit,
      minHeight: MinHeight,
    }),
    result: pageOf(MemberVoteView),
    errors: ['SYNCING'],
  }),
};
