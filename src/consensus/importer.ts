/** Making final what block sync brought: segment by segment, from one epoch into the next. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import type { Block } from '../ledger/block.ts';
import type { Certificate } from '../ledger/vote.ts';
import type { Input } from './core/input.ts';
import { type ImportCode, type ImportedBlock, readRange, type Segment } from './import.ts';
import type { Application } from './ports.ts';

export type ImportResult = Result<{ readonly height: number }, ImportCode>;

/** What the engine does for it. */
export interface ImporterOptions {
  readonly chain: Uint8Array;
  readonly application: Application;
  readonly verify: Verify;
  readonly isRunning: () => boolean;
  /** Of the core. */
  readonly epoch: () => number;
  readonly finalize: (blocks: readonly Block[], certificate: Certificate) => Promise<void>;
  readonly feed: (input: Input) => void;
  readonly flush: () => Promise<void>;
}

interface Job {
  readonly range: readonly ImportedBlock[];
  readonly resolve: (result: ImportResult) => void;
}

export class Importer {
  readonly #options: ImporterOptions;
  #job: Job | undefined;

  constructor(options: ImporterOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#job !== undefined;
  }

  /** Takes a range that `run` will import. */
  take(range: readonly ImportedBlock[]): Promise<ImportResult> {
    return new Promise((resolve) => {
      this.#job = { range, resolve };
    });
  }

  stop(): void {
    this.#job?.resolve(failure('ENGINE_STOPPED', 'consensus was stopped'));
    this.#job = undefined;
  }

  /** Imports what was taken, if anything was. */
  async run(): Promise<void> {
    const job = this.#job;
    if (job === undefined) return;
    let part = await this.#importPart(job.range);
    while (part.ok && part.value.length > 0) part = await this.#importPart(part.value);
    this.#job = undefined;
    const { height } = this.#options.application.head.header;
    job.resolve(part.ok ? success({ height }) : part);
  }

  /** Takes the blocks of one epoch; what is left begins with the next one. */
  async #importPart(
    range: readonly ImportedBlock[],
  ): Promise<Result<readonly ImportedBlock[], ImportCode>> {
    const { application, chain, isRunning, verify } = this.#options;
    const { head, epoch } = application;
    const part = readRange(range, {
      chain,
      head: { hash: head.hash, height: head.header.height },
      epoch: epoch.number,
      validators: epoch.validators,
      verify,
    });
    if (!part.ok) return part;
    for (const segment of part.value.segments) {
      const result = await this.#importSegment(segment);
      if (!result.ok) return result;
      await nextTurn(); // peers and clients of this node must not wait for a whole range
      if (!isRunning()) return failure('ENGINE_STOPPED', 'consensus was stopped');
    }
    return success(part.value.rest);
  }

  async #importSegment(segment: Segment): Promise<Result<null, ImportCode>> {
    const { application, epoch, feed, finalize, flush } = this.#options;
    const { certificate } = segment;
    // The core may have finalized some by itself meanwhile.
    const above = application.head.header.height;
    const blocks = segment.blocks.filter(({ header }) => header.height > above);
    const last = blocks.at(-1);
    if (last === undefined) return success(null);
    for (const block of blocks) {
      const judgement = application.check(block);
      if (judgement === 'valid') continue;
      const what = `final block ${block.header.height} is ${judgement} here`;
      if (judgement === 'unknown-parent') return failure('SYNC_LINK', what);
      feed({ type: 'refused', block, judgement });
      return failure('SYNC_DIVERGED', what);
    }
    const before = epoch();
    await finalize(blocks, certificate);
    // A boundary block brought another core, which starts above it.
    if (epoch() === before) feed({ type: 'imported', block: last, certificate });
    await flush();
    return success(null);
  }
}
