/** Seeds to worker processes; one that hangs or dies is that seed's failure. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Report } from './report.ts';

/** Of the machine's time; a seed takes a second, a large one several. */
const SEED_MS_MAX = 600_000;

export interface PoolOptions {
  readonly start: number;
  readonly seeds: number;
  readonly jobs: number;
  readonly goOn: () => boolean;
  readonly done: (report: Report) => void;
}

export async function runPool(options: PoolOptions): Promise<void> {
  const end = options.start + options.seeds;
  let next = options.start;
  const take = (): number | undefined => (next < end && options.goOn() ? next++ : undefined);
  await Promise.all(Array.from({ length: options.jobs }, () => runWorker(take, options.done)));
}

async function runWorker(
  take: () => number | undefined,
  done: (report: Report) => void,
): Promise<void> {
  let worker: ChildProcess | undefined;
  for (let seed = take(); seed !== undefined; seed = take()) {
    worker ??= fork(path.join(import.meta.dirname, 'worker.ts'), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
    });
    const report = await seedIn(worker, seed);
    if (worker.exitCode !== null || worker.signalCode !== null || worker.killed) worker = undefined;
    done(report);
  }
  worker?.disconnect();
}

function seedIn(worker: ChildProcess, seed: number): Promise<Report> {
  return new Promise((resolve) => {
    const end = (report: Report): void => {
      clearTimeout(limit);
      worker.off('message', heard);
      worker.off('exit', died);
      resolve(report);
    };
    const failed = (failure: string): void => end({ seed, outcome: undefined, failure });
    const heard = (report: unknown): void => end(report as Report);
    const died = (code: number | null): void => failed(`its process ended with ${code}`);
    const limit = setTimeout(() => {
      worker.kill('SIGKILL');
      failed(`it did not end within ${SEED_MS_MAX} ms`);
    }, SEED_MS_MAX);
    worker.on('message', heard);
    worker.on('exit', died);
    worker.send(seed);
  });
}
