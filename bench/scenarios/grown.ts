/**
 * The rate of chains with a past against that of one without: with a large state, with many blocks.
 * They are made without a network; four validators start on copies of each, in turns.
 */
import path from 'node:path';
import { type ChainShape, foundedFor, giveChain, makeChain } from '../chain/make.ts';
import { notarization, recordPuts } from '../chain/transactions.ts';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { type Measured, underLoad } from '../measure.ts';
import { mostRun } from '../runs.ts';
import { type Figure, figure, type Scenario, type ScenarioOptions } from '../scenario.ts';

const VALIDATORS = 4;
const SECONDS = 20;
const RATIO_MIN = 0.8;

const KEYS = [10_000, 100_000, 1_000_000];
/** A record is two keys of the state: its value and the list of its revisions. */
const KEYS_PER_RECORD = 2;
const RECORDS_PER_TRANSACTION = 1_000;
const TRANSACTIONS_PER_BLOCK = 5;
const VALUE_BYTES = 32;

const BLOCKS = [100_000];

/** A chain to begin with; undefined: the genesis alone. */
interface Past {
  readonly name: string;
  readonly shape: ChainShape | undefined;
}

export const growth: Scenario = {
  name: 'growth',
  summary: `the rate with states of ${texts(KEYS)} keys; --keys N,… (up to 1e7)`,
  rounds: 3,
  run: (options) => inTurns((options.keys ?? KEYS).map(stateOf), options),
};

export const days: Scenario = {
  name: 'days',
  summary: `the rate after ${texts(BLOCKS)} blocks against that at the start; --blocks N,…`,
  rounds: 3,
  run: (options) => {
    const pasts = (options.blocks ?? BLOCKS).map((blocks) => ({
      name: `after ${blocks.toLocaleString('en')} blocks`,
      shape: { blocks, perBlock: 1, make: notarization },
    }));
    return inTurns([{ name: 'at the start', shape: undefined }, ...pasts], options);
  },
};

function texts(sizes: readonly number[]): string {
  return sizes.map((size) => size.toLocaleString('en')).join(', ');
}

function stateOf(keys: number): Past {
  const transactions = Math.ceil(keys / KEYS_PER_RECORD / RECORDS_PER_TRANSACTION);
  const shape: ChainShape = {
    blocks: Math.ceil(transactions / TRANSACTIONS_PER_BLOCK),
    perBlock: Math.min(transactions, TRANSACTIONS_PER_BLOCK),
    make: (signer, validUntil) =>
      recordPuts(signer, validUntil, RECORDS_PER_TRANSACTION, VALUE_BYTES),
  };
  return { name: `${keys.toLocaleString('en')} keys`, shape };
}

/** In turns, so that what else the machine does falls on all alike. */
async function inTurns(pasts: readonly Past[], options: ScenarioOptions): Promise<Figure[]> {
  const { rounds, basePort, say } = options;
  const founded: Consortium[] = [];
  const taken = pasts.map((): Measured[] => []);
  try {
    for (const past of pasts) {
      say(`making the chain: ${past.name}`);
      const now = foundedFor(past.shape?.blocks ?? 0);
      const consortium = await Consortium.found({ basePort, validators: VALIDATORS, now });
      founded.push(consortium);
      const dir = path.join(consortium.folder.dir, 'chain');
      if (past.shape === undefined) continue;
      await makeChain(consortium, dir, past.shape);
      await giveChain(consortium, dir, consortium.names);
    }
    for (let round = 1; round <= rounds; round++) {
      for (const [i, consortium] of founded.entries()) {
        const measured = await measureOnce(consortium, options);
        taken[i]?.push(measured);
        say(`round ${round}, ${pasts[i]?.name}: ${JSON.stringify(measured)}`);
      }
    }
  } finally {
    for (const consortium of founded) await consortium.remove();
  }
  return figuresOf(pasts, taken);
}

async function measureOnce(
  consortium: Consortium,
  { seconds = SECONDS }: ScenarioOptions,
): Promise<Measured> {
  await consortium.start(consortium.names);
  const measured = await LoadGenerator.with(consortium.load, (load) => {
    return underLoad(consortium, load, mostRun(seconds), seconds);
  });
  await consortium.stop();
  return measured;
}

function figuresOf(pasts: readonly Past[], all: readonly (readonly Measured[])[]): Figure[] {
  const first = all[0] ?? [];
  return pasts.flatMap(({ name }, i) => {
    const own = all[i] ?? [];
    const figures = [
      figure(
        `${name}: final transactions`,
        '/s',
        own.map(({ perSecond }) => perSecond),
      ),
      figure(
        'CPU of all nodes together',
        'µs/tx',
        own.map(({ cpuMicros }) => cpuMicros),
      ),
    ];
    if (i === 0) return figures;
    const ratios = own.map(({ perSecond }, round) => perSecond / (first[round]?.perSecond ?? 0));
    const against = `${name}, against ${pasts[0]?.name}`;
    return [...figures, figure(against, '', ratios, { must: { atLeast: RATIO_MIN } })];
  });
}
