/**
 * A publisher floods at many times its quota: what another one, far below its own, feels of that.
 * In a round they take turns of some seconds: the other one alone, beside the first one within its
 * quota, and beside its flood, each turn beginning with another of them. So all see the same
 * machine, and a stall is nobody's own; and what the quota lets in is told from what a refusal
 * costs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { type Measured, measure } from '../measure.ts';
import { roundsOf } from '../rounds.ts';
import { steadyRun, WARM_UP_S } from '../runs.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
/** Of each kind, a round: its p99 is then what a third of a second of stalls in all makes of it. */
const SECONDS = 36;
const TURNS = 6;
/** Of a flood before it is measured: what it may use at once is final long before. */
const SETTLE_S = 2.5;
/** Operations a second, so small that the nodes could well do all of the flood. */
const QUOTA = 100;
/** Of the quota at once: one largest transaction, and soon used up. */
const BURST_S = 10;
const TIMES = 20;
/** Of the other one, in operations a second. */
const QUIET = QUOTA / 2;
const BYTES = 1024 * 1024;
const FLOODER = 'flooder';

/** What the first one offers meanwhile, in operations a second. */
const KINDS = { alone: 0, within: QUOTA, flood: TIMES * QUOTA } as const;
type Kind = keyof typeof KINDS;

interface Turn {
  readonly quiet: Measured;
  /** What became of what the first one offered. */
  readonly other: Measured['span'] | undefined;
}

/** The last turn of each kind: its spans hold those of all turns of the round. */
type Round = { readonly [kind in Kind]: Turn & { readonly cores: number } };

export const quota: Scenario = {
  name: 'quota',
  summary: `a publisher offers ${TIMES} times its quota: what another one feels of that`,
  rounds: 1,
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
      return figuresOf(
        await roundsOf({ rounds, say }, () => measureRound(consortium, seconds / TURNS)),
      );
    });
  },
};

/** With generators of their own: what the flood could not get rid of is gone with it. */
function measureRound(consortium: Consortium, seconds: number): Promise<Round> {
  return LoadGenerator.with(consortium.load, (quiet) =>
    LoadGenerator.with(consortium.loadOf({ publisher: FLOODER }), async (other) => {
      const turns: { [kind in Kind]: Turn[] } = { alone: [], within: [], flood: [] };
      // Nodes that have just started are slow, which would be the first kind's.
      await quiet.run(steadyRun(WARM_UP_S, QUIET));
      await sleep(1_000 * WARM_UP_S);
      const order = Object.keys(KINDS) as Kind[];
      for (let turn = 0; turn < TURNS; turn++) {
        for (const kind of order) {
          turns[kind].push(await takeTurn(consortium, { quiet, other, kind, seconds }));
        }
        order.push(order.shift() as Kind);
      }
      const last = (kind: Kind) => {
        const cores = turns[kind].reduce((sum, { quiet: { cores: of } }) => sum + of, 0) / TURNS;
        return { ...(turns[kind].at(-1) as Turn), cores };
      };
      return { alone: last('alone'), within: last('within'), flood: last('flood') };
    }),
  );
}

async function takeTurn(
  consortium: Consortium,
  {
    quiet,
    other,
    kind,
    seconds,
  }: {
    readonly quiet: LoadGenerator;
    readonly other: LoadGenerator;
    readonly kind: Kind;
    readonly seconds: number;
  },
): Promise<Turn> {
  const offers = KINDS[kind];
  if (offers > 0) await other.run(steadyRun(seconds + SETTLE_S, offers));
  await quiet.run(steadyRun(seconds, QUIET));
  // Measured is the flood above the quota, not what was left of it to be used at once.
  await sleep(1_000 * SETTLE_S);
  other.begin(kind);
  const measured = await measure(consortium, quiet, () => sleep(1_000 * seconds), kind);
  await quiet.pause();
  if (offers === 0) return { quiet: measured, other: undefined };
  const became = await other.end();
  await other.pause();
  return { quiet: measured, other: became };
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const of = (kind: Kind, what: 'p50Ms' | 'p99Ms') =>
    rounds.map((round) => round[kind].quiet.span[what]);
  const against = (kind: Kind, base: Kind, what: 'p50Ms' | 'p99Ms') =>
    of(kind, what).map((value, i) => value / (of(base, what)[i] as number));
  const flood = (value: (span: Measured['span']) => number) =>
    rounds.map((round) => value(round.flood.other as Measured['span']));
  const cores = (kind: Kind) => rounds.map((round) => round[kind].cores);
  return [
    figure('p99 alone', 'ms', of('alone', 'p99Ms')),
    figure('p99 beside the other one within its quota', 'ms', of('within', 'p99Ms')),
    figure('p99 beside its flood', 'ms', of('flood', 'p99Ms'), { name: 'p99Ms' }),
    figure('the same against alone', '', against('flood', 'alone', 'p99Ms'), {
      name: 'share',
      must: { atMost: 1.5 },
    }),
    figure('the same against that within the quota', '', against('flood', 'within', 'p99Ms')),
    figure('p50 alone', 'ms', of('alone', 'p50Ms')),
    figure('p50 beside the flood, against alone', '', against('flood', 'alone', 'p50Ms')),
    figure(
      'latencies of each kind',
      '',
      rounds.map((round) => round.alone.quiet.span.offered),
    ),
    figure(
      'refused of the quiet one',
      'tx',
      rounds.map((round) => round.flood.quiet.span.refused),
      { must: { atMost: 0 } },
    ),
    figure(
      'the flood offered',
      '/s',
      flood(({ offered, seconds }) => offered / seconds),
    ),
    figure(
      'of it taken',
      '/s',
      flood(({ offered, refused, seconds }) => (offered - refused) / seconds),
    ),
    figure('its quota', '/s', [QUOTA]),
    figure('cores that all nodes use, alone', '', cores('alone')),
    figure('beside the other one within its quota', '', cores('within')),
    figure('beside its flood', '', cores('flood')),
  ];
}
