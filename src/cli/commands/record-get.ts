/** `ztc record get`: the current value of a record, proven. */
import { askRecord } from '../../client/authenticate.ts';
import { recordView, timeText } from '../../client/views.ts';
import { fromJson } from '../../common/codec/index.ts';
import { recordKey } from '../../ledger/operations.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { READ_OPTIONS } from '../options.ts';
import { note } from '../output.ts';
import { publisherOfNamespace, RECORD_POSITIONALS } from '../records/entries.ts';
import { openSession } from '../session.ts';

export const recordGet = defineCommand({
  name: 'record get',
  summary: 'print the current value of a record',
  details: [
    'Standard output gets exactly the bytes of the value; --json has revision and origin too.',
    'Exits 10 if there is no such key: that is proven as well.',
  ],
  examples: ['ztc record get acme/builds 1.4.0'],
  positionals: RECORD_POSITIONALS,
  options: READ_OPTIONS,
  async run(args, io) {
    const { namespace, key } = args;
    publisherOfNamespace(namespace);
    const checked = fromJson(recordKey, key);
    if (!checked.ok) throw usageError(`this is no key: ${checked.message}`);
    const session = await openSession(args, io);
    const { answer, view } = await askRecord(session.client, { namespace, key }, session.proof);
    await session.remember({ head: view.head });
    const asOf = {
      asOf: { height: view.height, time: timeText(view.time) },
      trust: session.origin,
      verified: session.origin !== 'node-claimed',
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
