/** `gov_*`. */
import { proposalAnswerKeys } from '../../ledger/governance-answer.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import type { ProposalState } from '../../ledger/state-values.ts';
import type { StateReader } from '../../state/reader.ts';
import { memberVoteView, proposalView } from '../governance-views.ts';
import type { Handlers, Services } from '../handler.ts';
import { page } from '../pages.ts';
import { provenStateJson, proveState } from '../proving.ts';
import { readerAt, readerOf, timeAfter } from '../reading.ts';
import type { MethodName, Params, ProposalView, ResultOf } from '../schema/index.ts';
import { timeText } from '../views.ts';

export type GovernanceMethod = Extract<MethodName, `gov_${string}`>;

export function governanceHandlers(services: Services): Handlers<GovernanceMethod> {
  const { queries } = services.context;
  return {
    gov_get: (params) => get(services, params),
    gov_list: async ({ cursor, limit, order, minHeight }) => {
      const reader = await readerAt(services, minHeight);
      const time = timeAfter(services, reader);
      return page({
        scope: ['gov_list'],
        cursor,
        limit,
        order: order ?? 'desc',
        count: reader.list(stateKey.proposals).count,
        read: (from, to) =>
          queries
            .proposals(reader, from, to - from)
            .map((proposal) => viewOf(services, reader, proposal, time)),
      });
    },
    gov_votes: async ({ proposal, cursor, limit, minHeight }) => {
      const reader = await readerAt(services, minHeight);
      return page({
        scope: ['gov_votes', String(proposal)],
        cursor,
        limit,
        order: 'asc',
        count: reader.list(stateKey.proposalVotes(proposal)).count,
        read: (from, to) =>
          queries.proposalVotes(reader, proposal, from, to - from).map(memberVoteView),
      });
    },
  };
}

async function get(services: Services, params: Params<'gov_get'>): Promise<ResultOf<'gov_get'>> {
  const { ledger, queries } = services.context;
  const { proposal: number, prove = false, minHeight } = params;
  const reader = await readerOf(services, { minHeight, prove });
  const found = queries.proposal(reader, number);
  const time = timeAfter(services, reader);
  const keys = proposalAnswerKeys(number);
  return {
    height: reader.height,
    time: timeText(time),
    proposal: found === undefined ? null : viewOf(services, reader, found, time),
    ...(prove ? { proof: provenStateJson(proveState(ledger, reader, keys)) } : {}),
  };
}

function viewOf(
  { context: { queries } }: Services,
  reader: StateReader,
  proposal: ProposalState,
  time: number,
): ProposalView {
  return proposalView(proposal, queries.standing(reader, proposal, time));
}
