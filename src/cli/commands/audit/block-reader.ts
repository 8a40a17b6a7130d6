/** Blocks read and their signatures checked in a worker thread, while this one executes. */
import { Worker } from 'node:worker_threads';
import type { Result } from '../../../common/result.ts';
import type { BlockCode } from '../../../ledger/block.ts';
import type { ExaminedBlock } from '../../../state/read-block.ts';

type Examined = Result<ExaminedBlock, BlockCode>;

interface Waiting {
  readonly resolve: (examined: Examined) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts its thread with the first block. */
export class BlockReader {
  #worker: Worker | undefined;
  /** In the order in which they were given, which is that of the answers. */
  #waiting: Waiting[] = [];

  /** Examines a block as nodes give it, in base64url. */
  examine(chain: Uint8Array, text: string): Promise<Examined> {
    this.#worker ??= this.#start();
    this.#worker.postMessage({ chain, text });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Ends the thread; what was not examined yet fails. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./block-worker.ts', import.meta.url), { name: 'blocks' });
    worker.on('message', (examined: Examined) => this.#waiting.shift()?.resolve(examined));
    const fail = (error: unknown): void => {
      for (const { reject } of this.#waiting) reject(error);
      this.#waiting = [];
    };
    worker.on('error', fail);
    worker.on('exit', () => fail(new Error('the thread that reads blocks was ended')));
    return worker;
  }
}
