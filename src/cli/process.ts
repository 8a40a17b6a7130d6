/** `ztc` as a process: its arguments, streams and signals. */
import { readFileSync, writeSync } from 'node:fs';
import { EXIT } from './exit-codes.ts';
import type { Io } from './output.ts';
import { type Commands, runCli } from './run.ts';

const STDOUT = 1;
const STDERR = 2;
/** A full pipe answers EAGAIN; wait this long before the next try. */
const PIPE_RETRY_MS = 5;

/** Writes all before it returns, so that an exit right after loses nothing. */
function writeAll(fd: number, data: string | Uint8Array): void {
  let rest = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return; // the reader has seen enough, as with `| head`
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_RETRY_MS);
    }
  }
}

function versionOf(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

const interrupt = new AbortController();

const io: Io = {
  stdout: (text) => writeAll(STDOUT, text),
  stderr: (text) => writeAll(STDERR, text),
  stdoutIsTty: process.stdout.isTTY === true,
  stderrIsTty: process.stderr.isTTY === true,
  stdinIsTty: process.stdin.isTTY === true,
  stdin: () => process.stdin,
  env: process.env,
  signal: interrupt.signal,
  now: () => Date.now(),
  fetch: globalThis.fetch,
};

/** Runs the command line of this process and ends it. */
export async function runProcess(table: Omit<Commands, 'version'>): Promise<never> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupt.signal.aborted) process.exit(EXIT.INTERRUPTED);
      interrupt.abort();
    });
  }
  const commands = { ...table, version: versionOf() };
  process.exit(await runCli(process.argv.slice(2), io, commands));
}
