/** `npm run bench -- --scenario NAME`: measures real nodes on this machine. */
import { parseArgs } from 'node:util';
import { machine } from './machine.ts';
import { profileInto, stageTable } from './profile/profile.ts';
import { jsonOf, tableOf } from './report.ts';
import type { Scenario } from './scenario.ts';
import { catchUp } from './scenarios/catch-up.ts';
import { deadLeader } from './scenarios/dead-leader.ts';
import { faults } from './scenarios/faults.ts';
import { members } from './scenarios/members.ts';
import { memory } from './scenarios/memory.ts';
import { pathScenario } from './scenarios/path.ts';
import { rate } from './scenarios/rate.ts';
import { receipts } from './scenarios/receipts.ts';
import { replay } from './scenarios/replay.ts';
import { tree } from './scenarios/tree.ts';

const SCENARIOS: readonly Scenario[] = [
  deadLeader,
  faults,
  catchUp,
  members,
  memory,
  pathScenario,
  rate,
  receipts,
  replay,
  tree,
];
/** Away from the devnet's own, so that one may run meanwhile. */
const BASE_PORT = 21_000;

const USAGE = `usage: npm run bench -- --scenario NAME [--rounds N] [--seconds S]
         [--transactions N] [--keys N] [--profile DIR] [--base-port P] [--json]

${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(12)}  ${summary}`).join('\n')}`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      transactions: { type: 'string' },
      profile: { type: 'string' },
      keys: { type: 'string' },
      'base-port': { type: 'string', default: String(BASE_PORT) },
      json: { type: 'boolean', default: false },
    },
  });
  const scenario = SCENARIOS.find(({ name }) => name === values.scenario);
  const rounds = Number(values.rounds ?? scenario?.rounds);
  const basePort = Number(values['base-port']);
  const asked = {
    ...(values.seconds === undefined ? {} : { seconds: Number(values.seconds) }),
    ...(values.transactions === undefined ? {} : { transactions: Number(values.transactions) }),
    ...(values.keys === undefined ? {} : { keys: Math.floor(Number(values.keys)) }),
  };
  const fits = rounds >= 1 && basePort >= 1_024 && Object.values(asked).every((each) => each > 0);
  if (scenario === undefined || !fits) {
    console.error(USAGE);
    return 2;
  }
  const before = machine();
  const say = (text: string): void => console.error(`bench: ${text}`);
  if (values.profile !== undefined) await profileInto(values.profile);
  const figures = await scenario.run({ rounds: Math.floor(rounds), basePort, say, ...asked });
  if (values.profile !== undefined) console.error(await stageTable(values.profile));
  const result = { scenario: scenario.name, machine: before, figures };
  console.log(values.json ? jsonOf(result) : tableOf(result));
  return 0;
}

process.exit(await main());
