/** Receipts of answers that were just proven: fetching the rest of what they need. */
import { fromBase64url } from '../common/bytes.ts';
import { encode } from '../common/codec/index.ts';
import { verify } from '../common/signature.ts';
import type { AssetAnswer } from '../ledger/authenticate.ts';
import { certifiedHeader } from '../ledger/finality.ts';
import { type Opening, placeOpenings } from '../ledger/private-words.ts';
import { provenStateSchema } from '../ledger/proven-state.ts';
import { checkReceipt, type Receipt, receiptTransactions } from '../ledger/receipt.ts';
import type { Revision } from '../ledger/state-values.ts';
import { validatorLinkSchema } from '../ledger/validator-links.ts';
import type { Proven } from './authenticate.ts';
import type { Client } from './client.ts';
import { ProofError, TransportError } from './errors.ts';
import type { KnownValidators } from './known-validators.ts';
import { hashText } from './views.ts';

function isAsset(answer: AssetAnswer | Revision | null): answer is AssetAnswer {
  return answer !== null && 'statements' in answer;
}

/**
 * Makes the receipt of a proven answer, and checks it as its reader will.
 *
 * @param openings of private statements in it, where they are known and may be shown
 * @throws TransportError, RpcError, ProofError
 */
export async function fetchReceipt(
  client: Client,
  { answer, subject, view, proven }: Proven<AssetAnswer | Revision | null>,
  validators: KnownValidators,
  openings: readonly Opening[] = [],
): Promise<Receipt> {
  const transactions: Uint8Array[] = [];
  let from = client.transport.urls[0] as string;
  for (const id of receiptTransactions(answer)) {
    const params = { hash: hashText(id), under: view.header.height };
    const { result, url } = await client.ask('tx_get', params);
    const proof = result?.proof === undefined ? undefined : fromBase64url(result.proof);
    if (proof === undefined) {
      throw new TransportError('BAD_ANSWER', url, `${url} does not prove a transaction`);
    }
    transactions.push(proof);
    from = url;
  }
  // The answer may have been proven from a checkpoint: the reader has the genesis.
  const certified = certifiedHeader(proven);
  await validators.of(client, certified);
  const links = validators.linksTo(certified);
  const receipt: Receipt = {
    version: 1,
    chain: view.chain,
    subject,
    state: encode(provenStateSchema, proven),
    links: links.map((link) => encode(validatorLinkSchema, link)),
    transactions,
    openings: isAsset(answer) ? placeOpenings(view.chain, answer, openings) : [],
  };
  const checked = checkReceipt({ trust: validators.origin, receipt, verify });
  if (!checked.ok) throw new ProofError(checked.code, from, checked.message);
  return receipt;
}
