/** The first two steps of every proof: the genesis under its fingerprint, and what it leads to. */
import { ProofError } from '../../../client/errors.ts';
import { KnownValidators } from '../../../client/known-validators.ts';
import { type Trust, trustGenesis } from '../../../client/trust.ts';
import { hashText } from '../../../client/views.ts';
import type { Certificate } from '../../../ledger/vote.ts';
import { fingerprint } from '../fingerprint.ts';
import { ask, caller } from '../node.ts';
import { count, names, short } from '../text.ts';
import { Progress, type Step, StepError } from './steps.ts';

/** Kept for the page: later proofs need no genesis and no links again. */
const known = new Map<string, { readonly trust: Trust; readonly validators: KnownValidators }>();

/**
 * Carries out the steps of a proof, of which the first two are always the same.
 *
 * @returns undefined where a step failed; the steps say which
 */
export async function proving<T>(
  names: readonly Step['name'][],
  show: (steps: readonly Step[]) => void,
  prove: (progress: Progress, validators: KnownValidators) => Promise<T>,
): Promise<T | undefined> {
  const progress = new Progress(names, show);
  try {
    return await prove(progress, await trustedChain(progress));
  } catch (error) {
    progress.fail(error);
    return undefined;
  }
}

/** The chain of the pasted fingerprint, or else of the node's own. */
async function trustedChain(progress: Progress): Promise<KnownValidators> {
  const { pasted } = fingerprint.value;
  const document = await ask('chain_genesis', {});
  if (pasted !== undefined && document.chain !== pasted) {
    const message = `this node is on the chain ${short(document.chain)}, you pasted another one`;
    throw new StepError('FINGERPRINT', message);
  }
  const trust = trustGenesis(document);
  const chain = hashText(trust.origin.chain);
  const kept = known.get(chain) ?? { trust, validators: new KnownValidators(trust.origin) };
  known.set(chain, kept);
  const whose = pasted === undefined ? 'as this node told it' : 'as you pasted it';
  const signers = count(document.signatures.length, 'founding member');
  progress.done('genesis', `${short(chain)}, ${whose}; signed by ${signers}.`);
  await learn(kept.validators);
  progress.done('validators', validatorsDetail(kept.validators));
  return kept.validators;
}

/** Whatever is wrong with a link is wrong with this step, whoever signed it. */
async function learn(validators: KnownValidators): Promise<void> {
  try {
    await validators.learnAll(caller);
  } catch (error) {
    if (error instanceof ProofError) throw new StepError('PROOF_LINKS', error.message);
    throw error;
  }
}

function validatorsDetail({ newest, links }: KnownValidators): string {
  const members = names(newest.validators.map(({ member }) => member));
  const changes = `${count(links.length, 'change')}, each signed by those before`;
  return `${members}; ${links.length === 0 ? 'as the genesis names them' : changes}.`;
}

function setOf(validators: KnownValidators, epoch: number) {
  return validators.sets.findLast((set) => set.epoch <= epoch) ?? validators.origin;
}

/** Who signed, by the certificate that was just verified. */
export function signersDetail(validators: KnownValidators, certificate: Certificate): string {
  const { epoch, signatures } = certificate;
  const set = setOf(validators, epoch).validators;
  const signers = signatures.map(({ validator }) => set[validator]?.member ?? '?');
  return `signed by ${names(signers)}: ${signers.length} of ${set.length}`;
}
