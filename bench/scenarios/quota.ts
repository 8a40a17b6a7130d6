/**
 * A publisher floods at many times its quota: what another one, far below its own, feels of that.
 * Both are measured in one run, the other first alone and then beside the flood.
 */
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { type Measured, underLoad } from '../measure.ts';
import { roundsOf } from '../rounds.ts';
import { steadyRun, WARM_UP_S } from '../runs.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
const SECONDS = 30;
/** Operations a second, so small that the nodes could well do all of the flood. */
const QUOTA = 100;
/** Of the quota at once: one largest transaction, and soon used up. */
const BURST_S = 10;
const TIMES = 20;
/** Of the other one, in operations a second. */
const QUIET = QUOTA / 2;
const BYTES = 1024 * 1024;
const FLOODER = 'flooder';

interface Round {
  readonly alone: Measured;
  readonly beside: Measured;
  /** What became of the flood. */
  readonly flood: Measured['span'];
}

export const quota: Scenario = {
  name: 'quota',
  summary: `a publisher offers ${TIMES} times its quota: what another one feels of that`,
  rounds: 3,
  async run({ rounds, basePort, say, seconds = SECONDS }) {
    const parameters = {
      publisherOperationsPerSecond: QUOTA,
      publisherBytesPerSecond: BYTES,
      memberOperationsPerSecond: QUOTA,
      memberBytesPerSecond: BYTES,
      quotaBurstSeconds: BURST_S,
    };
    const plan = { basePort, validators: VALIDATORS, parameters, publishers: [FLOODER] };
    return Consortium.with(plan, async (consortium) => {
      await consortium.start(consortium.names);
      return figuresOf(await roundsOf({ rounds, say }, () => measureOnce(consortium, seconds)));
    });
  },
};

/** With generators of their own: what the flood could not get rid of is gone with it. */
function measureOnce(consortium: Consortium, seconds: number): Promise<Round> {
  return LoadGenerator.with(consortium.load, async (load) => {
    const run = steadyRun(seconds, QUIET);
    const alone = await underLoad(consortium, load, run, seconds);
    const plan = consortium.loadOf({ publisher: FLOODER });
    return LoadGenerator.with(plan, async (flood) => {
      await flood.run(steadyRun(seconds + BURST_S + 2 * WARM_UP_S, TIMES * QUOTA));
      // Measured is the flood above the quota, not what the quota lets in at once.
      await new Promise((resolve) => setTimeout(resolve, 1_000 * WARM_UP_S));
      flood.begin();
      const beside = await underLoad(consortium, load, run, seconds);
      return { alone, beside, flood: await flood.end() };
    });
  });
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const of = (value: (round: Round) => number) => rounds.map(value);
  return [
    figure(
      'p99 alone',
      'ms',
      of(({ alone }) => alone.span.p99Ms),
    ),
    figure(
      'p99 beside the flood',
      'ms',
      of(({ beside }) => beside.span.p99Ms),
      { name: 'p99Ms' },
    ),
    figure(
      'the same against alone',
      '',
      of(({ alone, beside }) => beside.span.p99Ms / alone.span.p99Ms),
      { name: 'share', must: { atMost: 1.5 } },
    ),
    figure(
      'p50 beside the flood, against alone',
      '',
      of(({ alone, beside }) => beside.span.p50Ms / alone.span.p50Ms),
    ),
    figure(
      'refused of the other one',
      'tx',
      of(({ beside }) => beside.span.refused),
      { must: { atMost: 0 } },
    ),
    figure(
      'the flood offered',
      '/s',
      of(({ flood }) => flood.offered / flood.seconds),
    ),
    figure(
      'of it taken',
      '/s',
      of(({ flood }) => (flood.offered - flood.refused) / flood.seconds),
    ),
    figure('its quota', '/s', [QUOTA]),
  ];
}
