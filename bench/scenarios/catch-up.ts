/**
 * A new node of a long chain: how fast it catches up with four that are under steady load, and what
 * that costs them. The chain is made without a network (`chain/generate.ts`); the four start on
 * copies of it, the new one, an observer, on nothing.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { foundedFor, giveChain, makeChain } from '../chain/make.ts';
import { notarization } from '../chain/transactions.ts';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { type Measured, measure } from '../measure.ts';
import { cpuSeconds } from '../process-facts.ts';
import { type Figure, figure, type Scenario, type ScenarioOptions } from '../scenario.ts';

const VALIDATORS = 4;
const PER_SECOND = 50;
const EVERY_MS = 20;
const SETTLE_MS = 5_000;
const BEFORE_MS = 15_000;
/** Something is wrong then. */
const CATCH_UP_S_MAX = 600;
const POLL_MS = 100;
/** The last blocks of the chain come among those that are made meanwhile. */
const PART = 0.98;

interface Chain {
  readonly name: string;
  readonly blocks: number;
  readonly perBlock: number;
  readonly must: { readonly atLeast: number };
}

const BLOCKS = 100_000;
const TRANSACTIONS = 100_000;
const PER_BLOCK = 1_000;

function chainsOf({ blocks, transactions = TRANSACTIONS }: ScenarioOptions): readonly Chain[] {
  const [empty, full] = [blocks?.[0] ?? BLOCKS, Math.ceil(transactions / PER_BLOCK)];
  const text = (number: number): string => number.toLocaleString('en');
  return [
    {
      name: `${text(empty)} empty blocks`,
      blocks: empty,
      perBlock: 0,
      must: { atLeast: 2_000 },
    },
    {
      name: `${text(full)} blocks of ${text(PER_BLOCK)} transactions`,
      blocks: full,
      perBlock: PER_BLOCK,
      must: { atLeast: 15_000 },
    },
  ];
}

interface Round {
  /** Of blocks, or of transactions where there are any. */
  readonly perSecond: number;
  /** CPU microseconds of the new node for each of them, all of its threads together. */
  readonly cpuMicros: number;
  /** The four validators. */
  readonly before: Measured;
  readonly during: Measured;
}

export const catchUp: Scenario = {
  name: 'catch-up',
  summary: `a new node catches up with ${VALIDATORS} under ${PER_SECOND} transactions a second`,
  rounds: 3,
  async run(options) {
    const figures: Figure[] = [];
    for (const chain of chainsOf(options)) figures.push(...(await measureAll(chain, options)));
    return figures;
  },
};

async function measureAll(chain: Chain, options: ScenarioOptions): Promise<Figure[]> {
  const { rounds, basePort, say } = options;
  const measured: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    const now = foundedFor(chain.blocks);
    const plan = { basePort, validators: VALIDATORS, observers: 1, now };
    await Consortium.with(plan, async (consortium) => {
      say(`making ${chain.name}`);
      const dir = path.join(consortium.folder.dir, 'chain');
      await makeChain(consortium, dir, { ...chain, make: notarization });
      await giveChain(consortium, dir, consortium.names.slice(0, VALIDATORS));
      measured.push(await joinOne(consortium, chain));
      say(`round ${round}: ${JSON.stringify(measured.at(-1))}`);
    });
  }
  return figuresOf(chain, measured);
}

async function joinOne(consortium: Consortium, chain: Chain): Promise<Round> {
  const validators = consortium.names.slice(0, VALIDATORS);
  const newcomer = consortium.names[VALIDATORS] as string;
  await consortium.start(validators);
  // Of the four alone: the new one's CPU time is counted by itself.
  const pids = consortium.pids;
  const four = {
    pids,
    load: consortium.load,
    height: () => consortium.height(),
    transactions: (after: number, to: number) => consortium.transactions(after, to),
  };
  return LoadGenerator.with(four.load, async (load) => {
    const presigned = (PER_SECOND * (SETTLE_MS + 2 * BEFORE_MS)) / 1_000;
    const loop = { kind: 'open', perSecond: PER_SECOND, everyMs: EVERY_MS } as const;
    await load.run({ loop, presigned });
    await sleep(SETTLE_MS);
    const before = await measure(four, load, () => sleep(BEFORE_MS));
    await consortium.start([newcomer], false);
    const first = await reached(consortium, newcomer, 1);
    let last = first;
    const own = (): Promise<number> => cpuSeconds(consortium.pid(newcomer));
    const cpuBefore = await own();
    const during = await measure(four, load, async () => {
      last = await reached(consortium, newcomer, PART * chain.blocks);
    });
    const cpu = (await own()) - cpuBefore;
    const blocks = Math.min(last.height, chain.blocks) - first.height;
    const seconds = (last.at - first.at) / 1_000;
    const units = blocks * Math.max(1, chain.perBlock);
    return { perSecond: units / seconds, cpuMicros: (1e6 * cpu) / units, before, during };
  });
}

/** When the node's final head was first seen to be at least so high, and where it was then. */
async function reached(
  consortium: Consortium,
  name: string,
  wanted: number,
): Promise<{ readonly height: number; readonly at: number }> {
  const deadline = performance.now() + 1_000 * CATCH_UP_S_MAX;
  while (performance.now() < deadline) {
    const height = await consortium.height(name).catch(() => 0);
    if (height >= wanted) return { height, at: performance.now() };
    await sleep(POLL_MS);
  }
  throw new Error(`${name} did not come to height ${wanted}`);
}

function figuresOf({ name, perBlock, must }: Chain, rounds: readonly Round[]): Figure[] {
  const unit = perBlock === 0 ? 'block' : 'tx';
  const part = (what: string, of: (others: Measured) => number, more = {}) =>
    figure(
      what,
      '',
      rounds.map(({ before, during }) => of(during) / of(before)),
      more,
    );
  return [
    figure(
      `${name}: catching up`,
      `${unit}/s`,
      rounds.map((it) => it.perSecond),
      { must },
    ),
    figure(
      'CPU of the new node',
      `µs/${unit}`,
      rounds.map(({ cpuMicros }) => cpuMicros),
    ),
    part('the others meanwhile, against before: rate', ({ perSecond }) => perSecond, {
      must: { atLeast: 0.9 },
    }),
    part('latency, p50', ({ span }) => span.p50Ms),
    part('latency, p99', ({ span }) => span.p99Ms),
    part('CPU', ({ cores }) => cores),
  ];
}
