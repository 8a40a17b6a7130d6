/** Proving that a transaction is on the ledger and what came of it, in this browser. */
import { askHeader } from '../../../client/headers.ts';
import { hashText } from '../../../client/views.ts';
import { fromBase64url, toBase64url } from '../../../common/bytes.ts';
import { publicKeyToText, verify } from '../../../common/signature.ts';
import { type IncludedTransaction, verifyTransaction } from '../../../ledger/inclusion.ts';
import { OPERATION, type Operation, statusName } from '../../../ledger/operations.ts';
import { assetToText } from '../../../ledger/primitives.ts';
import type { ResultOf } from '../../../rpc/schema/index.ts';
import { ask, caller } from '../node.ts';
import { count, names, short } from '../text.ts';
import { type Step, StepError } from './steps.ts';
import { proving, signersDetail } from './trust.ts';

type Shown = NonNullable<ResultOf<'tx_get'>>;

/** @returns true where all steps held */
export async function proveTransaction(
  shown: Shown,
  steps: readonly Step['name'][],
  show: (steps: readonly Step[]) => void,
): Promise<true | undefined> {
  return await proving(steps, show, async (progress, validators) => {
    // The next header carries the block's results, and the block as its parent.
    const under = shown.height + 1;
    const { proof, header: final } = await askHeader(caller, under, validators);
    const signers = signersDetail(validators, proof.finality.certificate);
    progress.done('final', `The block after it, ${count(under)}, is final: ${signers}.`);
    const answer = await ask('tx_get', { hash: shown.hash, under });
    const bytes = fromBase64url(answer?.proof ?? '');
    if (bytes === undefined) throw new StepError('PROOF_INCLUSION', 'the node gave no proof');
    const found = verifyTransaction({ final, bytes, verify });
    if (!found.ok) throw new StepError(found.code, found.message);
    const { received, header } = found.value;
    const keys = received.transaction.signatures.map(({ key }) => publicKeyToText(key));
    const signed = `signed with ${names(keys.map(short))}`;
    progress.done('included', `In block ${count(header.height)}, ${signed}.`);
    compare(shown, found.value);
    progress.done('agrees', 'Sender, place, result and what it does are those that were proven.');
    return true as const;
  });
}

function compare(shown: Shown, { received, header, code }: IncludedTransaction): void {
  const { id, transaction } = received;
  const same =
    shown.hash === hashText(id) &&
    shown.height === header.height &&
    Date.parse(shown.time) === header.time &&
    shown.sender === transaction.sender &&
    shown.result.code === code &&
    shown.operations.length === transaction.operations.length &&
    shown.signatures.map(({ key }) => key).join() ===
      transaction.signatures.map(({ key }) => publicKeyToText(key)).join() &&
    transaction.operations.every((operation, i) => isShown(operation, shown.operations[i]));
  if (!same)
    throw new StepError('DISAGREES', 'the transaction that the node showed is another one');
}

/** What the page shows of an operation; of most it is their kind. */
function isShown(operation: Operation, shown: Shown['operations'][number] | undefined): boolean {
  switch (operation.op) {
    case OPERATION.STATEMENT:
      return (
        shown?.op === 'statement' &&
        shown.asset === assetToText(operation.asset) &&
        shown.status === statusName(operation.status) &&
        shown.name === operation.name &&
        shown.version === operation.version &&
        shown.kind === operation.kind &&
        shown.reason === operation.reason
      );
    case OPERATION.RECORD_PUT:
      return (
        shown?.op === 'record.put' &&
        shown.namespace === operation.namespace &&
        shown.key === operation.key &&
        shown.value === toBase64url(operation.value)
      );
    default:
      return shown?.op !== 'statement' && shown?.op !== 'record.put';
  }
}
