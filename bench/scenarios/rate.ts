/**
 * How many transactions become final in a second, and what each costs: four validators and the load
 * generator on this machine, submitted in batches, so many under way that the nodes are never idle.
 * Counted from the blocks of the chain.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import type { Span } from '../load/plan.ts';
import { cpuSeconds, memoryOf } from '../process-facts.ts';
import type { Scenario } from '../scenario.ts';
import { summaryOf } from '../statistics.ts';

const VALIDATORS = 4;
/** Half a second of the rate that is aimed at. */
const UNDER_WAY = 4_000;
const SECONDS = 60;
const WARM_UP_MS = 5_000;
/** Signed ahead, so that the generator takes little from the nodes; more are signed as needed. */
const PRESIGNED_PER_SECOND = 4_000;

interface Round {
  readonly span: Span;
  /** Of the four nodes together, for each transaction. */
  readonly cpuMicros: number;
  /** Of the node that took most, in MiB. */
  readonly memory: number;
}

export const rate: Scenario = {
  name: 'rate',
  summary: `the most that ${VALIDATORS} validators make final, submitted in batches`,
  rounds: 1,
  async run({ rounds, basePort, say, seconds = SECONDS }) {
    const consortium = await Consortium.found({ basePort, validators: VALIDATORS });
    let load: LoadGenerator | undefined;
    try {
      await consortium.start(consortium.names);
      say('signing');
      load = await LoadGenerator.start(consortium, {
        loop: { kind: 'closed', underWay: UNDER_WAY },
        targets: consortium.names,
        presigned: PRESIGNED_PER_SECOND * (rounds * seconds + WARM_UP_MS / 1_000),
      });
      await sleep(WARM_UP_MS);
      const measured: Round[] = [];
      for (let round = 1; round <= rounds; round++) {
        measured.push(await measure(consortium, load, seconds));
        say(`round ${round}: ${JSON.stringify(measured.at(-1))}`);
      }
      return figuresOf(measured, seconds);
    } finally {
      await load?.stop();
      await consortium.remove();
    }
  },
};

async function measure(
  consortium: Consortium,
  load: LoadGenerator,
  seconds: number,
): Promise<Round> {
  const pids = consortium.names.map((name) => consortium.pid(name));
  const cpu = async (): Promise<number> => {
    const all = await Promise.all(pids.map(cpuSeconds));
    return all.reduce((sum, each) => sum + each, 0);
  };
  const before = await cpu();
  load.begin();
  await sleep(1_000 * seconds);
  const [span, after] = [await load.end(), await cpu()];
  const memories = await Promise.all(pids.map(memoryOf));
  return {
    span,
    cpuMicros: (1e6 * (after - before)) / span.final,
    memory: Math.max(...memories.map(({ anonymous }) => anonymous)),
  };
}

function figuresOf(rounds: readonly Round[], seconds: number) {
  const of = (value: (round: Round) => number) => summaryOf(rounds.map(value));
  return [
    {
      what: 'final transactions',
      name: 'rate',
      unit: '/s',
      summary: of(({ span }) => span.perSecond),
      must: { atLeast: 5_500 },
    },
    { what: 'latency, p50', name: 'p50Ms', unit: 'ms', summary: of(({ span }) => span.p50Ms) },
    { what: 'latency, p99', name: 'p99Ms', unit: 'ms', summary: of(({ span }) => span.p99Ms) },
    {
      what: 'CPU of all nodes together',
      name: 'cpuMicrosPerTx',
      unit: 'µs/tx',
      summary: of(({ cpuMicros }) => cpuMicros),
      must: { atMost: 300 },
    },
    {
      what: 'memory of the largest node of its own (RssAnon)',
      name: 'memoryMiB',
      unit: 'MiB',
      summary: of(({ memory }) => memory),
      must: { atMost: 400 },
    },
    { what: 'validators', name: 'validators', unit: '', summary: summaryOf([VALIDATORS]) },
    { what: 'a round', name: 'seconds', unit: 's', summary: summaryOf([seconds]) },
  ];
}
