/**
 * Replaying as a pipeline: while one block is executed here, the signatures of the next ones are
 * checked elsewhere, and what was executed before is written. Where checking is behind, this thread
 * helps instead of waiting.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Block } from '../ledger/block.ts';
import type { Certificate } from '../ledger/vote.ts';
import type { Replay, ReplayProgress, ReplayResult } from './replay.ts';

/** A block and, where it is known, its own finalization. */
export interface ReplayBlock {
  readonly block: Block;
  readonly certificate: Certificate | undefined;
}

export interface ReplayAheadOptions {
  /** Checks some of the signatures that wait; false where none does. */
  readonly help: () => boolean;
  readonly told: (progress: ReplayProgress) => void;
}

/** What is begun ahead: some buffers of signatures for the thread beside this one, in few MB. */
const AHEAD_TRANSACTIONS = 2_000;
const AHEAD_BLOCKS = 256;

/** Applies all blocks and finishes, or stops at the first that doesn't follow. */
export async function replayAhead(
  replay: Replay,
  blocks: AsyncIterable<ReplayBlock>,
  { help, told }: ReplayAheadOptions,
): Promise<ReplayResult> {
  const ahead: (ReplayBlock & { readonly ready: Promise<void> })[] = [];
  let transactions = 0;
  const applyFirst = async (): Promise<ReplayResult | undefined> => {
    const first = ahead.shift();
    if (first === undefined) return undefined;
    transactions -= first.block.transactions.length;
    await helping(first.ready, help);
    const applied = await replay.apply(first.block, first.certificate);
    if (applied.ok) told(applied.value);
    return applied;
  };
  try {
    for await (const next of blocks) {
      ahead.push({ ...next, ready: replay.prepare(next.block) });
      transactions += next.block.transactions.length;
      while (transactions > AHEAD_TRANSACTIONS || ahead.length > AHEAD_BLOCKS) {
        const applied = await applyFirst();
        if (applied?.ok === false) return applied;
      }
    }
    while (ahead.length > 0) {
      const applied = await applyFirst();
      if (applied?.ok === false) return applied;
    }
  } finally {
    await replay.flush();
  }
  return replay.finish();
}

/** Waits for `ready`, and does what it waits for as far as it can. */
async function helping(ready: Promise<void>, help: () => boolean): Promise<void> {
  let done = false;
  const settled = ready.finally(() => {
    done = true;
  });
  await nextTurn();
  while (!done && help()) await nextTurn();
  await settled;
}
