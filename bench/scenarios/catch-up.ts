/**
 * A new node of a long chain: how fast it catches up with four that are under steady load, and what
 * that costs them. The chain is made without a network (`chain/generate.ts`); the four start on
 * copies of it, the new one, an observer, on nothing.
 */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateChain } from '../chain/generate.ts';
import { notarization } from '../chain/transactions.ts';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import type { Span } from '../load/plan.ts';
import { cpuSeconds, cpuSecondsOf } from '../process-facts.ts';
import type { Figure, Scenario, ScenarioOptions } from '../scenario.ts';
import { summaryOf } from '../statistics.ts';

const VALIDATORS = 4;
const PER_SECOND = 50;
const SETTLE_MS = 5_000;
const BEFORE_MS = 15_000;
/** Something is wrong then. */
const CATCH_UP_S_MAX = 600;
const VALIDITY_MS = 300_000;
const POLL_MS = 100;
/** The last blocks of the chain come among those that are made meanwhile. */
const PART = 0.98;

interface Chain {
  readonly name: string;
  readonly blocks: number;
  readonly perBlock: number;
  readonly intervalMs: number;
  readonly must: Figure['must'];
}

const CHAINS: readonly Chain[] = [
  {
    name: '100,000 empty blocks',
    blocks: 100_000,
    perBlock: 0,
    intervalMs: 1_000,
    must: { atLeast: 2_000 },
  },
  {
    name: '100 blocks of 1,000 transactions',
    blocks: 100,
    perBlock: 1_000,
    intervalMs: 1_000,
    must: { atLeast: 15_000 },
  },
];

interface Round {
  /** Of blocks, or of transactions where there are any. */
  readonly perSecond: number;
  /** CPU microseconds of the new node for each of them, all of its threads together. */
  readonly cpuMicros: number;
  readonly before: Others;
  readonly during: Others;
}

/** The four validators in a span of time. */
interface Others {
  readonly span: Span;
  /** CPU seconds of the four together in a second. */
  readonly cpu: number;
}

export const catchUp: Scenario = {
  name: 'catch-up',
  summary: `a new node catches up with ${VALIDATORS} under ${PER_SECOND} transactions a second`,
  rounds: 3,
  async run(options) {
    const figures: Figure[] = [];
    for (const chain of CHAINS) figures.push(...(await measure(chain, options)));
    return figures;
  },
};

async function measure(chain: Chain, options: ScenarioOptions): Promise<Figure[]> {
  const { rounds, basePort, say } = options;
  const rates: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    const now = Date.now() - (chain.blocks + 1) * chain.intervalMs;
    const consortium = await Consortium.found({
      basePort,
      validators: VALIDATORS,
      observers: 1,
      now,
    });
    try {
      say(`making ${chain.name}`);
      await prepare(consortium, chain);
      const measured = await joinOne(consortium, chain);
      say(`round ${round}: ${JSON.stringify(measured)}`);
      rates.push(measured);
    } finally {
      await consortium.remove();
    }
  }
  return figuresOf(chain, rates);
}

/** Gives the validators the chain, and the observer none. */
async function prepare(consortium: Consortium, chain: Chain): Promise<void> {
  const dir = path.join(consortium.folder.dir, 'chain');
  const { signer, genesis } = consortium;
  await generateChain({
    dir,
    genesis,
    voters: await consortium.voters(),
    blocks: chain.blocks,
    intervalMs: chain.intervalMs,
    transactions: (time) =>
      Array.from({ length: chain.perBlock }, () => notarization(signer, time + VALIDITY_MS)),
  });
  for (const name of consortium.names.slice(0, VALIDATORS)) {
    await cp(dir, consortium.chainDir(name), { recursive: true });
  }
}

async function joinOne(consortium: Consortium, chain: Chain): Promise<Round> {
  const validators = consortium.names.slice(0, VALIDATORS);
  const newcomer = consortium.names[VALIDATORS] as string;
  await consortium.start(validators);
  const load = await LoadGenerator.start(consortium, {
    loop: { kind: 'open', perSecond: PER_SECOND },
    targets: validators,
    presigned: (PER_SECOND * (SETTLE_MS + 2 * BEFORE_MS)) / 1_000,
  });
  const others = async (work: () => Promise<void>): Promise<Others> => {
    const pids = validators.map((name) => consortium.pid(name));
    const before = await cpuSecondsOf(pids);
    load.begin();
    await work();
    const span = await load.end();
    return { span, cpu: ((await cpuSecondsOf(pids)) - before) / span.seconds };
  };
  try {
    await sleep(SETTLE_MS);
    const before = await others(() => sleep(BEFORE_MS).then(() => {}));
    await consortium.start([newcomer], false);
    const first = await reached(consortium, newcomer, 1);
    let last = first;
    const own = (): Promise<number> => cpuSeconds(consortium.pid(newcomer));
    const cpuBefore = await own();
    const during = await others(async () => {
      last = await reached(consortium, newcomer, PART * chain.blocks);
    });
    const cpu = (await own()) - cpuBefore;
    const blocks = Math.min(last.height, chain.blocks) - first.height;
    const seconds = (last.at - first.at) / 1_000;
    const units = blocks * Math.max(1, chain.perBlock);
    return { perSecond: units / seconds, cpuMicros: (1e6 * cpu) / units, before, during };
  } finally {
    await load.stop();
  }
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
  const part = (of: (others: Others) => number) =>
    summaryOf(rounds.map(({ before, during }) => of(during) / of(before)));
  return [
    {
      what: `${name}: catching up`,
      unit: perBlock === 0 ? 'blocks/s' : 'tx/s',
      summary: summaryOf(rounds.map(({ perSecond }) => perSecond)),
      ...(must === undefined ? {} : { must }),
    },
    {
      what: 'CPU of the new node',
      unit: perBlock === 0 ? 'µs/block' : 'µs/tx',
      summary: summaryOf(rounds.map(({ cpuMicros }) => cpuMicros)),
    },
    {
      what: 'the others meanwhile, against before: rate',
      unit: '',
      summary: part(({ span }) => span.perSecond),
      must: { atLeast: 0.9 },
    },
    { what: 'latency, p50', unit: '', summary: part(({ span }) => span.p50Ms) },
    { what: 'latency, p99', unit: '', summary: part(({ span }) => span.p99Ms) },
    { what: 'CPU', unit: '', summary: part(({ cpu }) => cpu) },
  ];
}
