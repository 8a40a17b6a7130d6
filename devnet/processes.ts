/** The nodes as processes of their own: starting, watching, stopping. Nothing is ever restarted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './options.ts';
import type { NodePorts } from './ports.ts';

/** All has to be over 5 s after Ctrl-C; a node that is still there now is killed. */
const STOP_TIMEOUT_MS = 4_000;

export interface NodeSpec {
  readonly name: string;
  readonly home: string;
  readonly log: string;
  readonly ports: NodePorts;
}

/** Our environment without settings for other nodes, which would win over the homes' own. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('ZTC_') || name === 'ZTC_LOG_LEVEL',
  );
  return Object.fromEntries(kept);
}

/** Runs `ztc` under this process's own runtime. */
export function ztcArguments(...words: readonly string[]): readonly string[] {
  return [...process.execArgv, path.join(ROOT, 'src', 'cli', 'main.ts'), ...words];
}

/** The command with which a person starts a node again. */
export function restartCommand({ home }: NodeSpec): string {
  return `${shellWord(path.join(ROOT, 'bin', 'ztc'))} start --home ${shellWord(home)}`;
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export class NodeProcess {
  readonly spec: NodeSpec;
  readonly pid: number;
  /** How it ended, in words, once it has. */
  ended: string | undefined;
  readonly exit: Promise<void>;
  readonly #child: ChildProcess;
  #stopping = false;

  /** Starts `ztc start`; `onEnd` hears of an end that `stop` did not ask for. */
  constructor(spec: NodeSpec, onEnd: (node: NodeProcess) => void) {
    this.spec = spec;
    const log = openSync(spec.log, 'a');
    // A group of its own: Ctrl-C in a terminal reaches the devnet only, which then stops its nodes.
    // Its standard input ends with us, however we end, and the node with it.
    const words = ['start', '--home', spec.home, '--until-stdin-ends'];
    this.#child = spawn(process.execPath, ztcArguments(...words), {
      detached: true,
      env: cleanEnvironment(),
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    this.pid = this.#child.pid ?? 0;
    this.exit = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.ended !== undefined) return;
        this.ended = how;
        resolve();
        if (!this.#stopping) onEnd(this);
      };
      this.#child.once('error', (error) => end(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) =>
        end(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
      );
    });
  }

  /** Ends it without asking, as a lost machine would, and returns when it is gone. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGKILL');
    await this.exit;
  }

  /** Asks it to stop, kills it where it doesn't, and returns when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.ended !== undefined) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exit;
    clearTimeout(timer);
  }
}
