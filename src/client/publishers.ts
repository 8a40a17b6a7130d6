/** Publishers, proven: their keys, who vouches, or that there is none. */
import { publisherFromProof } from '../ledger/authenticate.ts';
import type { JudgedPublisher } from '../ledger/verdict.ts';
import { atLeast, fresh, wantedHeight } from './asking.ts';
import type { Client } from './client.ts';
import { ProofError } from './errors.ts';
import { type ProofContext, type ReadProof, readProof } from './proof.ts';

export interface ProvenPublisher extends ReadProof {
  /** Null: it is proven that there is none of this id. */
  readonly answer: JudgedPublisher | null;
}

/** @throws ProofError, ZtcError STALE, TransportError, RpcError */
export function askPublisher(
  client: Client,
  publisher: string,
  context: ProofContext,
): Promise<ProvenPublisher> {
  return fresh(client, async () => {
    const params = { publisher, ...atLeast(wantedHeight(context)) };
    const { result, url } = await client.ask('publisher_prove', params);
    const read = await readProof(client, url, result.proof, context);
    const answer = publisherFromProof(read.view, publisher);
    if (!answer.ok) throw new ProofError(answer.code, url, answer.message);
    return { answer: answer.value, ...read };
  });
}
