/** `ztc history`: everything that was ever stated about some content. */
import { askAsset } from '../../client/authenticate.ts';
import { timeText } from '../../client/views.ts';
import type { AssetAnswer } from '../../ledger/authenticate.ts';
import { assetToText } from '../../ledger/primitives.ts';
import type { ProvenView } from '../../ledger/proven-state.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { hashInput, INPUT_OPTIONS, INPUT_POSITIONALS, parseInputs } from '../inputs.ts';
import { failedItem, type Item, mapBounded, outcomeOf } from '../items.ts';
import { AT_OPTIONS, READ_OPTIONS } from '../options.ts';
import { type Io, paint, printable, toneOf } from '../output.ts';
import { openSession, type Session } from '../session.ts';
import { provenText, publisherSummary, statementViews } from '../statements/verdict-item.ts';

const INPUTS_AT_ONCE_MAX = 4;

export const history = defineCommand({
  name: 'history',
  summary: 'everything that was ever stated about these files, newest first',
  details: [
    'The list is proven to be complete: nothing was left out. Statements whose key was not valid',
    'are shown and marked; they do not count. Exits 10 if there is none.',
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
        const { answer, view } = await askAsset(session.client, asset, session.proof);
        await session.remember({ head: view.head });
        return historyItem({ input, asset, answer, view }, session, io);
      } catch (error) {
        return failedItem(input, error);
      }
    });
    return outcomeOf(items);
  },
});

interface Answered {
  readonly input: string;
  readonly asset: Uint8Array;
  readonly answer: AssetAnswer;
  readonly view: ProvenView;
}

function historyItem({ input, asset, answer, view }: Answered, session: Session, io: Io): Item {
  const statements = [...statementViews(answer)].reverse();
  const lines = statements.map((said) => {
    const invalid = said.invalidity === null ? '' : `  (does not count: ${said.invalidity})`;
    const what = [said.name, said.version, said.reason].filter((word) => word !== '');
    const status = paint(io, toneOf(said.status), said.status.padEnd(11));
    const where = `  ${said.time}  height ${said.height}`;
    return `${where}  ${status}  ${said.publisher}  ${what.map(printable).join(' ')}${invalid}`;
  });
  const json = {
    asset: assetToText(asset),
    height: view.height,
    time: timeText(view.time),
    statements,
    publishers: [...answer.publishers.values()].map(publisherSummary),
    trust: session.origin,
    verified: session.origin !== 'node-claimed',
  };
  const count = statements.length === 1 ? '1 statement' : `${statements.length} statements`;
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
