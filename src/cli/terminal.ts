/** Asking a person; never without one. */
import { createInterface } from 'node:readline/promises';
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
