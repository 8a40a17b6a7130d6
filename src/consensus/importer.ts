/** Making final what block sync brought: segment by segment, from one epoch into the next. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { type Block, decodeBlock } from '../ledger/block.ts';
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

/** What is prepared of a range while another one is imported: about as much as peers give. */
const AHEAD_BYTES = 1024 * 1024;

interface Job {
  readonly range: readonly ImportedBlock[];
  readonly resolve: (result: ImportResult) => void;
}

export class Importer {
  readonly #options: ImporterOptions;
  #job: Job | undefined;
  /** By the bytes that they were read from. */
  readonly #read = new WeakMap<Uint8Array, Block>();

  constructor(options: ImporterOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#job !== undefined;
  }

  /**
   * Reads blocks that will be taken later and has their signatures checked, while those before
   * them are imported. Nothing of them is believed: what they follow is looked at when taken.
   */
  async prepare(range: readonly ImportedBlock[]): Promise<void> {
    const { application, chain, isRunning } = this.#options;
    let bytes = 0;
    for (const { block: encoded } of range) {
      bytes += encoded.length;
      if (bytes > AHEAD_BYTES || !isRunning()) return;
      const block = decodeBlock(chain, encoded);
      if (!block.ok) return;
      this.#read.set(encoded, block.value);
      // One after the other: nobody's own signatures wait behind more than a block.
      await application.prepare([block.value]);
    }
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
      read: (bytes) => this.#read.get(bytes),
    });
    if (!part.ok) return part;
    const { segments } = part.value;
    await application.prepare(segments[0]?.blocks ?? []);
    let written = Promise.resolve();
    for (const [i, segment] of segments.entries()) {
      const prepared = application.prepare(segments[i + 1]?.blocks ?? []);
      // In the same turn as the write before it began: nothing else may become final in between.
      const checked = this.#check(segment.blocks);
      await Promise.all([written, prepared]);
      if (!checked.ok) return checked;
      await nextTurn(); // peers and clients of this node must not wait for a whole range
      if (!isRunning()) return failure('ENGINE_STOPPED', 'consensus was stopped');
      written = this.#write(segment);
      written.catch(() => {}); // it is waited for above or below
    }
    await written;
    if (!isRunning()) return failure('ENGINE_STOPPED', 'consensus was stopped');
    return success(part.value.rest);
  }

  /** Executes what is above the head. */
  #check(segment: readonly Block[]): Result<null, ImportCode> {
    const { application, feed } = this.#options;
    for (const block of this.#above(segment)) {
      const judgement = application.check(block);
      if (judgement === 'valid') continue;
      const what = `final block ${block.header.height} is ${judgement} here`;
      if (judgement === 'unknown-parent') return failure('SYNC_LINK', what);
      feed({ type: 'refused', block, judgement });
      return failure('SYNC_DIVERGED', what);
    }
    return success(null);
  }

  /** Makes a checked segment final; the next one is executed while the disk works. */
  async #write(segment: Segment): Promise<void> {
    const { epoch, feed, finalize, flush } = this.#options;
    const { certificate } = segment;
    const blocks = this.#above(segment.blocks);
    const last = blocks.at(-1);
    if (last === undefined) return;
    const before = epoch();
    await finalize(blocks, certificate);
    // A boundary block brought another core, which starts above it.
    if (epoch() === before) feed({ type: 'imported', block: last, certificate });
    await flush();
  }

  /** The core may have finalized some by itself meanwhile. */
  #above(blocks: readonly Block[]): readonly Block[] {
    const { height } = this.#options.application.head.header;
    return blocks.filter(({ header }) => header.height > height);
  }
}
