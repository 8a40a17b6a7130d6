/** Proving what a node says about a file, in this browser, by the SDK's verifier. */
import { NOW, type ResolvedAt, resolveAt } from '../../../client/at.ts';
import { askAsset, type Proven } from '../../../client/authenticate.ts';
import { MAX_AGE_MS } from '../../../client/ledger-client.ts';
import { fetchReceipt } from '../../../client/receipt.ts';
import { type AssetVerdict, assetVerdict } from '../../../client/verified.ts';
import { hashText } from '../../../client/views.ts';
import type { AssetAnswer } from '../../../ledger/authenticate.ts';
import type { ProvenHead } from '../../../ledger/finality.ts';
import { assetFromText } from '../../../ledger/primitives.ts';
import { formatReceipt } from '../../../ledger/receipt.ts';
import type { ResultOf } from '../../../rpc/schema/index.ts';
import { caller } from '../node.ts';
import { count, duration, short } from '../text.ts';
import { Progress, type Step, StepError } from './steps.ts';
import { signersDetail, trustedChain } from './trust.ts';

/** The newest head that this page verified: older answers are stale. */
let newest: ProvenHead | undefined;

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
  const progress = new Progress(steps, show);
  try {
    const validators = await trustedChain(progress);
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
  } catch (error) {
    progress.fail(error);
    return undefined;
  }
}

type Validators = Awaited<ReturnType<typeof trustedChain>>;

async function prove(
  claim: ResultOf<'asset_authenticate'>,
  validators: Validators,
  at: ResolvedAt = NOW,
): Promise<Proven<AssetAnswer>> {
  const proven = await askAsset(caller, assetOf(claim.digest), {
    validators,
    newest,
    maxAgeMs: MAX_AGE_MS,
    minHeight: claim.height,
    at,
    // This device's own clock: the node's would make every old answer fresh.
    now: Date.now,
  });
  const { head } = proven.view;
  if (head.height > (newest?.height ?? -1)) newest = head;
  return proven;
}

function assetOf(digest: string): Uint8Array {
  const asset = assetFromText(digest);
  if (asset === undefined) throw new StepError('PROOF_VALUE', 'this is no digest');
  return asset;
}

function report(
  progress: Progress,
  validators: Validators,
  { view, proven, answer }: Proven<AssetAnswer>,
): void {
  const { certificate } = proven.finality;
  const block = `Block ${count(view.head.height)}, ${short(hashText(view.head.hash))}`;
  progress.done('final', `${block}: ${signersDetail(validators, certificate)}.`);
  const entries = count(proven.entries.length, 'entry').replace('entrys', 'entries');
  progress.done(
    'state',
    `${entries} of the state after block ${count(view.height)}, under one proof.`,
  );
  const age = duration(Date.now() - view.head.time);
  progress.done('fresh', `The newest block proven is ${age} old, by this device’s clock.`);
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
  height,
  valid,
}: Omit<Statement, 'attributes'>) {
  return [publisher, status, name, version, reason, height, valid];
}
