/** `npm run bench -- --scenario NAME`: measures real nodes on this machine. */
import { ALL_SECONDS, runAll } from './all.ts';
import { machine } from './machine.ts';
import { type Options, readOptions } from './options.ts';
import { profileInto, stageTable } from './profile/profile.ts';
import { jsonOf, medianOf, type Result, tableOf } from './report.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';

const USAGE = `usage: npm run bench -- --scenario NAME | --peers | --all
         [--rounds N] [--seconds S] [--transactions N] [--keys N,…] [--blocks N,…]
         [--validators N,…] [--profile DIR] [--base-port P] [--json]

${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(12)}  ${summary}`).join('\n')}

--all runs all but hour, ${ALL_SECONDS} s a round, and prints the tables of docs/benchmarks.md.`;

const say = (text: string): void => console.error(`bench: ${text}`);

async function resultOf(scenario: Scenario, { rounds, sizes }: Options): Promise<Result> {
  const before = machine();
  const asked = rounds ?? scenario.rounds;
  const figures = await scenario.run({ ...sizes, rounds: asked, say });
  return { scenario: scenario.name, machine: before, rounds: asked, figures };
}

/** False where one failed. */
async function run(options: Options): Promise<boolean> {
  const { profile } = options;
  if (profile !== undefined) await profileInto(profile);
  if (options.scenario === undefined) {
    const sizes = { ...options.sizes, seconds: options.sizes.seconds ?? ALL_SECONDS };
    const one = (scenario: Scenario) => resultOf(scenario, { ...options, sizes });
    return runAll(SCENARIOS, one, options.json);
  }
  const scenario = SCENARIOS.find(({ name }) => name === options.scenario) as Scenario;
  const result = await resultOf(scenario, options);
  if (profile !== undefined) console.error(await stageTable(profile, microsOfNode(result)));
  console.log(options.json ? jsonOf(result) : tableOf(result));
  return true;
}

/** What a transaction costs one node, where the scenario says so. */
function microsOfNode(result: Result): number | undefined {
  const [all, nodes] = [medianOf(result, 'cpuMicrosPerTx'), medianOf(result, 'validators')];
  return all === undefined || nodes === undefined ? undefined : all / nodes;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const name = options?.scenario;
  const isKnown = name === undefined || SCENARIOS.some((scenario) => scenario.name === name);
  if (options === undefined || !isKnown) {
    console.error(USAGE);
    return 2;
  }
  return (await run(options)) ? 0 : 1;
}

// Nodes end with their standard input, the peers' when this process says goodbye.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exit(await main());
