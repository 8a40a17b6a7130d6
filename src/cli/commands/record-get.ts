/** `ztc record get`: the current value of a record, proven. */
import { askRecord } from '../../client/authenticate.ts';
import { recordView, timeText } from '../../client/views.ts';
import { fromJson } from '../../common/codec/index.ts';
import { recordKey } from '../../ledger/operations.ts';
import type { ProvenView } from '../../ledger/proven-state.ts';
import type { Revision } from '../../ledger/state-values.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { AT_OPTIONS, READ_OPTIONS } from '../options.ts';
import { type Io, note } from '../output.ts';
import {
  asksNode,
  openReceipt,
  READ_RECEIPT_OPTIONS,
  type ReceiptArgs,
  receiptFiles,
  SAVE_RECEIPT_OPTIONS,
  saveReceipt,
  wrongSubject,
} from '../receipts.ts';
import { publisherOfNamespace, RECORD_POSITIONALS } from '../records/entries.ts';
import { openSession, type SessionArgs, type Standing } from '../session.ts';

export const recordGet = defineCommand({
  name: 'record get',
  summary: 'print the current value of a record',
  details: [
    'Standard output gets exactly the bytes of the value; --json has revision and origin too.',
    'Exits 10 if there is no such key: that is proven as well, also by a receipt',
    '(--save-receipt=FILE, --receipt FILE).',
  ],
  examples: ['ztc record get acme/builds 1.4.0'],
  positionals: RECORD_POSITIONALS,
  options: { ...SAVE_RECEIPT_OPTIONS, ...READ_RECEIPT_OPTIONS, ...AT_OPTIONS, ...READ_OPTIONS },
  async run(args, io) {
    const { namespace, key } = args;
    publisherOfNamespace(namespace);
    const checked = fromJson(recordKey, key);
    if (!checked.ok) throw usageError(`this is no key: ${checked.message}`);
    const { answer, view, standing } = await readRecord({ namespace, key }, args, io);
    const asOf = {
      asOf: { height: view.height, time: timeText(view.time) },
      trust: standing.origin,
      verified: standing.origin !== 'node-claimed',
    };
    if (answer === null) {
      if (args.json !== true)
        note(io, `${namespace} has no key ${key} (as of height ${view.height})`);
      return { exit: EXIT.UNKNOWN, result: { namespace, key, record: null, ...asOf } };
    }
    return {
      exit: EXIT.OK,
      result: { namespace, key, record: recordView(answer), ...asOf },
      raw: answer.value,
    };
  },
});

interface RecordAnswer {
  readonly answer: Revision | null;
  readonly view: ProvenView;
  readonly standing: Standing;
}

/** From a receipt, or from a node. */
async function readRecord(
  record: { readonly namespace: string; readonly key: string },
  args: ReceiptArgs & SessionArgs,
  io: Io,
): Promise<RecordAnswer> {
  if (args.receipt !== undefined) {
    const { receipt, standing } = await openReceipt(args.receipt, args, io);
    const { namespace, key } = record;
    if (receipt.kind !== 'record' || receipt.namespace !== namespace || receipt.key !== key) {
      throw wrongSubject(args.receipt, receipt);
    }
    if (!asksNode(args, io)) return { answer: receipt.answer, view: receipt.view, standing };
  }
  const [file] = await receiptFiles(args, [{ kind: 'record', input: record.key }]);
  const session = await openSession(args, io);
  const proven = await askRecord(session.client, record, session.proof);
  await session.remember({ head: proven.view.head });
  if (file !== undefined) await saveReceipt(file, session, proven);
  return { answer: proven.answer, view: proven.view, standing: session };
}
