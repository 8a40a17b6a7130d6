/** Running `ztc` commands as anybody would, with the devnet's own trust file. */
import { execFile } from 'node:child_process';
import { ROOT } from './options.ts';
import { cleanEnvironment, ztcArguments } from './processes.ts';

/** A command with its retries ends long before this. */
const TIMEOUT_MS = 60_000;

export interface ZtcRun {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ztc` with these words; settings for other nodes don't leak in from the environment. */
export function ztc(trust: string, signal: AbortSignal, ...words: string[]): Promise<ZtcRun> {
  const env = { ...cleanEnvironment(), ZTC_TRUST: trust };
  const options = { cwd: ROOT, env, timeout: TIMEOUT_MS, signal };
  return new Promise((resolve) => {
    execFile(process.execPath, ztcArguments(...words), options, (error, stdout, stderr) => {
      const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ exit, stdout, stderr });
    });
  });
}
