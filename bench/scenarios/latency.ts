/**
 * How long a transaction takes from when it was due to when it is final and executed at the node
 * that is watched: one client alone, a steady thousand a second, and half of the maximum, which is
 * measured in the same round.
 */
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import type { Run } from '../load/plan.ts';
import { type Measured, underLoad } from '../measure.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
const SECONDS = 30;
const WARM_UP_S = 5;
/** Of the client that is alone: the chain comes to rest in between. */
const IDLE_PER_SECOND = 8;
const STEADY_PER_SECOND = 1_000;
/** What becomes due shares a request, as at a site where many machines build. */
const EVERY_MS = 10;
const UNDER_WAY = 4_000;
const PRESIGNED_PER_SECOND = 6_000;

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
      const measured: Round[] = [];
      for (let round = 1; round <= rounds; round++) {
        measured.push(await measureOnce(consortium, seconds));
        say(`round ${round}: ${JSON.stringify(measured.at(-1))}`);
      }
      return figuresOf(measured);
    });
  },
};

async function measureOnce(consortium: Consortium, seconds: number): Promise<Round> {
  const one = consortium.loadOf({ targets: consortium.names.slice(0, 1) });
  const idle = await LoadGenerator.with(one, (load) =>
    underLoad(consortium, load, open(IDLE_PER_SECOND, seconds, 0), seconds),
  );
  return LoadGenerator.with(consortium.load, async (load) => {
    const under = (run: Run): Promise<Measured> => underLoad(consortium, load, run, seconds);
    const steady = await under(open(STEADY_PER_SECOND, seconds));
    const presigned = PRESIGNED_PER_SECOND * (seconds + WARM_UP_S);
    const most = await under({ loop: { kind: 'closed', underWay: UNDER_WAY }, presigned });
    const half = await under(open(most.perSecond / 2, seconds));
    return { idle, steady, most, half };
  });
}

function open(perSecond: number, seconds: number, everyMs = EVERY_MS): Run {
  const presigned = Math.ceil(perSecond * (seconds + WARM_UP_S));
  return { loop: { kind: 'open', perSecond, everyMs }, presigned };
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
