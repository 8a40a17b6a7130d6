/** `ztc record put`: write entries of a namespace, all or nothing. */
import { askRecord } from '../../client/authenticate.ts';
import { hashText } from '../../client/views.ts';
import type { RecordPutOperation } from '../../ledger/operations.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { KEY_OPTIONS, publisherOfKey, readSigningKey } from '../keys/signing-key.ts';
import { parseDuration, TIMEOUT_OPTIONS, TRUST_OPTIONS } from '../options.ts';
import { printable } from '../output.ts';
import { receiptFiles, SAVE_RECEIPT_OPTIONS, saveReceipt, withReceipt } from '../receipts.ts';
import { conditionError } from '../records/conditions.ts';
import { conditionOf, parsePairs, publisherOfNamespace, readEntries } from '../records/entries.ts';
import { openSession, type Session } from '../session.ts';
import {
  type FinalTransaction,
  isConfirmed,
  limitsOf,
  sendTransaction,
  splitOperations,
  validUntil,
} from '../transactions.ts';

export const recordPut = defineCommand({
  name: 'record put',
  summary: 'write entries of a namespace in one transaction, all or nothing',
  details: [
    'Only the publisher’s own keys write its namespaces. One condition goes for all keys; with',
    '--file each operation has its own: [{"key": "a", "value": "1", "ifRevision": 3}, …], where',
    'value may also be valueBase64url or valueFile, and ifAbsent: true stands for revision 0.',
    'A condition that does not hold rejects the whole transaction (exit 7); the error lists the',
    'keys with such a condition. --save-receipt=FILE keeps the proof of one key.',
  ],
  examples: [
    'ztc record put acme/builds 1.4.0=ok log=@build.log --key acme.key',
    'ztc record put acme/locks release=me --if-absent',
  ],
  positionals: {
    namespace: { describe: 'PUBLISHER/NAME', type: 'string', demandOption: true },
    entries: { describe: 'KEY=VALUE, or KEY=@FILE for its content', type: 'string', array: true },
  },
  options: {
    file: { type: 'string', env: false, describe: 'operations as a JSON file', value: 'FILE' },
    'if-absent': { type: 'boolean', env: false, describe: 'only if no key is there yet' },
    'if-revision': {
      type: 'number',
      env: false,
      describe: 'only if this revision is current',
      value: 'N',
    },
    ...SAVE_RECEIPT_OPTIONS,
    ...KEY_OPTIONS,
    ...TIMEOUT_OPTIONS,
    ...TRUST_OPTIONS,
  },
  async run(args, io) {
    const { namespace, file, entries = [] } = args;
    const owner = publisherOfNamespace(namespace);
    const condition = conditionOf(args['if-absent'], args['if-revision']);
    if (file !== undefined && (entries.length > 0 || condition !== null)) {
      throw usageError('--file holds keys and conditions: give nothing beside it');
    }
    const operations =
      file === undefined
        ? await parsePairs(namespace, entries, condition)
        : await readEntries(namespace, file);
    checkKeys(operations);
    const [receipt] = await receiptFiles(args, receiptInputs(operations));
    const timeoutMs = parseDuration('timeout', args.timeout);
    const key = await readSigningKey(args.key, io);
    const session = await openSession(args, io);
    const publisher = await publisherOfKey(key, session.client);
    if (publisher !== owner) {
      const message = `only ${owner}'s keys write ${namespace}, and this is ${publisher}'s`;
      throw new CliError('UNAUTHORISED_KEY', message);
    }
    const chunks = splitOperations(
      operations.map((operation) => ({ operation })),
      limitsOf(session),
    );
    if (chunks.length > 1) {
      throw usageError('this is more than one transaction holds, and it must be all or nothing');
    }
    const until = await validUntil(session, io);
    const signers = [key.signer];
    const send = { session, sender: publisher, signers, operations, validUntil: until };
    const final = await sendTransaction({ ...send, timeoutMs }, io).catch((error: unknown) => {
      throw conditionError(error, operations) ?? error;
    });
    await session.remember({ written: final.height });
    const written = await confirmed(session, operations[0] as RecordPutOperation, final, io);
    const keys = operations.map((operation) => operation.key);
    const item = {
      input: namespace,
      exit: EXIT.OK,
      json: {
        namespace,
        keys,
        transaction: final.id,
        ...written,
        height: final.height,
        time: final.time,
      },
      text: [
        `recorded  ${namespace}: ${keys.map(printable).join(', ')}`,
        `  final at height ${final.height}${final.time === null ? '' : `, ${final.time}`}`,
      ],
    };
    const done = await withReceipt(item, receipt, async (to) => {
      const proof = { ...session.proof, minHeight: final.height };
      const record = { namespace, key: keys[0] as string };
      await saveReceipt(to, session, await askRecord(session.client, record, proof));
    });
    return { exit: done.exit, result: done.json, text: done.text };
  },
});

/** A receipt is about one record: one FILE with several keys is a usage error. */
function receiptInputs(operations: readonly RecordPutOperation[]) {
  return operations.map(({ key }) => ({ kind: 'record' as const, input: key }));
}

function checkKeys(operations: readonly RecordPutOperation[]): void {
  if (operations.length === 0) throw usageError('nothing to write: give KEY=VALUE or --file');
  const keys = operations.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw usageError(`the key ${twice} is given twice`);
}

/** Proves one of the keys; the transaction is applied all or nothing. */
async function confirmed(
  session: Session,
  { namespace, key }: RecordPutOperation,
  final: FinalTransaction,
  io: Parameters<typeof isConfirmed>[3],
): Promise<{ readonly verified: boolean }> {
  const check = async (): Promise<boolean> => {
    const proof = { ...session.proof, minHeight: final.height };
    const { answer, view } = await askRecord(session.client, { namespace, key }, proof);
    await session.remember({ head: view.head });
    if (answer === null) return false;
    // Somebody may have written a newer revision meanwhile: then ours has been there.
    return hashText(answer.transaction) === final.id || answer.height >= final.height;
  };
  return { verified: await isConfirmed(check, final, session, io) };
}
