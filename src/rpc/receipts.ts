/** The node's side of `src/ledger/receipt.ts`: a whole receipt from the store, in one answer. */
import { encode, type Json } from '../common/codec/index.ts';
import { invariant } from '../common/errors.ts';
import { type AssetAnswer, assetAnswerKeys } from '../ledger/authenticate.ts';
import { decodeHeader } from '../ledger/block.ts';
import { certifiedHeader } from '../ledger/finality.ts';
import { inclusionSchema } from '../ledger/inclusion.ts';
import { type ProvenState, provenStateSchema } from '../ledger/proven-state.ts';
import {
  formatReceipt,
  RECEIPT_LINKS_MAX,
  type ReceiptSubject,
  receiptTransactions,
  SUBJECT,
} from '../ledger/receipt.ts';
import { stateKey } from '../ledger/state-keys.ts';
import type { Revision } from '../ledger/state-values.ts';
import { validatorLinkSchema } from '../ledger/validator-links.ts';
import { wordKeys } from '../ledger/word.ts';
import type { Ledger } from '../state/ledger.ts';
import type { StateReader } from '../state/reader.ts';
import type { Services } from './handler.ts';
import { proveState, proveTransaction } from './proving.ts';
import { allStatements } from './reading.ts';
import { wordOf } from './word.ts';

type Document = { readonly [name: string]: Json };

/** Of all that was said on an asset, or that nothing was, as of the state of `reader`. */
export async function assetReceipt(
  services: Services,
  reader: StateReader,
  asset: Uint8Array,
): Promise<Document> {
  const { items, statements, publishers } = allStatements(services, reader, asset);
  const answer: AssetAnswer = { statements, publishers };
  const subject = { kind: SUBJECT.ASSET, asset, statements: items };
  return receipt(services, reader, assetAnswerKeys(asset, publishers.values()), answer, subject);
}

/** Of what one publisher says about an asset: as long whatever others state. */
export async function wordReceipt(
  services: Services,
  reader: StateReader,
  asset: Uint8Array,
  publisher: string,
): Promise<Document> {
  const { answer, acts } = wordOf(services, reader, asset, publisher);
  const subject = { kind: SUBJECT.WORD, asset, publisher, acts };
  return receipt(services, reader, wordKeys(subject, answer), answer, subject);
}

/** Of a record's current revision, or that there is none. */
export async function recordReceipt(
  services: Services,
  reader: StateReader,
  namespace: string,
  key: string,
): Promise<Document> {
  const revision = services.context.queries.record(reader, namespace, key) ?? null;
  const subject = { kind: SUBJECT.RECORD, namespace, key };
  return receipt(services, reader, [stateKey.record(namespace, key)], revision, subject);
}

async function receipt(
  { context: { ledger } }: Services,
  reader: StateReader,
  keys: readonly string[],
  answer: AssetAnswer | Revision | null,
  subject: ReceiptSubject,
): Promise<Document> {
  const proven = proveState(ledger, reader, keys);
  const transactions = receiptTransactions(answer).map((id) => {
    const found = ledger.transaction(id);
    invariant(found !== undefined, 'what stands in state was brought about by a transaction');
    return encode(inclusionSchema, proveTransaction(ledger, found, reader.height + 1));
  });
  const text = formatReceipt({
    version: 1,
    chain: ledger.chain,
    subject,
    state: encode(provenStateSchema, proven),
    links: await linksTo(ledger, proven),
    transactions,
    // A node knows no private words: who does adds them.
    openings: [],
  });
  return JSON.parse(text) as Document;
}

/** From the genesis to the validators that finalized what the proof rests on. */
async function linksTo(ledger: Ledger, proven: ProvenState): Promise<Uint8Array[]> {
  const certified = decodeHeader(ledger.chain, certifiedHeader(proven));
  invariant(certified.ok, 'what the store holds decodes');
  const links = await ledger.validatorLinks(1, RECEIPT_LINKS_MAX);
  return links
    .filter(({ certificate }) => certificate.epoch < certified.value.epoch)
    .map((link) => encode(validatorLinkSchema, link));
}
