/** Processes of a test: all are killed when it ends, and a failure shows what they said last. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const ROOT = path.resolve(import.meta.dirname, '..', '..', '..');
const CLI = path.join(ROOT, 'src', 'cli', 'main.ts');
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];
/** Nothing that a test waits for takes longer, however busy the machine is. */
export const WAIT_MS_MAX = 60_000;
const POLL_MS = 50;
const TAIL_LINES = 15;

const running = new Set<Running>();

/** The environment without what a developer's shell or npm put there for other nodes. */
export function cleanEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(ZTC_|npm_|INIT_CWD)/.test(name));
  return { ...Object.fromEntries(kept), NODE_TEST_CONTEXT: undefined, ...extra };
}

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Its own process group, which `kill` then ends as a whole. */
  readonly group?: boolean;
}

/** A process and all that it said. */
export class Running {
  readonly name: string;
  readonly child: ChildProcess;
  readonly exit: Promise<number | NodeJS.Signals>;
  stdout = '';
  stderr = '';
  ended: number | NodeJS.Signals | undefined;
  readonly #group: boolean;

  constructor(name: string, command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.name = name;
    this.#group = options.group === true;
    this.child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: cleanEnvironment(options.env),
      detached: this.#group,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.on('error', () => {});
    this.child.stdout?.on('data', (data: Buffer) => {
      this.stdout += data;
    });
    this.child.stderr?.on('data', (data: Buffer) => {
      this.stderr += data;
    });
    running.add(this);
    this.exit = new Promise((resolve) => {
      const end = (how: number | NodeJS.Signals): void => {
        this.ended = how;
        running.delete(this);
        resolve(how);
      };
      this.child.once('error', () => end(-1));
      this.child.once('close', (code, signal) => end(code ?? signal ?? -1));
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(this.#group ? -this.pid : this.pid, signal);
    } catch {
      // It is gone already.
    }
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.kill(signal);
    return within(`${this.name} to end`, this.exit);
  }

  tail(): string {
    const lines = `${this.stdout}${this.stderr}`.trimEnd().split('\n').slice(-TAIL_LINES);
    return [`--- ${this.name} (${this.ended ?? 'running'})`, ...lines].join('\n');
  }
}

/** Starts `ztc` as a process of its own. */
export function spawnZtc(words: readonly string[], options: SpawnOptions = {}): Running {
  const name = `ztc ${words.slice(0, 3).join(' ')}`;
  return new Running(name, process.execPath, [...NODE_FLAGS, CLI, ...words], options);
}

/** Starts a script of the repository as a process of its own. */
export function spawnScript(file: string, words: readonly string[], options: SpawnOptions = {}) {
  return new Running(
    file,
    process.execPath,
    [...NODE_FLAGS, path.join(ROOT, file), ...words],
    options,
  );
}

/** Runs `ztc` as a process to its end. */
export async function runZtc(words: readonly string[], options: SpawnOptions = {}) {
  const run = spawnZtc(words, options);
  run.child.stdin?.end();
  const exit = await within(run.name, run.exit);
  return { exit, stdout: run.stdout, stderr: run.stderr };
}

/** Processes that ours started: they end by themselves, but write to their folders until then. */
const theirs = new Set<number>();

export function alsoKill(pids: readonly number[]): void {
  for (const pid of pids) theirs.add(pid);
}

/** For `after`: ends whatever a failed test left; nothing writes to its folder any more. */
export async function killAll(): Promise<void> {
  const left = [...running];
  for (const each of left) each.kill('SIGKILL');
  await Promise.all(left.map((each) => each.exit));
  for (const pid of theirs) {
    theirs.delete(pid);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      continue; // It is gone already.
    }
    await until(`process ${pid} to end`, () => !isAlive(pid));
  }
}

/** Fails with the name of what did not come in time. */
export async function within<T>(what: string, promise: Promise<T>, ms = WAIT_MS_MAX): Promise<T> {
  const stop = new AbortController();
  const late = sleep(ms, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`${what}: not within ${ms} ms\n${tails()}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
    late.catch(() => {});
  }
}

/** Asks until the answer is neither undefined nor false. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  ms = WAIT_MS_MAX,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${ms} ms\n${tails()}`);
    await sleep(POLL_MS);
  }
}

function tails(): string {
  return [...running].map((each) => each.tail()).join('\n');
}

/** Below what the system gives to outgoing connections, so that none takes one of ours. */
const PORT_FROM = 20_000;
const PORT_SPAN = 10_000;

/** The first of `count` ports in a row that are free now. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const from = PORT_FROM + Math.floor(Math.random() * (PORT_SPAN - count));
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(from + i)));
    if (free.every(Boolean)) return from;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Whether a process of that id is there (and no zombie of ours). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
