/** Proposals, proven: what they would do and where they stand, whatever a node says. */
import { type ProposalAnswer, proposalFromProof } from '../ledger/governance-answer.ts';
import { atLeast, fresh, unproven, wantedHeight } from './asking.ts';
import type { Client } from './client.ts';
import { ProofError } from './errors.ts';
import { type ProofContext, type ReadProof, readProof } from './proof.ts';

export interface ProvenProposal extends ReadProof {
  /** Null: it is proven that there is none of this number. */
  readonly answer: ProposalAnswer | null;
}

/** @throws ProofError, ZtcError STALE, TransportError, RpcError */
export function askProposal(
  client: Client,
  proposal: number,
  context: ProofContext,
): Promise<ProvenProposal> {
  return fresh(client, async () => {
    const params = { proposal, prove: true, ...atLeast(wantedHeight(context)) };
    const { result, url } = await client.ask('gov_get', params);
    if (result.proof === undefined) throw unproven(url);
    const read = await readProof(client, url, result.proof, context);
    const answer = proposalFromProof(read.view, proposal);
    if (!answer.ok) throw new ProofError(answer.code, url, answer.message);
    return { answer: answer.value, ...read };
  });
}
