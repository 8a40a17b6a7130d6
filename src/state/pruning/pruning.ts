/**
 * When pruning happens: beside commits, never in their way. While the chain is quiet, step by step
 * until all is done; while it isn't, only once enough has come together, with pauses that become
 * shorter the more there is, so that what is kept is bounded whatever the load.
 */
import type { Logger } from 'pino';
import type { Pruner, PruningHead } from './pruner.ts';

/** Without a commit for so long the chain is quiet: blocks of a busy one come faster. */
const QUIET_MS = 250;
/** Lets go of this thread between steps. */
const PAUSE_MS = 1;
/** Under load: a step takes about one, so that it has a fifth of the time at most. */
const PAUSE_LOADED_MS = 4;
/** Blocks that may wait for a quiet time. */
export const BACKLOG_BLOCKS = 64;
/** With more than this, pruning may take as much time as it needs. */
const BACKLOG_BLOCKS_MAX = 4 * BACKLOG_BLOCKS;

/** The part of a clock that it takes; virtual in the simulator. */
export interface PruningClock {
  /** In ms. */
  now(): number;
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, callback: () => void): () => void;
}

export interface PruningOptions {
  readonly pruner: Pruner;
  readonly head: () => PruningHead;
  /** Whether a commit is under way. */
  readonly committing: () => boolean;
  readonly clock: PruningClock;
  readonly log: Logger | undefined;
}

export class Pruning {
  readonly #options: PruningOptions;
  #committedAt = Number.NEGATIVE_INFINITY;
  /** Ends the wait for the next turn, and when that is. */
  #cancel: (() => void) | undefined;
  #due = 0;
  #stepping: Promise<void> | undefined;
  #stopped = false;

  constructor(options: PruningOptions) {
    this.#options = options;
    this.#wait();
  }

  /** A block has become final. */
  committed(): void {
    this.#committedAt = this.#options.clock.now();
    this.#wait();
  }

  /** On return nothing is written any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#stepping;
  }

  get #backlog(): number {
    return this.#options.pruner.backlog(this.#options.head());
  }

  #wait(): void {
    if (this.#stopped || this.#stepping !== undefined) return;
    const backlog = this.#backlog;
    if (backlog <= 0) return;
    const { clock } = this.#options;
    const pause = this.#pauseOf(backlog);
    // A commit may have made it urgent.
    if (this.#cancel !== undefined && this.#due <= clock.now() + pause) return;
    this.#cancel?.();
    this.#due = clock.now() + pause;
    this.#cancel = clock.after(pause, () => {
      this.#cancel = undefined;
      this.#turn();
    });
  }

  #pauseOf(backlog: number): number {
    if (backlog > BACKLOG_BLOCKS_MAX) return 0;
    if (backlog > BACKLOG_BLOCKS) return PAUSE_LOADED_MS;
    return Math.max(PAUSE_MS, this.#committedAt + QUIET_MS - this.#options.clock.now());
  }

  #turn(): void {
    const { pruner, head, committing, clock, log } = this.#options;
    const backlog = this.#backlog;
    const quiet = clock.now() - this.#committedAt >= QUIET_MS;
    const inTheWay = committing() || (!quiet && backlog <= BACKLOG_BLOCKS);
    if (inTheWay && backlog <= BACKLOG_BLOCKS_MAX) {
      this.#wait();
      return;
    }
    this.#stepping = pruner.step(head()).then(
      () => {
        this.#stepping = undefined;
        this.#wait();
      },
      (error: unknown) => {
        // The next commit meets the same disk, and that ends the node.
        this.#stopped = true;
        this.#stepping = undefined;
        log?.error({ err: error }, 'pruning of old state has stopped');
      },
    );
  }
}
