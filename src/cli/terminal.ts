/** Asking a person; never without one. */
import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliError, usageError } from './errors.ts';
import type { Io } from './output.ts';

/** Whether there is somebody to ask. */
export function canAsk({ stdinIsTty, stderrIsTty }: Partial<Io>): boolean {
  return stdinIsTty === true && stderrIsTty === true;
}

/** Asks a yes-or-no question on the terminal; anything but a yes is a no. */
export async function confirm(io: Io, question: string): Promise<boolean> {
  if (!canAsk(io)) return false;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await answered(reader, `${question} [y/N] `, io.signal);
  return /^y(es)?$/i.test(answer.trim());
}

/** Asks for what is not shown while it is typed; undefined: there is nobody to ask. */
export async function askSecret(io: Partial<Io>, question: string): Promise<string | undefined> {
  if (!canAsk(io)) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await answered(reader, '', io.signal);
  } finally {
    process.stderr.write('\n');
  }
}

/** A secret that is made up here: asked twice, since nobody sees a slip. @throws CliError USAGE */
export async function askNewSecret(io: Partial<Io>, question: string): Promise<string | undefined> {
  const first = await askSecret(io, question);
  if (first === undefined || first === '') return first;
  if ((await askSecret(io, 'the same once more: ')) === first) return first;
  throw usageError('the two are not the same: nothing was changed');
}

/** One line. @throws CliError INTERRUPTED where the person goes away (Ctrl-C, Ctrl-D) */
async function answered(
  reader: Interface,
  question: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return await reader.question(question, signal === undefined ? {} : { signal });
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    throw new CliError('INTERRUPTED', 'interrupted', { cause: error });
  } finally {
    reader.close();
  }
}
