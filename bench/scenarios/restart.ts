/** How long a node of a long chain takes from its start to being ready, the others alive. */
import path from 'node:path';
import { foundedFor, giveChain, makeChain } from '../chain/make.ts';
import { notarization } from '../chain/transactions.ts';
import { Consortium } from '../consortium.ts';
import { cpuSeconds } from '../process-facts.ts';
import { type Figure, figure, type Scenario, type ScenarioOptions } from '../scenario.ts';

const VALIDATORS = 4;
const BLOCKS = [1_000, 100_000];

interface Round {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export const restart: Scenario = {
  name: 'restart',
  summary: `from SIGKILL and start to ready with ${BLOCKS.join(' and ')} blocks; --blocks N,…`,
  rounds: 5,
  async run(options) {
    const figures: Figure[] = [];
    for (const blocks of options.blocks ?? BLOCKS) figures.push(...(await of(blocks, options)));
    return figures;
  },
};

async function of(blocks: number, options: ScenarioOptions): Promise<Figure[]> {
  const { rounds, basePort, say } = options;
  const plan = { basePort, validators: VALIDATORS, now: foundedFor(blocks) };
  const measured = await Consortium.with(plan, async (consortium) => {
    const dir = path.join(consortium.folder.dir, 'chain');
    say(`making ${blocks} blocks`);
    await makeChain(consortium, dir, { blocks, perBlock: 1, make: notarization });
    await giveChain(consortium, dir, consortium.names);
    await consortium.start(consortium.names);
    const restarts: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      restarts.push(await restartOne(consortium, consortium.names[1] as string));
      say(`round ${round}: ${JSON.stringify(restarts.at(-1))}`);
    }
    return restarts;
  });
  const name = `${blocks.toLocaleString('en')} blocks`;
  return [
    figure(
      `${name}: ready again`,
      's',
      measured.map(({ seconds }) => seconds),
    ),
    figure(
      `${name}: CPU until then`,
      's',
      measured.map((it) => it.cpuSeconds),
    ),
  ];
}

async function restartOne(consortium: Consortium, name: string): Promise<Round> {
  await consortium.kill(name);
  const began = performance.now();
  await consortium.start([name]);
  const seconds = (performance.now() - began) / 1_000;
  return { seconds, cpuSeconds: await cpuSeconds(consortium.pid(name)) };
}
