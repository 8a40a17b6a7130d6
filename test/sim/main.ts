/**
 * `npm run sim -- [--seeds N] [--start S] [--minutes M] [--jobs J]`: runs seeds in worker processes
 * and ends with a summary; exit code 1 where one failed.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runPool } from './pool.ts';
import { commandOf, type Report } from './report.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PROGRESS_MS = 10_000;
const MS_PER_MINUTE = 60_000;

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', 'src', 'test') === '' ? '' : ' with changes';
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`;
  } catch {
    return 'no commit';
  }
}

class Summary {
  readonly #began = performance.now();
  readonly #faults = new Map<string, number>();
  readonly failures: Report[] = [];
  #seeds = 0;
  #blocks = 0;
  #transactions = 0;
  #frames = 0;
  #virtualMs = 0;

  add(report: Report): void {
    this.#seeds += 1;
    const { outcome } = report;
    if (outcome === undefined) {
      this.failures.push(report);
      console.log(`seed ${report.seed} fails at ${commit()}: ${report.failure}`);
      console.log(`  repeat it with: ${commandOf(report.seed)}`);
      return;
    }
    this.#blocks += outcome.height;
    this.#transactions += outcome.transactions;
    this.#frames += outcome.frames;
    this.#virtualMs += outcome.virtualMs;
    for (const [fault, count] of outcome.faults) {
      this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + count);
    }
  }

  get line(): string {
    const seconds = (performance.now() - this.#began) / 1000;
    const perHour = Math.round((this.#seeds / seconds) * 3600);
    const failed = this.failures.length;
    return `${this.#seeds} seeds, ${failed} failed, ${seconds.toFixed(0)} s, ${perHour} an hour`;
  }

  print(jobs: number): void {
    const faults = [...this.#faults].sort(([, a], [, b]) => b - a);
    console.log('');
    for (const [fault, count] of faults) console.log(`${String(count).padStart(9)} ${fault}`);
    const minutes = (this.#virtualMs / MS_PER_MINUTE).toFixed(0);
    console.log(
      `${this.#blocks} blocks, ${this.#transactions} transactions, ${this.#frames} frames, ` +
        `${minutes} virtual minutes`,
    );
    console.log(`${this.line}, ${jobs} ${jobs === 1 ? 'job' : 'jobs'}, at ${commit()}`);
    for (const { seed, failure } of this.failures) {
      console.log(`✖ ${commandOf(seed)}   # ${String(failure).split('\n')[0]}`);
    }
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      start: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      'fail-fast': { type: 'boolean', default: false },
    },
  });
  const jobs = Math.max(1, Number(values.jobs));
  const until =
    values.minutes === undefined
      ? Number.POSITIVE_INFINITY
      : performance.now() + Number(values.minutes) * MS_PER_MINUTE;
  const seeds = values.minutes === undefined ? Number(values.seeds) : Number.POSITIVE_INFINITY;
  const summary = new Summary();
  const progress = setInterval(() => console.log(summary.line), PROGRESS_MS);
  await runPool({
    start: Number(values.start),
    seeds,
    jobs,
    goOn: () => performance.now() < until && !(values['fail-fast'] && summary.failures.length > 0),
    done: (report) => summary.add(report),
  });
  clearInterval(progress);
  summary.print(jobs);
  return summary.failures.length === 0 ? 0 : 1;
}

process.exitCode = await main();
