/** Proving who a publisher is: its name, its keys, and who vouches for it, in this browser. */
import { readProof } from '../../../client/proof.ts';
import { timeText } from '../../../client/views.ts';
import { publicKeyToText } from '../../../common/signature.ts';
import { publisherFromProof } from '../../../ledger/authenticate.ts';
import { vouchersAt } from '../../../ledger/publishers.ts';
import type { JudgedPublisher } from '../../../ledger/verdict.ts';
import type { PublisherView, ResultOf } from '../../../rpc/schema/index.ts';
import { caller } from '../node.ts';
import { contextOf, reportState, seen } from './state.ts';
import { type Step, StepError } from './steps.ts';
import { proving } from './trust.ts';

/** @returns true where all steps held */
export async function provePublisher(
  id: string,
  claim: ResultOf<'publisher_prove'>,
  steps: readonly Step['name'][],
  show: (steps: readonly Step[]) => void,
): Promise<true | undefined> {
  return await proving(steps, show, async (progress, validators) => {
    const [url = ''] = caller.transport.urls;
    const context = contextOf(validators, claim.height);
    const read = await readProof(caller, url, claim.proof, context);
    seen(read.view);
    reportState(progress, validators, read);
    const answer = publisherFromProof(read.view, id);
    if (!answer.ok) throw new StepError(answer.code, answer.message);
    compare(claim.publisher, answer.value, read.view.time);
    const agrees = 'Name, keys and who vouches are those that were proven.';
    progress.done('agrees', claim.publisher === null ? 'There is none: proven.' : agrees);
    return true as const;
  });
}

/** Each side as what the page shows of it. */
function compare(shown: PublisherView | null, proven: JudgedPublisher | null, time: number): void {
  const said = shown && [
    [shown.id, shown.name, shown.since, shown.vouchers],
    shown.keys.map((each) => [each.key, each.validFrom, each.validUntil, each.compromisedSince]),
  ];
  if (JSON.stringify(said) === JSON.stringify(proven && essence(proven, time))) return;
  throw new StepError('DISAGREES', 'the publisher that the node showed is not the one it proved');
}

function essence({ publisher, active }: JudgedPublisher, time: number) {
  const { id, name, since, vouches, keys } = publisher;
  const text = (ms: number | null): string | null => (ms === null ? null : timeText(ms));
  return [
    [id, name, since, vouchersAt(vouches, active, time)],
    keys.map(({ key, validFrom, validUntil, compromisedSince }) => [
      publicKeyToText(key),
      text(validFrom),
      text(validUntil),
      text(compromisedSince),
    ]),
  ];
}
