/** `ztc history`: everything that was ever stated about some content. */
import { askHistory, type ProvenHistory } from '../../client/history.ts';
import { publisherSummary, statementViews } from '../../client/verified.ts';
import { timeText } from '../../client/views.ts';
import { assetToText } from '../../ledger/primitives.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { hashInput, INPUT_OPTIONS, INPUT_POSITIONALS, parseInputs } from '../inputs.ts';
import { failedItem, type Item, mapBounded, outcomeOf } from '../items.ts';
import { AT_OPTIONS, READ_OPTIONS } from '../options.ts';
import { type Io, paint, printable, toneOf } from '../output.ts';
import { openSession, type Session } from '../session.ts';
import { statementWords } from '../statements/statement-line.ts';
import { provenText } from '../statements/verdict-item.ts';

const INPUTS_AT_ONCE_MAX = 4;
/** Beyond, nobody reads them: the latest ones are shown, and how many there are. */
const STATEMENTS_MAX = 10_000;

export const history = defineCommand({
  name: 'history',
  summary: 'everything that was ever stated about these files, newest first',
  details: [
    'What is shown is proven to be all, or the latest 10,000: nothing was left out. Statements',
    'whose key was not valid are shown and marked; they do not count. A PGP or X.509 signature',
    'beside one is shown and not checked: ztc authenticate does. Exits 10 if there is none.',
  ],
  examples: ['ztc history app.tgz'],
  positionals: INPUT_POSITIONALS,
  options: { ...INPUT_OPTIONS, ...AT_OPTIONS, ...READ_OPTIONS },
  async run(args, io) {
    const inputs = parseInputs(args.paths, args.hash);
    const session = await openSession(args, io);
    const items = await mapBounded(inputs, INPUTS_AT_ONCE_MAX, async (each) => {
      const { input } = each;
      try {
        const { asset } = await hashInput(each, io, { recursive: args.recursive });
        const found = await askHistory(session.client, asset, STATEMENTS_MAX, session.proof);
        await session.remember({ head: found.view.head });
        return historyItem({ input, asset, ...found }, session, io);
      } catch (error) {
        return failedItem(input, error);
      }
    });
    return outcomeOf(items);
  },
});

interface Answered extends ProvenHistory {
  readonly input: string;
  readonly asset: Uint8Array;
}

function historyItem({ input, asset, ...found }: Answered, session: Session, io: Io): Item {
  const { answer, view, count: all } = found;
  const statements = [...statementViews(answer)].reverse();
  const lines = statements.map((said) => {
    const status = paint(io, toneOf(said.status), said.status.padEnd(11));
    const where = `  ${said.time}  height ${said.height}`;
    return `${where}  ${status}  ${said.publisher}  ${statementWords(said)}`;
  });
  const json = {
    asset: assetToText(asset),
    height: view.height,
    time: timeText(view.time),
    count: all,
    statements,
    publishers: [...answer.publishers.values()].map((by) => ({
      ...publisherSummary(by, view.time),
    })),
    trust: session.origin,
    verified: session.origin !== 'node-claimed',
  };
  const shown = statements.length < all ? `the latest ${statements.length} of ` : '';
  const count = `${shown}${all === 1 ? '1 statement' : `${all} statements`}`;
  return {
    input,
    exit: statements.length === 0 ? EXIT.UNKNOWN : EXIT.OK,
    json,
    text: [
      `${count}  ${printable(input)}`,
      `  ${json.asset}`,
      ...lines,
      `  ${provenText(view, session)}`,
    ],
  };
}
