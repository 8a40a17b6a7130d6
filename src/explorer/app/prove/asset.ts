/** Proving what a node says about a file, in this browser, by the SDK's verifier. */
import { NOW, type ResolvedAt, resolveAt } from '../../../client/at.ts';
import { askAsset, type Proven } from '../../../client/authenticate.ts';
import type { KnownValidators } from '../../../client/known-validators.ts';
import { fetchReceipt } from '../../../client/receipt.ts';
import { type AssetVerdict, assetVerdict } from '../../../client/verified.ts';
import type { AssetAnswer } from '../../../ledger/authenticate.ts';
import { assetFromText } from '../../../ledger/primitives.ts';
import { formatReceipt } from '../../../ledger/receipt.ts';
import type { ResultOf } from '../../../rpc/schema/index.ts';
import { caller } from '../node.ts';
import { count } from '../text.ts';
import { contextOf, reportState, seen } from './state.ts';
import { type Progress, type Step, StepError } from './steps.ts';
import { proving } from './trust.ts';

export interface ProvenAsset {
  readonly verdict: AssetVerdict;
  /** The proof as a file, for who was not here. */
  receipt(): Promise<string>;
}

/**
 * Checks the claim step by step.
 *
 * @returns undefined where a step failed; the steps say which
 */
export async function proveAsset(
  claim: ResultOf<'asset_authenticate'>,
  steps: readonly Step['name'][],
  show: (steps: readonly Step[]) => void,
): Promise<ProvenAsset | undefined> {
  return await proving(steps, show, async (progress, validators) => {
    // The same state as the node's word is about, so that both must say the same.
    const at = await resolveAt(caller, { height: claim.height });
    const proven = await prove(claim, validators, at);
    const verdict = assetVerdict(assetOf(claim.digest), proven.answer, proven.view, {});
    report(progress, validators, proven);
    compare(claim, verdict);
    progress.done('agrees', `${verdict.status}, computed here from what was proven.`);
    return {
      verdict,
      receipt: async () => formatReceipt(await fetchReceipt(caller, proven, validators)),
    };
  });
}

async function prove(
  claim: ResultOf<'asset_authenticate'>,
  validators: KnownValidators,
  at: ResolvedAt = NOW,
): Promise<Proven<AssetAnswer>> {
  const proven = await askAsset(caller, assetOf(claim.digest), {
    ...contextOf(validators, claim.height),
    at,
  });
  seen(proven.view);
  return proven;
}

function assetOf(digest: string): Uint8Array {
  const asset = assetFromText(digest);
  if (asset === undefined) throw new StepError('PROOF_VALUE', 'this is no digest');
  return asset;
}

function report(
  progress: Progress,
  validators: KnownValidators,
  { view, proven, answer }: Proven<AssetAnswer>,
): void {
  reportState(progress, validators, { view, proven });
  const { length } = answer.statements;
  const found = length === 0 ? 'There is none: its absence is proven.' : '';
  progress.done('complete', found || `${count(length, 'statement')}, and none was left out.`);
}

function compare(claim: ResultOf<'asset_authenticate'>, proven: AssetVerdict): void {
  const { verdict, statements } = claim;
  if (verdict.status !== proven.status || verdict.publisher !== (proven.publisher?.id ?? null)) {
    const message = `the node said ${verdict.status}; what it proved is ${proven.status}`;
    throw new StepError('DISAGREES', message);
  }
  const said = JSON.stringify(statements.map(essence));
  if (said === JSON.stringify(proven.statements.map(essence))) return;
  throw new StepError('DISAGREES', 'the statements that the node showed are not those it proved');
}

type Statement = ResultOf<'asset_authenticate'>['statements'][number];

function essence({
  publisher,
  status,
  name,
  version,
  reason,
  commitment,
  height,
  valid,
}: Omit<Statement, 'attributes'>) {
  return [publisher, status, name, version, reason, commitment, height, valid];
}
