/**
 * How many transactions become final in a second, and what each costs: four validators and the load
 * generator on this machine, so many under way that the nodes are never idle.
 */
import { Consortium } from '../consortium.ts';
import { diskBytes } from '../disk.ts';
import { LoadGenerator } from '../load/load.ts';
import type { Run } from '../load/plan.ts';
import { latencyFigures, type Measured, underLoad } from '../measure.ts';
import { roundsOf } from '../rounds.ts';
import { mostRun } from '../runs.ts';
import { type Figure, figure, type Scenario, type ScenarioOptions } from '../scenario.ts';

const VALIDATORS = 4;
const SECONDS = 60;
const RECORDS = 1_000;

interface Kind {
  readonly name: string;
  readonly summary: string;
  /** Of a transaction; 0: a notarization. */
  readonly records: number;
  readonly run: (seconds: number) => Run;
  readonly atLeast: number;
}

export const rate = scenarioOf({
  name: 'rate',
  summary: `the most that ${VALIDATORS} validators make final, submitted in batches`,
  records: 0,
  run: mostRun,
  atLeast: 5_500,
});

export const posts = scenarioOf({
  name: 'posts',
  summary: 'the same, one HTTP POST each',
  records: 0,
  run: (seconds) => ({ ...mostRun(seconds), batch: 1 }),
  atLeast: 4_500,
});

export const records = scenarioOf({
  name: 'records',
  summary: `the same in transactions of ${RECORDS} records, about 250 bytes each`,
  records: RECORDS,
  // They are large: one second of the rate that is aimed at, and few are made ahead.
  run: () => ({ loop: { kind: 'closed', underWay: 32 }, batch: 4, presigned: 128 }),
  atLeast: 25_000,
});

function scenarioOf(kind: Kind): Scenario {
  const { name, summary } = kind;
  return { name, summary, rounds: 3, run: (options) => measureAll(kind, options) };
}

async function measureAll(kind: Kind, options: ScenarioOptions): Promise<Figure[]> {
  const { rounds, basePort, say, seconds = SECONDS } = options;
  return Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
    await consortium.start(consortium.names);
    const measured = await LoadGenerator.with(
      consortium.loadOf({ records: kind.records }),
      (load) =>
        roundsOf({ rounds, say }, () => underLoad(consortium, load, kind.run(seconds), seconds)),
    );
    const height = await consortium.height();
    const all = await consortium.transactions(0, height);
    const bytes = await diskBytes(consortium.folder.home(consortium.names[0] as string));
    const perTransaction = bytes / all.reduce((sum, each) => sum + each, 0);
    return [
      ...figuresOf(kind, measured, perTransaction),
      figure('validators', '', [VALIDATORS], { name: 'validators' }),
      figure('a round', 's', [seconds], { name: 'seconds' }),
    ];
  });
}

function figuresOf(kind: Kind, rounds: readonly Measured[], disk: number): Figure[] {
  const of = (value: (round: Measured) => number) => rounds.map(value);
  const perTransaction = Math.max(1, kind.records);
  const what = kind.records === 0 ? 'final transactions' : 'final records';
  const unit = kind.records === 0 ? 'tx' : 'record';
  return [
    figure(
      what,
      '/s',
      of(({ perSecond }) => perTransaction * perSecond),
      {
        name: 'rate',
        must: { atLeast: kind.atLeast },
      },
    ),
    ...latencyFigures(rounds),
    figure(
      'CPU of all nodes together',
      `µs/${unit}`,
      of((it) => it.cpuMicros / perTransaction),
      {
        name: 'cpuMicrosPerTx',
        ...(kind.records === 0 ? { must: { atMost: 300 } } : {}),
      },
    ),
    figure(
      'cores that the nodes used',
      '',
      of(({ cores }) => cores),
      { name: 'cores' },
    ),
    figure(
      'memory of the largest node of its own (RssAnon)',
      'MiB',
      of(({ memory }) => memory),
      {
        name: 'memoryMiB',
        must: { atMost: 400 },
      },
    ),
    figure('disk of a node', `B/${unit}`, [disk / perTransaction], {
      name: 'diskBytesPerTx',
      ...(kind.records === 0 ? { must: { atMost: 1_200 } } : {}),
    }),
  ];
}
