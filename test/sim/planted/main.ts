/**
 * `npm run sim:bugs -- [--seeds N] [--jobs J] [NAME…]`: plants one bug after the other into a
 * copy of the tree and runs seeds until one fails. Exit code 1 where a bug is not caught.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PLANTED_BUGS, type PlantedBug } from './bugs.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** What the simulator needs of the tree. */
const PARTS = ['src', 'test/sim', 'package.json', 'tsconfig.json'];

/** Of the tree as it is: where these fail, nothing that is caught says anything. */
const CONTROL_SEEDS = '60';

interface Caught {
  readonly seeds: number;
  readonly how: string;
}

/** A copy of the tree in a new folder, with the node_modules of this one. */
function copyTree(): string {
  const copy = fs.mkdtempSync(path.join(tmpdir(), 'ztc-bugs-'));
  for (const part of PARTS) {
    fs.cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
  }
  const modules = fs.realpathSync(path.join(ROOT, 'node_modules'));
  fs.symlinkSync(modules, path.join(copy, 'node_modules'), 'dir');
  return copy;
}

/** The file's text with the bug in it; throws where its text doesn't stand there exactly once. */
function planted({ name, file, text, instead }: PlantedBug): string {
  const source = fs.readFileSync(path.join(ROOT, file), 'utf8');
  if (source.split(text).length !== 2) {
    throw new Error(`${name}: ${file} does not hold its text once: mend test/sim/planted/bugs.ts`);
  }
  return source.replace(text, () => instead);
}

function hunt(copy: string, seeds: string, jobs: string): Caught | undefined {
  const main = path.join(copy, 'test/sim/main.ts');
  const flags = ['--disable-warning=ExperimentalWarning'];
  const args = ['--seeds', seeds, '--jobs', jobs, '--fail-fast'];
  const { stdout } = spawnSync(process.execPath, [...flags, main, ...args], {
    cwd: copy,
    encoding: 'utf8',
  });
  const counts = stdout.match(/(\d+) seeds, (\d+) failed,[^\n]*jobs?, at /);
  if (counts === null) return { seeds: 0, how: 'the simulator did not start' };
  if (counts[2] === '0') return undefined;
  const failed = stdout.match(/seed (\d+) fails at [^:]*: (?:[A-Za-z[\] ]*Error: )?([^\n]*)/);
  return { seeds: Number(counts[1]), how: `seed ${failed?.[1]}, ${failed?.[2]}` };
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '2000' },
      jobs: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const bugs = PLANTED_BUGS.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  );
  const sources = new Map(bugs.map((bug) => [bug, planted(bug)]));
  const copy = copyTree();
  let missed = 0;
  try {
    const control = hunt(copy, CONTROL_SEEDS, values.jobs);
    if (control !== undefined) throw new Error(`without any bug: ${control.how}`);
    for (const [bug, source] of sources) {
      const file = path.join(copy, bug.file);
      const good = fs.readFileSync(file);
      fs.writeFileSync(file, source);
      const caught = hunt(copy, values.seeds, values.jobs);
      fs.writeFileSync(file, good);
      if (caught === undefined) missed += 1;
      const verdict =
        caught === undefined
          ? `NOT CAUGHT in ${values.seeds} seeds: ${bug.breaks}`
          : `${String(caught.seeds).padStart(5)} seeds: ${caught.how.slice(0, 110)}`;
      console.log(`${bug.name.padEnd(24)} ${verdict}`);
    }
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
  console.log(`${bugs.length - missed} of ${bugs.length} planted bugs caught`);
  return missed === 0 ? 0 : 1;
}

process.exitCode = main();
