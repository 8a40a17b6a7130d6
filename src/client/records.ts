/** Records under namespaces (`publisher/name`), read with proofs and written with conditions. */
import { utf8 } from '../common/bytes.ts';
import { OPERATION, type RecordPutOperation } from '../ledger/operations.ts';
import { formatReceipt } from '../ledger/receipt.ts';
import { askRecord } from './authenticate.ts';
import { contextOf, type LedgerClient, type WhichState } from './ledger-client.ts';
import { askRevisions } from './lists.ts';
import { fetchReceipt } from './receipt.ts';
import { type Standing, standing, type VerifiedRecord, verifiedRecord } from './verified.ts';
import { type RecordView, recordView } from './views.ts';
import { type Signer, submitOperations, type Written } from './writing.ts';

export interface WhichRecord extends WhichState {
  readonly namespace: string;
  readonly key: string;
}

/** What is to be written at one key. */
export interface RecordEntry {
  readonly key: string;
  /** Text is written as UTF-8. */
  readonly value: Uint8Array | string;
  /** Only if this revision is current; 0: only if the key is absent. */
  readonly ifRevision?: number;
}

export interface RecordHistory extends Standing {
  /** How many revisions there are. */
  readonly count: number;
  /** Position of the first of those here. */
  readonly from: number;
  /** Oldest first. */
  readonly revisions: readonly RecordView[];
}

const HISTORY_DEFAULT = 100;

export const records = {
  /**
   * The current revision, or that there is none.
   *
   * @throws as `authenticate`
   * @example
   * const found = await records.get(client, { namespace: 'acme/builds', key: 'no such key' });
   * [found.record, found.verified]; // → [null, true]
   */
  async get(client: LedgerClient, which: WhichRecord): Promise<VerifiedRecord> {
    const { namespace, key } = which;
    const context = await contextOf(client, which);
    const { answer, view } = await askRecord(client.caller, { namespace, key }, context);
    client.seen(view.head);
    return verifiedRecord(namespace, key, answer, view);
  },

  /**
   * Writes entries of a namespace in one transaction, all or nothing, and waits until it is final.
   *
   * @throws TransactionError ALREADY_EXISTS, REVISION_MISMATCH, …; as `notarize`
   * @example
   * const entries = [{ key: 'example', value: 'one', ifRevision: 0 }];
   * const { height } = await records.put(client, signer, { namespace: 'acme/builds', entries });
   * const which = { namespace: 'acme/builds', key: 'example', minHeight: height };
   * (await records.get(client, which)).record?.revision; // → 1
   */
  async put(
    client: LedgerClient,
    signer: Signer,
    {
      namespace,
      entries,
    }: { readonly namespace: string; readonly entries: readonly RecordEntry[] },
    timeoutMs?: number,
  ): Promise<Written> {
    const operations = entries.map((entry) => putOperation(namespace, entry));
    return submitOperations(client, signer, operations, timeoutMs);
  },

  /**
   * The revisions of a record: the latest, or a page from a position on; at most 100.
   *
   * @throws as `authenticate`
   * @example
   * const which = { namespace: 'acme/builds', key: 'latest' };
   * (await records.history(client, which)).revisions.at(-1)?.revision; // → 2
   */
  async history(
    client: LedgerClient,
    which: WhichRecord & { readonly from?: number; readonly limit?: number },
  ): Promise<RecordHistory> {
    const { namespace, key, from, limit = HISTORY_DEFAULT } = which;
    const context = await contextOf(client, which);
    const page = await askRevisions(client.caller, { namespace, key, from, limit }, context);
    client.seen(page.view.head);
    const revisions = page.items.map(recordView);
    return { count: page.count, from: page.from, revisions, ...standing(page.view) };
  },

  /**
   * The text of a receipt of the current revision, or of that there is none.
   *
   * @throws as `authenticate`
   * @example
   * const receipt = await records.receipt(client, { namespace: 'acme/builds', key: 'latest' });
   * verifyReceipt(receipt, trust).kind; // → 'record'
   */
  async receipt(client: LedgerClient, which: WhichRecord): Promise<string> {
    const { namespace, key } = which;
    const context = await contextOf(client, which);
    const proven = await askRecord(client.caller, { namespace, key }, context);
    client.seen(proven.view.head);
    return formatReceipt(await fetchReceipt(client.caller, proven, context.validators));
  },
} as const;

function putOperation(namespace: string, entry: RecordEntry): RecordPutOperation {
  const { key, value, ifRevision = null } = entry;
  const bytes = typeof value === 'string' ? utf8(value) : value;
  return { op: OPERATION.RECORD_PUT, namespace, key, value: bytes, ifRevision };
}
