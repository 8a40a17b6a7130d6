/** Three times what the nodes can make final is offered, whatever they answer. */
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { type Measured, underLoad } from '../measure.ts';
import { roundsOf } from '../rounds.ts';
import { mostRun, steadyRun } from '../runs.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
const SECONDS = 30;
const TIMES = 3;

interface Round {
  readonly most: Measured;
  readonly over: Measured;
}

export const overload: Scenario = {
  name: 'overload',
  summary: `${TIMES} times the maximum is offered: what is still final, and how late`,
  rounds: 3,
  async run({ rounds, basePort, say, seconds = SECONDS }) {
    return Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
      await consortium.start(consortium.names);
      return figuresOf(await roundsOf({ rounds, say }, () => measureOnce(consortium, seconds)));
    });
  },
};

/** With a generator of its own: what the last one could not get rid of is gone with it. */
function measureOnce(consortium: Consortium, seconds: number): Promise<Round> {
  return LoadGenerator.with(consortium.load, async (load) => {
    const most = await underLoad(consortium, load, mostRun(seconds), seconds);
    const run = steadyRun(seconds, TIMES * most.perSecond);
    return { most, over: await underLoad(consortium, load, run, seconds) };
  });
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const of = (value: (round: Round) => number) => rounds.map(value);
  return [
    figure(
      'the maximum',
      '/s',
      of(({ most }) => most.perSecond),
    ),
    figure(
      'offered',
      '/s',
      of(({ over }) => over.span.offered / over.span.seconds),
    ),
    figure(
      'of it final',
      '/s',
      of(({ over }) => over.perSecond),
      { name: 'rate' },
    ),
    figure(
      'against the maximum',
      '',
      of(({ most, over }) => over.perSecond / most.perSecond),
      {
        name: 'share',
        must: { atLeast: 0.8 },
      },
    ),
    figure(
      'latency of what was accepted, p50',
      'ms',
      of(({ over }) => over.span.p50Ms),
      {
        name: 'p50Ms',
      },
    ),
    figure(
      'the same, p99',
      'ms',
      of(({ over }) => over.span.p99Ms),
      {
        name: 'p99Ms',
        must: { atMost: 3_000 },
      },
    ),
    figure(
      'accepted, not final ten seconds later',
      'tx',
      of(({ over }) => over.span.unsettled),
    ),
    figure(
      'memory of the largest node of its own (RssAnon)',
      'MiB',
      of((it) => it.over.memory),
      {
        name: 'memoryMiB',
        must: { atMost: 400 },
      },
    ),
  ];
}
