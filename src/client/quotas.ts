/** A sender's quota and what it used of it, proven. */
import { parametersSchema } from '../ledger/parameters.ts';
import { readKey } from '../ledger/proven-value.ts';
import {
  NOTHING_USED,
  type QuotaStanding,
  quotaOf,
  standingOf,
  usageSchema,
} from '../ledger/quotas.ts';
import { stateKey } from '../ledger/state-keys.ts';
import type { Client } from './client.ts';
import { ProofError } from './errors.ts';
import type { ProofContext, ReadProof } from './proof.ts';
import { askEntries } from './state.ts';

/** @throws ProofError, ZtcError STALE, TransportError, RpcError */
export async function askQuota(
  client: Client,
  sender: string,
  context: ProofContext,
): Promise<{ readonly standing: QuotaStanding } & Pick<ReadProof, 'view'>> {
  const keys = [stateKey.parameters, stateKey.usage(sender)];
  const { view } = await askEntries(client, keys, context);
  const parameters = readKey(view, stateKey.parameters, parametersSchema);
  const usage = readKey(view, stateKey.usage(sender), usageSchema);
  const url = client.transport.urls[0] ?? '';
  if (!usage.ok) throw new ProofError(usage.code, url, usage.message);
  if (!parameters.ok) throw new ProofError(parameters.code, url, parameters.message);
  if (parameters.value === null) throw new ProofError('PROOF_VALUE', url, 'a chain of no rules');
  const quota = quotaOf(sender, parameters.value);
  return { standing: standingOf(usage.value ?? NOTHING_USED, quota, view.time), view };
}
