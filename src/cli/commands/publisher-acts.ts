/** `ztc publisher acts`: everything that a publisher ever stated. */
import { askActs, askNewest } from '../../client/lists.ts';
import { publisherSummary } from '../../client/verified.ts';
import { statementView, timeText } from '../../client/views.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import type { JudgedPublisher } from '../../ledger/verdict.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { AT_OPTIONS, parseCount, READ_OPTIONS } from '../options.ts';
import { paint, printable, toneOf } from '../output.ts';
import { openSession } from '../session.ts';
import { statementWords } from '../statements/statement-line.ts';
import { provenText } from '../statements/verdict-item.ts';

const ACTS_DEFAULT = 100;

export const publisherActs = defineCommand({
  name: 'publisher acts',
  summary: 'what a publisher stated on all assets, newest first',
  details: [
    'Proven, and with it how many there are, so that nothing is left out between those shown.',
    'Statements whose key was not valid are shown and marked. Exits 10 if there is none.',
  ],
  examples: ['ztc publisher acts acme --limit 20', 'ztc publisher acts acme --at 2026-11-01'],
  positionals: {
    publisher: { describe: "the publisher's id", type: 'string', demandOption: true },
  },
  options: {
    limit: {
      type: 'number',
      env: false,
      default: ACTS_DEFAULT,
      describe: 'so many of the newest',
      value: 'N',
    },
    ...AT_OPTIONS,
    ...READ_OPTIONS,
  },
  async run(args, io) {
    const { publisher } = args;
    if (!ID_PATTERN.test(publisher)) throw usageError(`${publisher} is no id of a publisher`);
    const limit = Math.max(1, parseCount('limit', args.limit));
    const session = await openSession(args, io);
    const { newest, items } = await askNewest(
      (page, at) => askActs(session.client, { publisher, ...page }, at),
      limit,
      session.proof,
    );
    const { view, count, publisher: by } = newest;
    await session.remember({ head: view.head });
    const statements = items.map((item) => statementView(item, by as JudgedPublisher));
    const result = {
      publisher: by && { ...publisherSummary(by, view.time) },
      statements,
      count,
      complete: items.length === count,
      asOf: { height: view.height, time: timeText(view.time) },
      trust: session.origin,
      verified: session.origin !== 'node-claimed',
    };
    const lines = statements.map((said) => {
      const status = paint(io, toneOf(said.status), said.status.padEnd(11));
      const where = `  ${said.time}  height ${said.height}`;
      return `${where}  ${status}  ${said.asset}  ${statementWords(said)}`;
    });
    const whose = by === null ? `${publisher} is no publisher` : printable(by.publisher.name);
    return {
      exit: count === 0 ? EXIT.UNKNOWN : EXIT.OK,
      result,
      text: [
        `${items.length} of ${count} statements  ${whose}`,
        ...lines,
        `  ${provenText(view, session)}`,
      ],
    };
  },
});
