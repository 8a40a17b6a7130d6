/** The facts and what they come to, as `node_consensus` gives them: whole milliseconds, JSON. */
import type { ConsensusExplained } from '../../rpc/context.ts';
import { explain } from './explain.ts';
import { type Facts, heardOf } from './facts.ts';

const whole = (ms: number): number => Math.max(0, Math.round(ms));
const wholeOrNull = (ms: number | null | undefined): number | null =>
  ms === null || ms === undefined ? null : whole(ms);

export function consensusReport(facts: Facts): ConsensusExplained {
  const { consensus, reach, sync } = facts;
  const { summary, findings } = explain(facts);
  const { epoch, view, height, unfinalized, quorum, working, voting, notVoting } = consensus;
  const { failures, proposal, votes, fetching } = consensus;
  const { answersMissing, abstainUntil, epochEnds } = consensus;
  return {
    summary,
    findings: [...findings],
    ...{ epoch, view, leader: consensus.leader === '' ? null : consensus.leader, height },
    headMs: whole(consensus.headMs),
    ...{ unfinalized, quorum, working, voting, notVoting },
    ...{ answersMissing, abstainUntil, epochEnds },
    viewMs: whole(consensus.viewMs),
    timeoutMs: wholeOrNull(consensus.timeoutMs),
    viewTimeoutMs: whole(consensus.viewTimeoutMs),
    failures,
    proposal:
      proposal === null
        ? null
        : {
            ...proposal,
            hash: `0x${proposal.hash}`,
            aheadMs: proposal.aheadMs === null ? null : Math.round(proposal.aheadMs),
          },
    votes: votes.map((each) => ({ ...each, given: [...each.given], missing: [...each.missing] })),
    fetching: fetching.map((each) => ({ ...each, from: [...each.from] })),
    validators: heardOf(facts).map(({ validator, peer, heard, ms }) => {
      const { member, self, leader, accepted, nullified } = validator;
      const connected = self || peer?.connected === true;
      return {
        member,
        self,
        leader,
        connected,
        heard,
        heardMs: wholeOrNull(ms),
        accepted,
        nullified,
      };
    }),
    sync,
    reach: {
      addresses: [...reach.addresses],
      inboundMs: wholeOrNull(reach.inboundMs),
      upMs: whole(reach.upMs),
    },
  };
}
