/** The most that consortia of several sizes make final, all of their nodes on this machine. */
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { type Measured, underLoad } from '../measure.ts';
import { mostRun } from '../runs.ts';
import { type Figure, figure, type Scenario, type ScenarioOptions } from '../scenario.ts';

const SIZES = [1, 4, 7, 10, 20];
const SECONDS = 30;
/** n nodes on the same cores make about 1/n of what one does. */
const SIGNED_PER_SECOND = 20_000;
const SIGNED_PER_SECOND_MAX = 6_000;
/** Asked of twenty. */
const MOST = { validators: 20, must: { atLeast: 300 } };

export const validators: Scenario = {
  name: 'validators',
  summary: `the most that n = ${SIZES.join(', ')} validators make final; --validators N,…`,
  rounds: 3,
  async run(options) {
    const figures: Figure[] = [];
    for (const size of options.validators ?? SIZES) figures.push(...(await ofSize(size, options)));
    return figures;
  },
};

async function ofSize(validators: number, options: ScenarioOptions): Promise<Figure[]> {
  const { rounds, basePort, say, seconds = SECONDS } = options;
  const signed = Math.min(SIGNED_PER_SECOND / validators, SIGNED_PER_SECOND_MAX);
  const measured: Measured[] = [];
  await Consortium.with({ basePort, validators }, async (consortium) => {
    await consortium.start(consortium.names);
    await LoadGenerator.with(consortium.load, async (load) => {
      for (let round = 1; round <= rounds; round++) {
        measured.push(await underLoad(consortium, load, mostRun(seconds, signed), seconds));
        say(`n = ${validators}, round ${round}: ${JSON.stringify(measured.at(-1))}`);
      }
    });
  });
  const of = (value: (round: Measured) => number) => measured.map(value);
  const n = `n = ${validators}`;
  return [
    figure(
      `${n}: final transactions`,
      '/s',
      of(({ perSecond }) => perSecond),
      {
        name: `rate${validators}`,
        ...(validators === MOST.validators ? { must: MOST.must } : {}),
      },
    ),
    figure(
      `${n}: latency, p50`,
      'ms',
      of(({ span }) => span.p50Ms),
    ),
    figure(
      `${n}: CPU of all nodes together`,
      'µs/tx',
      of(({ cpuMicros }) => cpuMicros),
    ),
  ];
}
