/** `consensus_*`. */
import { toBase64url } from '../../common/bytes.ts';
import { publicKeyToText } from '../../common/signature.ts';
import { encodeEvidence, FAULT_NAMES } from '../../ledger/evidence.ts';
import { VOTE_NAMES, type Vote } from '../../ledger/vote.ts';
import type { EvidenceReport } from '../context.ts';
import type { Handlers, Services } from '../handler.ts';
import { page } from '../pages.ts';
import type { EvidenceView } from '../schema/consensus.ts';
import type { MethodName } from '../schema/index.ts';
import { hashText, timeText } from '../views.ts';

export type ConsensusMethod = Extract<MethodName, `consensus_${string}`>;

export function consensusHandlers({ context }: Services): Handlers<ConsensusMethod> {
  return {
    consensus_evidence: ({ member, cursor, limit, order }) => {
      const all = context.evidence();
      const items = member === undefined ? all : all.filter((item) => item.member === member);
      return page({
        scope: ['consensus_evidence', member ?? ''],
        cursor,
        limit,
        order: order ?? 'desc',
        count: items.length,
        read: (from, to) => items.slice(from, to).map(evidenceView),
      });
    },
  };
}

function evidenceView({ member, key, seenAt, evidence }: EvidenceReport): EvidenceView {
  const { epoch, view, validator } = evidence.first;
  return {
    member,
    key: publicKeyToText(key),
    epoch,
    view,
    validator,
    kind: FAULT_NAMES[evidence.kind],
    votes: [evidence.first, evidence.second].map(voteView),
    bytes: toBase64url(encodeEvidence(evidence)),
    seenAt: timeText(seenAt),
  };
}

function voteView({ kind, block, signature }: Vote) {
  return {
    kind: VOTE_NAMES[kind],
    block: block === null ? null : hashText(block),
    signature: toBase64url(signature),
  };
}
