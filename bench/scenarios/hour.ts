/** An hour at the most that the nodes make final: what they hold must not grow. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { latencyFigures, type Measured, measure } from '../measure.ts';
import { mostRun } from '../runs.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';
import { summaryOf } from '../statistics.ts';

const VALIDATORS = 4;
const SECONDS = 3_600;
/** Signed ahead is what lasts so long; more is signed as needed, which takes from the nodes. */
const SIGNED_S = 30;
const WARM_UP_MS = 30_000;
/** One part is measured, and looked at, after the other. */
const PARTS = 60;
/** What may lie between quarters of an hour: collectors have moods. */
const GROWTH_MAX = 1.1;

export const hour: Scenario = {
  name: 'hour',
  summary: 'an hour of full load: memory flat, rate too; --seconds S',
  rounds: 1,
  async run({ basePort, say, seconds = SECONDS }) {
    const parts: Measured[] = [];
    await Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
      await consortium.start(consortium.names);
      await LoadGenerator.with(consortium.load, async (load) => {
        await load.run(mostRun(SIGNED_S));
        await sleep(WARM_UP_MS);
        for (let part = 1; part <= PARTS; part++) {
          const spent = (): Promise<void> => sleep((1_000 * seconds) / PARTS);
          parts.push(await measure(consortium, load, spent));
          say(`part ${part} of ${PARTS}: ${JSON.stringify(parts.at(-1))}`);
        }
      });
    });
    return figuresOf(parts);
  },
};

function figuresOf(parts: readonly Measured[]): Figure[] {
  const of = (value: (part: Measured) => number) => parts.map(value);
  const quarter = Math.ceil(parts.length / 4);
  const growth = (value: (part: Measured) => number): number => {
    const [second, last] = [parts.slice(quarter, 2 * quarter), parts.slice(-quarter)];
    return summaryOf(last.map(value)).median / summaryOf(second.map(value)).median;
  };
  const memory = of((part) => part.memory);
  return [
    figure(
      'final transactions',
      '/s',
      of(({ perSecond }) => perSecond),
      { name: 'rate' },
    ),
    figure('the last quarter against the second', '', [growth(({ perSecond }) => perSecond)]),
    ...latencyFigures(parts),
    figure('memory of the largest node of its own (RssAnon)', 'MiB', memory, {
      name: 'memoryMiB',
      must: { atMost: 400 },
    }),
    figure('its last quarter against the second', '', [growth((part) => part.memory)], {
      name: 'memoryGrowth',
      must: { atMost: GROWTH_MAX },
    }),
  ];
}
