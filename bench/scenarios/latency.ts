/**
 * How long a transaction takes from when it was due to when it is final and executed at the node
 * that is watched: one client alone, a steady thousand a second, and half of the maximum, which is
 * measured in the same round.
 */
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import type { Run } from '../load/plan.ts';
import { type Measured, underLoad } from '../measure.ts';
import { roundsOf } from '../rounds.ts';
import { aloneRun, mostRun, steadyRun } from '../runs.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
const SECONDS = 30;
const STEADY_PER_SECOND = 1_000;

interface Round {
  readonly idle: Measured;
  readonly steady: Measured;
  readonly most: Measured;
  readonly half: Measured;
}

export const latency: Scenario = {
  name: 'latency',
  summary: `from due to final, ${VALIDATORS} validators: idle, at 1,000/s, at half of the maximum`,
  rounds: 3,
  async run({ rounds, basePort, say, seconds = SECONDS }) {
    return Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
      await consortium.start(consortium.names);
      const measured = await roundsOf({ rounds, say }, () => measureOnce(consortium, seconds));
      return figuresOf(measured);
    });
  },
};

async function measureOnce(consortium: Consortium, seconds: number): Promise<Round> {
  const one = consortium.loadOf({ targets: consortium.names.slice(0, 1) });
  const idle = await LoadGenerator.with(one, (load) =>
    underLoad(consortium, load, aloneRun(seconds), seconds),
  );
  return LoadGenerator.with(consortium.load, async (load) => {
    const under = (run: Run): Promise<Measured> => underLoad(consortium, load, run, seconds);
    const steady = await under(steadyRun(seconds, STEADY_PER_SECOND));
    const most = await under(mostRun(seconds));
    const half = await under(steadyRun(seconds, most.perSecond / 2));
    return { idle, steady, most, half };
  });
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const pair = (what: string, of: keyof Round, name: string, p50: number, p99: number) => [
    figure(
      `${what}, p50`,
      'ms',
      rounds.map((round) => round[of].span.p50Ms),
      {
        name: `${name}P50Ms`,
        must: { atMost: p50 },
      },
    ),
    figure(
      `${what}, p99`,
      'ms',
      rounds.map((round) => round[of].span.p99Ms),
      {
        name: `${name}P99Ms`,
        must: { atMost: p99 },
      },
    ),
  ];
  const cpu = rounds.map(({ steady }) => steady.cpuMicros);
  return [
    ...pair('idle', 'idle', 'idle', 15, 50),
    ...pair(`at ${STEADY_PER_SECOND.toLocaleString('en')}/s`, 'steady', 'steady', 120, 400),
    figure('CPU of all nodes together there', 'µs/tx', cpu, { name: 'steadyCpuMicrosPerTx' }),
    ...pair('at half of the maximum', 'half', 'half', 250, 800),
    figure(
      'the maximum',
      '/s',
      rounds.map(({ most }) => most.perSecond),
      { name: 'rate' },
    ),
  ];
}
