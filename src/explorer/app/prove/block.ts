/** Proving that a block is final and is the one shown, in this browser. */
import { askHeader } from '../../../client/headers.ts';
import { hashText } from '../../../client/views.ts';
import { blockHash } from '../../../ledger/block.ts';
import type { FinalHeader } from '../../../ledger/finality.ts';
import type { HeaderView } from '../../../rpc/schema/index.ts';
import { caller } from '../node.ts';
import { count } from '../text.ts';
import { type Step, StepError } from './steps.ts';
import { proving, signersDetail } from './trust.ts';

/** @returns true where all steps held */
export async function proveBlock(
  shown: HeaderView,
  names: readonly Step['name'][],
  show: (steps: readonly Step[]) => void,
): Promise<true | undefined> {
  return await proving(names, show, async (progress, validators) => {
    const { height } = shown;
    const { proof, ...final } = await askHeader(caller, height, validators);
    const { certificate } = proof.finality;
    const { head } = final;
    const way = wayTo(height, head.height, proof.history !== null);
    progress.done('final', `${way}, ${signersDetail(validators, certificate)}.`);
    const hash = hashText(blockHash(final.header.chain, proof.header));
    compare(shown, final, hash);
    progress.done('agrees', 'Header, hash, time and proposer are those that were proven.');
    return true as const;
  });
}

function wayTo(height: number, certified: number, inHistory: boolean): string {
  if (inHistory) return `It stands in the history of block ${count(certified)}`;
  if (certified === height) return 'The block itself was';
  return `Its descendant ${count(certified)} was`;
}

function compare(shown: HeaderView, { header }: FinalHeader, hash: string): void {
  const same =
    shown.hash === hash &&
    shown.height === header.height &&
    shown.proposer === header.proposer &&
    shown.parent === hashText(header.parent) &&
    Date.parse(shown.time) === header.time;
  if (!same) throw new StepError('DISAGREES', 'the block that the node showed is another one');
}
