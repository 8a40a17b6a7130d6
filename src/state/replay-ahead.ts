/**
 * Replaying as a pipeline: while one block is executed here, the next ones are fetched, are read
 * and have their signatures checked on another thread (`read-block.ts`), and what was executed
 * before is written.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Result } from '../common/result.ts';
import type { BlockCode } from '../ledger/block.ts';
import type { Certificate } from '../ledger/vote.ts';
import { assemble, type ExaminedBlock } from './read-block.ts';
import type { Replay, ReplayProgress, ReplayResult } from './replay.ts';

/** A block on its way from another thread. */
export interface ComingBlock {
  readonly chain: Uint8Array;
  readonly height: number;
  /** About that of the encoded block: what is ahead is bounded by it. */
  readonly size: number;
  readonly examined: Promise<Result<ExaminedBlock, BlockCode>>;
  /** Its own finalization, where it is known. */
  readonly certificate: Certificate | undefined;
}

/** What is begun ahead: enough for the other thread to go on while a full block is executed. */
const AHEAD_BYTES = 2 * 1024 * 1024;
const AHEAD_BLOCKS = 256;
/**
 * A turn of the event loop for so much of a block that was executed. Each brings at most 64 KiB of
 * what is fetched meanwhile, and a full block is five times that: with one turn a block, fetching
 * a page would take four times as long as executing one, and the execution would wait for it.
 */
const TURN_BYTES = 32 * 1024;

/** Applies all blocks and finishes, or stops at the first that doesn't follow. */
export async function replayAhead(
  replay: Replay,
  blocks: AsyncIterable<ComingBlock>,
  told: (progress: ReplayProgress) => void,
): Promise<ReplayResult> {
  const ahead: ComingBlock[] = [];
  let bytes = 0;
  let turnDue = 0;
  const applyFirst = async (): Promise<ReplayResult | undefined> => {
    const first = ahead.shift();
    if (first === undefined) return undefined;
    bytes -= first.size;
    const examined = await first.examined;
    const applied = examined.ok
      ? await applyRead(replay, first, examined.value)
      : replay.refuse(first.height, examined.message);
    if (applied.ok) told(applied.value);
    for (turnDue += first.size; turnDue >= TURN_BYTES; turnDue -= TURN_BYTES) await nextTurn();
    return applied;
  };
  try {
    for await (const next of blocks) {
      // Whoever waits for it hears of a failure.
      next.examined.catch(() => {});
      ahead.push(next);
      bytes += next.size;
      while (bytes > AHEAD_BYTES || ahead.length > AHEAD_BLOCKS) {
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

/** Made of its bytes only now: what is ahead takes their memory and no more. */
function applyRead(
  replay: Replay,
  { chain, certificate }: ComingBlock,
  examined: ExaminedBlock,
): Promise<ReplayResult> {
  const { block, received } = assemble(chain, examined);
  return replay.apply(block, certificate, received);
}
