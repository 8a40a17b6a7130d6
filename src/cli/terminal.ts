/** Asking a person; never without one. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Io } from './output.ts';

/** Whether there is somebody to ask. */
export function canAsk(io: Io): boolean {
  return io.stdinIsTty && io.stderrIsTty;
}

/** Asks a yes-or-no question on the terminal; anything but a yes is a no. */
export async function confirm(io: Io, question: string): Promise<boolean> {
  if (!canAsk(io)) return false;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`${question} [y/N] `, { signal: io.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}

/** Asks for what is not shown while it is typed; undefined: there is nobody to ask. */
export async function askSecret(
  { stdinIsTty, stderrIsTty, signal }: Partial<Io>,
  question: string,
): Promise<string | undefined> {
  if (stdinIsTty !== true || stderrIsTty !== true) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await reader.question('', signal === undefined ? {} : { signal });
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
