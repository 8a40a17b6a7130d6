/**
 * `npm test [GROUP | part of a path]… [--no-skips] [-t NAME]`: runs the tests under test/ with
 * node's own runner, group by group, and ends with a line "N passed, N failed".
 * A skipped test is a failure with --no-skips or CI=true; a crashed or hanging file always is.
 *
 * The group `net` runs only when it is named, in network namespaces of its own; `npm run test:long`
 * does that, and takes `--minutes M` for a longer run and `--seed S` for another one.
 */
import { globSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { isOnStage, permission, prepareStage, runOnStage } from './net/support/stage.ts';

const ROOT = path.dirname(import.meta.dirname);

/**
 * In this order. Limits catch what hangs, not what is slow: one for a test, and one for a group,
 * whose files are then killed (a busy loop never sees its own limit).
 */
const GROUPS = [
  { name: 'tidy', concurrency: 2, testLimitMs: 30_000, limitMs: 60_000 },
  { name: 'unit', concurrency: 2, testLimitMs: 60_000, limitMs: 240_000 },
  { name: 'sim', concurrency: 2, testLimitMs: 300_000, limitMs: 480_000 },
  { name: 'e2e', concurrency: 1, testLimitMs: 420_000, limitMs: 1_200_000 },
  { name: 'browser', concurrency: 1, testLimitMs: 120_000, limitMs: 600_000 },
  { name: 'net', concurrency: 1, testLimitMs: 420_000, limitMs: 600_000 },
] as const;
/** Takes minutes, and rights that not every machine gives: only when it is named. */
const ON_STAGE = 'net';

/** Not --test-force-exit: it ends a file before what its tests printed has left the pipe. */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];

type Group = (typeof GROUPS)[number];
type Result = { passed: number; failed: number; skipped: string[]; seconds: number };

function filesOf(group: Group, wanted: readonly string[]): string[] {
  const files = globSync(`test/${group.name}/**/*.test.ts`, { cwd: ROOT }).sort();
  if (wanted.includes(group.name)) return files;
  if (wanted.length === 0) return group.name === ON_STAGE ? [] : files;
  return files.filter((file) => wanted.some((part) => !isGroup(part) && file.includes(part)));
}

function isGroup(name: string): boolean {
  return GROUPS.some((group) => group.name === name);
}

const nothing = (): Result => ({ passed: 0, failed: 0, skipped: [], seconds: 0 });

/** `extraMs` is what a longer run was given on top. */
async function runGroup(
  group: Group,
  files: string[],
  { testName, extraMs }: { testName: string | undefined; extraMs: number },
): Promise<Result> {
  const started = performance.now();
  const result = nothing();
  const events = run({
    cwd: ROOT,
    files: files.map((file) => path.join(ROOT, file)),
    concurrency: group.concurrency,
    timeout: group.testLimitMs + extraMs,
    signal: AbortSignal.timeout(group.limitMs + extraMs),
    execArgv: NODE_FLAGS,
    ...(testName === undefined ? {} : { testNamePatterns: [new RegExp(testName)] }),
  });
  const unheard = new Set(files.map((file) => path.join(ROOT, file)));
  events.on('test:pass', ({ name, file, skip, todo }) => {
    if (skip || todo) result.skipped.push(`${path.relative(ROOT, file ?? '')}: ${name}`);
  });
  events.on('test:fail', ({ name, details }) => {
    unheard.delete(name);
    // The summary counts tests only: a suite whose own hook failed would go unnoticed.
    const own = (details.error as { failureType?: string }).failureType !== 'subtestsFailed';
    if (details.type === 'suite' && own) result.failed += 1;
  });
  events.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) {
      unheard.delete(file);
      return;
    }
    result.passed += counts.passed;
    result.failed += counts.tests - counts.passed - counts.skipped - counts.todo;
  });
  const report = events.compose(new spec());
  for await (const text of report) process.stdout.write(text);
  for (const file of unheard) {
    // process.exit(0) in the middle of a file looks like a pass of the file as one test.
    console.log(`✖ ${path.relative(ROOT, file)} ended before its tests did`);
    result.failed += 1;
    result.passed -= 1;
  }
  result.seconds = (performance.now() - started) / 1000;
  return result;
}

function summarize(results: ReadonlyMap<string, Result>, skipsFail: boolean): number {
  const total = { passed: 0, failed: 0 };
  console.log('');
  for (const [name, { passed, failed, skipped, seconds }] of results) {
    const counts = `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
    console.log(`${name.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${counts}`);
    total.passed += passed;
    total.failed += failed + (skipsFail ? skipped.length : 0);
  }
  const skipped = [...results.values()].flatMap((result) => result.skipped);
  for (const each of skipped)
    console.log(`skipped${skipsFail ? ' (a failure here)' : ''}: ${each}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed;
}

/** What the machine forbids is said and left out; what is only missing is a skip like any other. */
function leaveOut(why: string, isSkip: boolean, files: readonly string[]): Result {
  console.log(`net: not run: ${why}`);
  return { ...nothing(), skipped: isSkip ? files.map((file) => `${file}: ${why}`) : [] };
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'no-skips': { type: 'boolean' },
      name: { type: 'string', short: 't' },
      minutes: { type: 'string', default: '0' },
      seed: { type: 'string', default: '' },
    },
  });
  process.env.ZTC_TEST_MINUTES = values.minutes;
  process.env.ZTC_TEST_SEED = values.seed;
  const options = { testName: values.name, extraMs: Number(values.minutes) * 60_000 };
  const wanted = GROUPS.map((group) => ({ group, files: filesOf(group, positionals) }));
  const chosen = wanted.filter(({ files }) => files.length > 0);
  const needsStage = chosen.some(({ group }) => group.name === ON_STAGE) && !isOnStage();
  const permitted = needsStage ? permission() : undefined;
  if (permitted?.kind === 'permitted') return runOnStage();
  if (isOnStage()) prepareStage();
  const results = new Map<string, Result>();
  for (const { group, files } of chosen) {
    console.log(`\n== ${group.name}: ${files.length} files`);
    const result =
      group.name === ON_STAGE && permitted !== undefined
        ? leaveOut(permitted.why, permitted.kind === 'missing', files)
        : await runGroup(group, files, options);
    results.set(group.name, result);
  }
  if (results.size === 0) {
    console.error(`no test file matches: ${positionals.join(' ') || 'test/*/**/*.test.ts'}`);
    return 2;
  }
  return summarize(results, values['no-skips'] === true || process.env.CI === 'true') > 0 ? 1 : 0;
}

process.exitCode = await main();
