/**
 * One measurement: a span of time under load. What became final is counted from the chain's own
 * blocks, between the heights that a node had at the span's two ends; latencies come from the load
 * generator; CPU time and memory from the system.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadGenerator } from './load/load.ts';
import type { Run, Span } from './load/plan.ts';
import { cpuSecondsOf, memoryOf } from './process-facts.ts';
import { WARM_UP_S } from './runs.ts';
import { type Figure, figure } from './scenario.ts';
import { rounded } from './statistics.ts';
import type { System } from './system.ts';

/** A node's height and the CPU time of all, at one moment. */
export interface Sample {
  readonly height: number;
  /** In ms of `performance.now()`. */
  readonly at: number;
  readonly cpuSeconds: number;
}

/** What the chain says of a span. */
export interface Counted {
  readonly seconds: number;
  /** Transactions of its final blocks, whoever sent them. */
  readonly final: number;
  readonly blocks: number;
  readonly perSecond: number;
  readonly blocksPerSecond: number;
  /** CPU microseconds of all nodes together for each transaction. */
  readonly cpuMicros: number;
  /** How much of one core all nodes together used. */
  readonly cores: number;
}

export interface Measured extends Counted {
  readonly span: Span;
  /** Of the node that took most, of its own, in MiB. */
  readonly memory: number;
}

/** @param transactions of each block above the first sample's height, up to the second's */
export function counted(before: Sample, after: Sample, transactions: readonly number[]): Counted {
  const seconds = (after.at - before.at) / 1_000;
  const final = transactions.reduce((sum, each) => sum + each, 0);
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  return {
    seconds: rounded(seconds),
    final,
    blocks: transactions.length,
    perSecond: rounded(final / seconds),
    blocksPerSecond: rounded(transactions.length / seconds),
    cpuMicros: rounded((1e6 * cpuSeconds) / final),
    cores: rounded(cpuSeconds / seconds),
  };
}

/** Latencies of a span, the same in every scenario. */
export function latencyFigures(measured: readonly Measured[]): Figure[] {
  const [p50, p99] = [
    measured.map(({ span }) => span.p50Ms),
    measured.map(({ span }) => span.p99Ms),
  ];
  return [
    figure('latency, p50', 'ms', p50, { name: 'p50Ms' }),
    figure('latency, p99', 'ms', p99, { name: 'p99Ms' }),
  ];
}

/**
 * The span lasts as long as `work`; the load must run already.
 *
 * @param series its latencies are summed up with those of earlier spans of this name
 */
export async function measure(
  system: System,
  load: LoadGenerator,
  work: () => Promise<unknown>,
  series?: string,
): Promise<Measured> {
  const before = await sample(system);
  load.begin(series);
  await work();
  const [after, memories] = [await sample(system), await Promise.all(system.pids.map(memoryOf))];
  const span = await load.end();
  const transactions = await system.transactions(before.height, after.height);
  const memory = Math.max(...memories.map(({ anonymous }) => anonymous));
  return { ...counted(before, after, transactions), span, memory };
}

/** Signs ahead, warms up, measures, and returns when nothing is under way. */
export async function underLoad(
  system: System,
  load: LoadGenerator,
  run: Run,
  seconds: number,
): Promise<Measured> {
  await load.run(run);
  await sleep(1_000 * WARM_UP_S);
  const measured = await measure(system, load, () => sleep(1_000 * seconds));
  await load.pause();
  return measured;
}

async function sample(system: System): Promise<Sample> {
  const [height, cpuSeconds] = [await system.height(), await cpuSecondsOf(system.pids)];
  return { height, at: performance.now(), cpuSeconds };
}
