/** `ztc record history`: all revisions of a record. */
import type { RecordView } from '../../client/views.ts';
import { fromBase64url, fromUtf8 } from '../../common/bytes.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { READ_OPTIONS } from '../options.ts';
import { note, printable } from '../output.ts';
import { publisherOfNamespace, RECORD_POSITIONALS } from '../records/entries.ts';
import { openSession, type Session } from '../session.ts';

/** What nodes give at a time. */
const PAGE_ITEMS = 100;
/** More is for programs, page by page: `ztc rpc record_history`. */
const REVISIONS_MAX = 1_000;
const PREVIEW_LENGTH = 60;

export const recordHistory = defineCommand({
  name: 'record history',
  summary: 'the revisions of a record, newest first',
  details: ['As the node says; record get proves the current one. Exits 10 if there is none.'],
  positionals: RECORD_POSITIONALS,
  options: READ_OPTIONS,
  async run(args, io) {
    const { namespace, key } = args;
    publisherOfNamespace(namespace);
    const session = await openSession(args, io);
    const { revisions, complete } = await readRevisions(session, namespace, key);
    if (!complete) note(io, `only the newest ${REVISIONS_MAX} revisions are shown`);
    const result = { namespace, key, revisions, complete, trust: session.origin, verified: false };
    return {
      exit: revisions.length === 0 ? EXIT.UNKNOWN : EXIT.OK,
      result,
      text:
        revisions.length === 0
          ? [`${namespace} has no key ${printable(key)}`]
          : revisions.map(
              ({ revision, time, height, value }) =>
                `${revision}  ${time}  height ${height}  ${preview(value)}`,
            ),
    };
  },
});

async function readRevisions(
  session: Session,
  namespace: string,
  key: string,
): Promise<{ readonly revisions: readonly RecordView[]; readonly complete: boolean }> {
  const revisions: RecordView[] = [];
  const { minHeight } = session.proof;
  let cursor: string | null | undefined;
  while (cursor !== null && revisions.length < REVISIONS_MAX) {
    const page = await session.client.call('record_history', {
      namespace,
      key,
      limit: PAGE_ITEMS,
      ...(minHeight > 0 && { minHeight }),
      ...(cursor !== undefined && { cursor }),
    });
    revisions.push(...page.items);
    cursor = page.items.length === 0 ? null : page.nextCursor;
  }
  return { revisions, complete: cursor === null };
}

/** A value in one line. */
function preview(value: string): string {
  const bytes = fromBase64url(value);
  const text = bytes && fromUtf8(bytes);
  if (text === undefined) return `(${bytes?.length ?? 0} bytes)`;
  const line = printable(text);
  return line.length > PREVIEW_LENGTH ? `${line.slice(0, PREVIEW_LENGTH)}…` : line;
}
