/** `ztc record history`: all revisions of a record. */
import { askNewest, askRevisions } from '../../client/lists.ts';
import { recordView, timeText } from '../../client/views.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { AT_OPTIONS, READ_OPTIONS } from '../options.ts';
import { note, printable } from '../output.ts';
import { publisherOfNamespace, RECORD_POSITIONALS } from '../records/entries.ts';
import { preview } from '../records/preview.ts';
import { openSession } from '../session.ts';
import { provenText } from '../statements/verdict-item.ts';

/** More is for programs, page by page: `ztc rpc state_list`. */
const REVISIONS_MAX = 1_000;

export const recordHistory = defineCommand({
  name: 'record history',
  summary: 'the revisions of a record, newest first',
  details: [
    'Proven, and proven to be all of them (up to 1000 are read). Exits 10 if there is none.',
  ],
  examples: ['ztc record history acme/builds 1.4.0'],
  positionals: RECORD_POSITIONALS,
  options: { ...AT_OPTIONS, ...READ_OPTIONS },
  async run(args, io) {
    const { namespace, key } = args;
    publisherOfNamespace(namespace);
    const session = await openSession(args, io);
    const { newest, items } = await askNewest(
      (page, at) => askRevisions(session.client, { namespace, key, ...page }, at),
      REVISIONS_MAX,
      session.proof,
    );
    const { view, count } = newest;
    await session.remember({ head: view.head });
    const complete = items.length === count;
    if (!complete) note(io, `only the newest ${REVISIONS_MAX} of ${count} revisions are shown`);
    const revisions = items.map(recordView);
    const result = {
      namespace,
      key,
      revisions,
      count,
      complete,
      asOf: { height: view.height, time: timeText(view.time) },
      trust: session.origin,
      verified: session.origin !== 'node-claimed',
    };
    const lines = items.map(
      ({ revision, time, height, value }) =>
        `${revision}  ${timeText(time)}  height ${height}  ${preview(value)}`,
    );
    return {
      exit: count === 0 ? EXIT.UNKNOWN : EXIT.OK,
      result,
      text: [
        ...(count === 0 ? [`${namespace} has no key ${printable(key)}`] : lines),
        provenText(view, session),
      ],
    };
  },
});
