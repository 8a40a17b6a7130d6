/**
 * The way of a transaction through one node, without network: batches come in, a block of what they
 * brought is checked, executed and made final. CPU time by stage, of this thread and of all others
 * (signatures, garbage, database). What can be compared on a machine that does other things too.
 */
import path from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { encode } from '../../src/common/codec/index.ts';
import { batchSchema } from '../../src/ledger/batch.ts';
import { decodeBlock, encodeBlock } from '../../src/ledger/block.ts';
import { createMempool } from '../../src/mempool/mempool.ts';
import { createMempoolMetrics } from '../../src/mempool/metrics.ts';
import { systemClock } from '../../src/node/clocks.ts';
import { workerChecker } from '../../src/signatures/checker.ts';
import { createVerifier } from '../../src/signatures/verifier.ts';
import { openClassicKv } from '../../src/state/kv/classic.ts';
import { type Ledger, openLedger } from '../../src/state/ledger.ts';
import { type ChainShape, foundedFor, makeChain } from '../chain/make.ts';
import { notarization, recordPuts } from '../chain/transactions.ts';
import { Consortium } from '../consortium.ts';
import { type Figure, figure, type Scenario, type ScenarioOptions } from '../scenario.ts';

const BLOCKS = 40;
/** Those before are for the compiler. */
const WARM_UP = 10;
const RECORDS = 1_000;

interface Kind {
  readonly name: string;
  readonly summary: string;
  readonly make: ChainShape['make'];
  /** Transactions of a block, and of a batch. */
  readonly perBlock: number;
  readonly perBatch: number;
  /** What a cost is of, and how many a transaction has. */
  readonly unit: string;
  readonly perTransaction: number;
}

export const pathScenario = scenarioOf({
  name: 'path',
  summary: 'what a transaction costs one node by stage, without network',
  make: notarization,
  perBlock: 1_000,
  perBatch: 100,
  unit: 'tx',
  perTransaction: 1,
});

export const recordsPathScenario = scenarioOf({
  name: 'path-records',
  summary: `what a record costs there in transactions of ${RECORDS}`,
  make: (signer, validUntil) => recordPuts(signer, validUntil, RECORDS),
  perBlock: 5,
  perBatch: 1,
  unit: 'record',
  perTransaction: RECORDS,
});

function scenarioOf(kind: Kind): Scenario {
  const { name, summary } = kind;
  return { name, summary, rounds: 3, run: (options) => measureAll(kind, options) };
}

async function measureAll(
  kind: Kind,
  { rounds, basePort, say }: ScenarioOptions,
): Promise<Figure[]> {
  const plan = { basePort, validators: 4, now: foundedFor(BLOCKS) };
  return Consortium.with(plan, async (consortium) => {
    const { dir } = consortium.folder;
    const chain = path.join(dir, 'chain');
    const { make, perBlock } = kind;
    await makeChain(consortium, chain, { blocks: BLOCKS, perBlock, make });
    const all: Stages[] = [];
    for (let round = 1; round <= rounds; round++) {
      all.push(await walk(kind, consortium, chain, path.join(dir, `walk-${round}`)));
      say(`round ${round}: ${JSON.stringify([...(all.at(-1) as Stages)])}`);
    }
    return figuresOf(kind, all);
  });
}

interface Cost {
  /** CPU microseconds of this thread and of the others: of all, and then of one unit. */
  here: number;
  beside: number;
}
type Stages = Map<string, Cost>;

