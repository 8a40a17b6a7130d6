/** Throughput with as many validators dead as may be, against all alive, in turns in one run. */
import { faultsTolerated } from '../../src/ledger/validators.ts';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { underLoad } from '../measure.ts';
import { mostRun } from '../runs.ts';
import { type Figure, figure, type Scenario, type ScenarioOptions } from '../scenario.ts';

const SIZES = [4, 7];
const SECONDS = 15;
const RATIO_MIN = 0.7;

export const faults: Scenario = {
  name: 'faults',
  summary: `rate with f of ${SIZES.join(' and of ')} validators dead, against the healthy one`,
  rounds: 5,
  async run(options) {
    const figures: Figure[] = [];
    for (const validators of options.validators ?? SIZES) {
      figures.push(...(await inTurns(validators, options)));
    }
    return figures;
  },
};

async function inTurns(validators: number, options: ScenarioOptions): Promise<Figure[]> {
  const { rounds, basePort, say, seconds = SECONDS } = options;
  const [healthy, faulty]: [number[], number[]] = [[], []];
  const dead = faultsTolerated(validators);
  await Consortium.with({ basePort, validators }, async (consortium) => {
    const victims = consortium.names.slice(validators - dead);
    const survivors = consortium.names.slice(0, validators - dead);
    await consortium.start(consortium.names);
    await LoadGenerator.with(consortium.loadOf({ targets: survivors }), async (load) => {
      const rate = async (): Promise<number> =>
        (await underLoad(consortium, load, mostRun(seconds), seconds)).perSecond;
      for (let round = 1; round <= rounds; round++) {
        healthy.push(await rate());
        await Promise.all(victims.map((name) => consortium.kill(name)));
        faulty.push(await rate());
        say(`round ${round}, n = ${validators}: ${healthy.at(-1)} /s, then ${faulty.at(-1)} /s`);
        if (round < rounds) await consortium.start(victims);
      }
    });
  });
  const n = `n = ${validators}`;
  const ratios = faulty.map((value, i) => value / (healthy[i] as number));
  return [
    figure(`${n}, all alive`, 'tx/s', healthy),
    figure(`${n}, ${dead} dead`, 'tx/s', faulty),
    figure(`${n}, ratio`, '', ratios, { must: { atLeast: RATIO_MIN } }),
  ];
}
