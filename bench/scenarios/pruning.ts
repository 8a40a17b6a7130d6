/**
 * One ledger on disk under load, with and without pruning: what is on disk as the chain grows, and
 * what pruning costs. CPU time of this thread, since that is what blocks wait for, and since who
 * shares the machine doesn't change it.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { elapsedClock } from '../../src/node/clocks.ts';
import { openClassicKv } from '../../src/state/kv/classic.ts';
import type { KvStore } from '../../src/state/kv/kv.ts';
import { openLedger } from '../../src/state/ledger.ts';
import type { PruningClock } from '../../src/state/pruning/pruning.ts';
import { ARCHIVE, type Retention } from '../../src/state/pruning/retention.ts';
import { nextFinal } from '../chain/generate.ts';
import { recordUpdate } from '../chain/transactions.ts';
import { Consortium } from '../consortium.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';
import { percentile } from '../statistics.ts';

const BLOCKS = 1_200;
const PER_BLOCK = 100;
/** Written again and again, so that nearly all that is written replaces something. */
const KEYS = 2_000;
const VALUE_BYTES = 100;
const KEPT: Retention = { states: 100, blocks: 100 };
/** Between blocks; faster than what counts as a quiet chain. */
const PAUSE_MS = 10;
/** Ledger time between blocks, and for how long transactions are valid. */
const INTERVAL_MS = 1_000;
const VALID_MS = 10_000;
const QUARTERS = 4;
/** Buckets of what goes with old states, and with old blocks. */
const PRUNED_BUCKETS = [0x03, 0x04, 0x05, 0x06, 0x19, 0x1a];
const MIB = 1024 * 1024;

interface Measured {
  /** Of what can be pruned, in MiB, after each quarter of the blocks. */
  readonly held: number[];
  /** Of the folder. */
  readonly folder: number[];
  /** Ms of this thread, by block. */
  readonly commits: number[];
  /** By step. */
  readonly steps: number[];
}

export const pruning: Scenario = {
  name: 'pruning',
  summary: 'disk and CPU of a ledger under load, with and without pruning; --blocks N',
  rounds: 1,
  async run({ rounds, basePort, say, blocks: [count = BLOCKS] = [] }) {
    const rows: (readonly [Measured, Measured])[] = [];
    await Consortium.with({ basePort, validators: 4, now: Date.now() }, async (consortium) => {
      for (let round = 1; round <= rounds; round++) {
        const dir = (name: string): string => path.join(consortium.folder.dir, `${name}-${round}`);
        const archive = await grow(consortium, dir('archive'), ARCHIVE, count);
        say(`round ${round}: archive ${archive.held.map(Math.round)} MiB`);
        const kept = await grow(consortium, dir('kept'), KEPT, count);
        say(`round ${round}: pruned ${kept.held.map(Math.round)} MiB`);
        rows.push([archive, kept]);
      }
    });
    return figuresOf(rows, count);
  },
};

/** Grows a chain in a folder as fast as blocks are made, but for the pauses. */
async function grow(
  consortium: Consortium,
  dir: string,
  retention: Retention,
  count: number,
): Promise<Measured> {
  const store = await openClassicKv(dir);
  const steps: number[] = [];
  let waiting: ReturnType<typeof recordUpdate>[] = [];
  const ledger = await openLedger({
    store,
    genesis: consortium.genesis,
    source: { candidates: () => waiting },
    verifyTransaction: () => true,
    pruning: { retention, clock: watched(steps) },
  });
  const measured: Measured = { held: [], folder: [], commits: [], steps };
  const voters = await consortium.voters();
  const start = consortium.genesis.genesis.time;
  for (let height = 1; height <= count; height++) {
    const time = start + height * INTERVAL_MS;
    waiting = Array.from({ length: PER_BLOCK }, (_, i) => {
      const key = `key ${(height * PER_BLOCK + i * 7) % KEYS}`;
      return recordUpdate(consortium.signer, time + VALID_MS, key, VALUE_BYTES);
    });
    const parent = ledger.head.hash;
    const final = nextFinal(ledger, voters, { parent, view: height, time });
    const before = process.threadCpuUsage();
    await ledger.finalize([final]);
    measured.commits.push(millisSince(before));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (height % Math.ceil(count / QUARTERS) !== 0) continue;
    measured.held.push((await heldIn(store)) / MIB);
    measured.folder.push((await sizeOf(dir)) / MIB);
  }
  await ledger.close();
  return measured;
}

/** The node's clock; the CPU time of each of pruning's turns goes to `steps`. */
function watched(steps: number[]): PruningClock {
  const { now, after } = elapsedClock;
  const timed = (act: () => void) => (): void => {
    const before = process.threadCpuUsage();
    act();
    steps.push(millisSince(before));
  };
  return { now, after: (ms, act) => after(ms, timed(act)) };
}

function millisSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

async function heldIn(store: KvStore): Promise<number> {
  let bytes = 0;
  for (const bucket of PRUNED_BUCKETS) {
    const range = { from: Uint8Array.of(bucket), to: Uint8Array.of(bucket + 1) };
    for await (const { key, value } of store.iterate(range)) bytes += key.length + value.length;
  }
  return bytes;
}

async function sizeOf(dir: string): Promise<number> {
  const sizes = (await readdir(dir)).map(async (name) => (await stat(path.join(dir, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function figuresOf(rows: readonly (readonly [Measured, Measured])[], count: number): Figure[] {
  const quarters = Array.from({ length: QUARTERS }, (_, i) => i);
  const sides = ['archive', 'the last 100 blocks'] as const;
  return sides.flatMap((side, which) => {
    const of = (value: (measured: Measured) => number): number[] =>
      rows.map((row) => value(row[which] as Measured));
    const at = (i: number): string => `after ${Math.round((count * (i + 1)) / QUARTERS)} blocks`;
    return [
      ...quarters.map((i) =>
        figure(
          `states and blocks held ${at(i)}`,
          'MiB',
          of(({ held }) => held[i] as number),
          { side },
        ),
      ),
      ...quarters.map((i) =>
        figure(
          `the folder ${at(i)}`,
          'MiB',
          of(({ folder }) => folder[i] as number),
          { side },
        ),
      ),
      figure(
        'CPU of a commit, p50',
        'ms',
        of(({ commits }) => percentile(commits, 0.5)),
        { side },
      ),
      figure(
        'CPU of a commit, p99',
        'ms',
        of(({ commits }) => percentile(commits, 0.99)),
        { side },
      ),
      figure(
        'CPU of a step of pruning, p50',
        'ms',
        of(({ steps }) => percentile(steps, 0.5)),
        { side },
      ),
      figure(
        'CPU of a step of pruning, p99',
        'ms',
        of(({ steps }) => percentile(steps, 0.99)),
        { side },
      ),
      figure(
        'CPU of all steps, a block',
        'ms',
        of(({ steps }) => sum(steps) / count),
        { side },
      ),
    ];
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}
