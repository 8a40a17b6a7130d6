/** `npm run bench -- --scenario NAME`: measures real nodes on this machine. */
import { parseArgs } from 'node:util';
import { machine } from './machine.ts';
import { jsonOf, tableOf } from './report.ts';
import type { Scenario } from './scenario.ts';
import { catchUp } from './scenarios/catch-up.ts';
import { deadLeader } from './scenarios/dead-leader.ts';
import { faults } from './scenarios/faults.ts';
import { members } from './scenarios/members.ts';
import { memory } from './scenarios/memory.ts';
import { rate } from './scenarios/rate.ts';
import { receipts } from './scenarios/receipts.ts';

const SCENARIOS: readonly Scenario[] = [
  deadLeader,
  faults,
  catchUp,
  members,
  memory,
  rate,
  receipts,
];
/** Away from the devnet's own, so that one may run meanwhile. */
const BASE_PORT = 21_000;

const USAGE = `usage: npm run bench -- --scenario NAME [--rounds N] [--seconds S]
         [--base-port P] [--json]

${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(12)}  ${summary}`).join('\n')}`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'base-port': { type: 'string', default: String(BASE_PORT) },
      json: { type: 'boolean', default: false },
    },
  });
  const scenario = SCENARIOS.find(({ name }) => name === values.scenario);
  const rounds = Number(values.rounds ?? scenario?.rounds);
  const basePort = Number(values['base-port']);
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  if (scenario === undefined || !(rounds >= 1) || !(basePort >= 1_024) || !((seconds ?? 1) > 0)) {
    console.error(USAGE);
    return 2;
  }
  const before = machine();
  const say = (text: string): void => console.error(`bench: ${text}`);
  const figures = await scenario.run({
    rounds: Math.floor(rounds),
    basePort,
    say,
    ...(seconds === undefined ? {} : { seconds }),
  });
  const result = { scenario: scenario.name, machine: before, figures };
  console.log(values.json ? jsonOf(result) : tableOf(result));
  return 0;
}

process.exit(await main());
