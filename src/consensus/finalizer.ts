/** Blocks on their way to the disk, one run of them at a time; the core goes on above them. */
import { invariant } from '../common/errors.ts';
import type { Block } from '../ledger/block.ts';
import type { Certificate } from '../ledger/vote.ts';
import type { ConsensusMetrics } from './metrics.ts';
import type { Application } from './ports.ts';

export interface FinalizerOptions {
  readonly application: Application;
  readonly metrics?: ConsensusMetrics;
  /** Called when blocks are durable, and `take` gives them. */
  readonly done: () => void;
  /** Called where the ledger can't write. */
  readonly failed: (error: unknown) => void;
}

interface Writing {
  readonly blocks: readonly Block[];
  readonly written: Promise<void>;
  isDone: boolean;
}

export class Finalizer {
  readonly #options: FinalizerOptions;
  #writing: Writing | undefined;

  constructor(options: FinalizerOptions) {
    this.#options = options;
  }

  /** Whether blocks are durable that were not taken yet. */
  get isDone(): boolean {
    return this.#writing?.isDone === true;
  }

  /** Begins to make blocks final, the last one by `certificate`; those before have to be taken. */
  begin(blocks: readonly Block[], certificate: Certificate): void {
    invariant(this.#writing === undefined, 'one run of blocks is written at a time');
    const { application, metrics, done, failed } = this.#options;
    const end = metrics?.finalizeSeconds.startTimer();
    const last = blocks.length - 1;
    const finals = blocks.map((block, i) => {
      return { block, certificate: i === last ? certificate : undefined };
    });
    const written = application.finalize(finals).then(() => {
      end?.();
      metrics?.finalized.inc(blocks.length);
      writing.isDone = true;
      done();
    });
    const writing: Writing = { blocks, written, isDone: false };
    this.#writing = writing;
    written.catch(failed);
  }

  /** The blocks that were begun with, once they are durable; undefined where there are none. */
  async take(): Promise<readonly Block[] | undefined> {
    const writing = this.#writing;
    await writing?.written;
    this.#writing = undefined;
    return writing?.blocks;
  }

  /** Waits for what is being written, whatever becomes of it. */
  async stop(): Promise<void> {
    await this.#writing?.written.catch(() => {});
  }
}
