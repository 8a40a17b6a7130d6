/**
 * One of four validators is asked for more than it can answer: how fast it refuses the rest, and
 * whether consensus minds. Rounds without and with that take turns under the same load of
 * transactions, which goes to the other nodes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { REQUESTS_MAX } from '../../src/rpc/limits.ts';
import { roundsBeside } from '../beside.ts';
import { Child } from '../child.ts';
import type { Consortium } from '../consortium.ts';
import type { Flooded, FloodOrder, FloodReport } from '../flood/plan.ts';
import type { LoadGenerator } from '../load/load.ts';
import { type Measured, underLoad } from '../measure.ts';
import { steadyRun, WARM_UP_S } from '../runs.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const SECONDS = 15;
const PER_SECOND = 20;
/** Half more than may be under way at once. */
const ASKERS = REQUESTS_MAX * 1.5;
/** Proofs of one request: far less work to send than to answer. */
const PROOFS = 10;
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'asset_authenticate',
  params: { digest: '00'.repeat(32), prove: true },
});
const BODY = `[${Array.from({ length: PROOFS }, () => CALL).join()}]`;

interface Round {
  readonly alone: Measured;
  readonly asked: Measured;
  readonly flooded: Flooded;
}

export const flood: Scenario = {
  name: 'flood',
  summary: `${ASKERS} clients ask one node for proofs without a pause, ${PER_SECOND} statements/s`,
  rounds: 2,
  async run(options) {
    const { seconds = SECONDS } = options;
    const measured = await roundsBeside(options, (consortium, load) =>
      measureRound(consortium, load, seconds),
    );
    return figuresOf(measured);
  },
};

async function measureRound(
  consortium: Consortium,
  load: LoadGenerator,
  seconds: number,
): Promise<Round> {
  const run = steadyRun(seconds, PER_SECOND);
  const alone = await underLoad(consortium, load, run, seconds);
  return await Child.with<FloodOrder, FloodReport, Round>('flood', async (child) => {
    const url = consortium.rpc(consortium.names.at(-1) as string);
    await child.ask({ type: 'plan', plan: { url, body: BODY, askers: ASKERS } });
    // What is asked is how it is to be refused, not how long so many connections take at once.
    await sleep(1_000 * WARM_UP_S);
    await child.ask({ type: 'begin' });
    const asked = await underLoad(consortium, load, run, seconds);
    const report = await child.ask({ type: 'end' });
    if (report.type !== 'flooded') throw new Error('the process that asks answered otherwise');
    return { alone, asked, flooded: report.flooded };
  });
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const each = (
    what: string,
    unit: string,
    value: (round: Round) => number,
    must?: Figure['must'],
  ): Figure => figure(what, unit, rounds.map(value), must === undefined ? {} : { must });
  const perSecond = (count: (flooded: Flooded) => number) => (round: Round) =>
    count(round.flooded) / round.flooded.seconds;
  return [
    each(
      'answered with 10 proofs',
      '/s',
      perSecond(({ answered }) => answered),
    ),
    each(
      'refused, with when to come back',
      '/s',
      perSecond(({ refused }) => refused),
    ),
    each('a refusal of who comes when told, p50', 'ms', ({ flooded }) => flooded.patient.p50Ms),
    each('the same, p99', 'ms', ({ flooded }) => flooded.patient.p99Ms),
    each('a refusal of who comes at once, p50', 'ms', ({ flooded }) => flooded.impatient.p50Ms),
    each('the same, p99', 'ms', ({ flooded }) => flooded.impatient.p99Ms),
    each('answered otherwise, or not at all', '', ({ flooded }) => flooded.other, { atMost: 0 }),
    each('blocks without that', '/s', ({ alone }) => alone.blocksPerSecond),
    each('with it', '/s', ({ asked }) => asked.blocksPerSecond),
    each('final transactions without that', '/s', ({ alone }) => alone.perSecond),
    each('with it', '/s', ({ asked }) => asked.perSecond),
    each('latency without that, p50', 'ms', ({ alone }) => alone.span.p50Ms),
    each('with it, p50', 'ms', ({ asked }) => asked.span.p50Ms),
    each('latency without that, p99', 'ms', ({ alone }) => alone.span.p99Ms),
    each('with it, p99', 'ms', ({ asked }) => asked.span.p99Ms),
  ];
}
