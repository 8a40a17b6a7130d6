/** Proving that a block is final and is the one shown, in this browser. */
import { ProofError } from '../../../client/errors.ts';
import { hashText } from '../../../client/views.ts';
import { fromJson } from '../../../common/codec/index.ts';
import { verify } from '../../../common/signature.ts';
import { blockHash } from '../../../ledger/block.ts';
import {
  certifiedHeader,
  type FinalHeader,
  finalHeaderSchema,
  verifyFinalHeader,
} from '../../../ledger/finality.ts';
import type { HeaderView } from '../../../rpc/schema/index.ts';
import { caller } from '../node.ts';
import { count } from '../text.ts';
import { Progress, type Step, StepError } from './steps.ts';
import { signersDetail, trustedChain } from './trust.ts';

/** @returns whether all steps held */
export async function proveBlock(
  shown: HeaderView,
  steps: readonly Step['name'][],
  show: (steps: readonly Step[]) => void,
): Promise<boolean> {
  const progress = new Progress(steps, show);
  try {
    const validators = await trustedChain(progress);
    const { height } = shown;
    const { result, url } = await caller.ask('chain_getHeaderProof', { height });
    if (result === null) throw new StepError('PROOF_FINALITY', 'the node has no proof of it');
    const read = fromJson(finalHeaderSchema, result.proof);
    if (!read.ok) throw new ProofError('PROOF_HEADER', url, read.message);
    const { version: _, ...proof } = read.value;
    const { trust } = await validators.of(caller, certifiedHeader(proof));
    const final = verifyFinalHeader({ trust, proof, verify });
    if (!final.ok) throw new ProofError(final.code, url, final.message);
    const { certificate } = proof.finality;
    const { head } = final.value;
    const way = wayTo(height, head.height, proof.history !== null);
    progress.done('final', `${way}, ${signersDetail(validators, certificate)}.`);
    const hash = hashText(blockHash(validators.chain, proof.header));
    compare(shown, final.value, hash);
    progress.done('agrees', 'Header, hash, time and proposer are those that were proven.');
    return true;
  } catch (error) {
    progress.fail(error);
    return false;
  }
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