/** A node that hears what the chain in `from` was made of. */
async function walk(
  kind: Kind,
  { genesis }: Consortium,
  from: string,
  to: string,
): Promise<Stages> {
  const blocks = await readBlocks(genesis, from);
  const metrics = createMempoolMetrics(new Registry());
  const verifier = createVerifier({ checker: workerChecker(), metrics });
  let time = 0;
  let ledger: Ledger | undefined;
  const chain = blocks[0]?.block.header.chain as Uint8Array;
  const log = pino({ level: 'silent' });
  const clock = { ...systemClock, now: () => time };
  const admissible: Ledger['admissible'] = (received) => (ledger as Ledger).admissible(received);
  const pool = createMempool({ chain, admissible, clock, verifier, metrics, log });
  ledger = await openLedger({
    store: await openClassicKv(to, { durable: false }),
    genesis,
    source: pool,
    known: pool.known,
    verifyTransaction: (received) => verifier.verify(received),
    now: clock.now,
  });
  const { head } = ledger;
  const opened = ledger;
  ledger.onFinal(({ results }) => pool.finalized(results.map(({ transaction }) => transaction)));
  const stages: Stages = new Map();
  for (const [i, { block, certificate }] of blocks.entries()) {
    time = block.header.time;
    if (i === WARM_UP) stages.clear();
    const batches = batchesOf(chain, block.transactions, kind.perBatch);
    const bytes = encodeBlock(block);
    await stage(stages, 'admit: decode, look, verify', async () => {
      for (const batch of batches) await pool.receiveBatch('peer', batch);
    });
    const read = decodeBlock(chain, bytes);
    if (!read.ok) throw new Error(read.message);
    await stage(stages, 'check a proposal', async () => opened.check(read.value));
    // Asking whether its child has work executes it.
    await stage(stages, 'execute, update the tree', async () => opened.hasWork(block.hash));
    await stage(stages, 'make final: hash, write', () =>
      opened.finalize([{ block: read.value, certificate }]),
    );
  }
  if (opened.head.hash === head.hash) throw new Error('nothing became final');
  pool.stop();
  verifier.close();
  await ledger.close();
  const units = (BLOCKS - WARM_UP) * kind.perBlock * kind.perTransaction;
  for (const cost of stages.values()) {
    cost.here /= units;
    cost.beside /= units;
  }
  return stages;
}

async function readBlocks(genesis: Consortium['genesis'], dir: string) {
  const ledger = await openLedger({
    store: await openClassicKv(dir),
    genesis,
    source: { candidates: () => [] },
    verifyTransaction: () => false,
  });
  const blocks = Array.from({ length: BLOCKS }, (_, i) => {
    const [block, certificate] = [ledger.block(i + 1), ledger.certificate(i + 1)];
    if (block === undefined) throw new Error(`block ${i + 1} is missing`);
    return { block, certificate };
  });
  await ledger.close();
  return blocks;
}

function batchesOf(
  chain: Uint8Array,
  transactions: readonly Uint8Array[],
  size: number,
): Uint8Array[] {
  return Array.from({ length: Math.ceil(transactions.length / size) }, (_, i) => {
    const some = transactions.slice(i * size, (i + 1) * size);
    return encode(batchSchema, { version: 1, chain, transactions: some });
  });
}

async function stage(stages: Stages, name: string, work: () => Promise<unknown>): Promise<void> {
  const [thread, all] = [process.threadCpuUsage(), process.cpuUsage()];
  await work();
  const [here, whole] = [process.threadCpuUsage(thread), process.cpuUsage(all)];
  const micros = here.user + here.system;
  const cost = stages.get(name) ?? { here: 0, beside: 0 };
  cost.here += micros;
  cost.beside += Math.max(0, whole.user + whole.system - micros);
  stages.set(name, cost);
}

function figuresOf(kind: Kind, rounds: readonly Stages[]): Figure[] {
  const names = [...(rounds[0]?.keys() ?? [])];
  const cost = (stages: Stages, name: string): Cost => stages.get(name) ?? { here: 0, beside: 0 };
  const sums = (of: (cost: Cost) => number) =>
    rounds.map((stages) => [...stages.values()].reduce((all, each) => all + of(each), 0));
  const unit = `µs/${kind.unit}`;
  return [
    ...names.flatMap((name) => [
      figure(
        name,
        unit,
        rounds.map((each) => cost(each, name).here),
      ),
      figure(
        `${name}, other threads`,
        unit,
        rounds.map((each) => cost(each, name).beside),
      ),
    ]),
    figure(
      'this thread',
      unit,
      sums(({ here }) => here),
      { name: 'threadMicrosPerTx' },
    ),
    figure(
      'all threads',
      unit,
      sums(({ here, beside }) => here + beside),
      {
        name: 'cpuMicrosPerTx',
      },
    ),
  ];
}
