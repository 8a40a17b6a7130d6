/** Final blocks as a node's feed tells of them, with the time when they were heard of. */
import { readFeed } from '../src/client/events.ts';

export interface SeenBlock {
  readonly height: number;
  readonly transactions: number;
  /** In ms of this process's `performance.now()`. */
  readonly at: number;
}

export class Watch {
  readonly blocks: SeenBlock[] = [];
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;

  constructor(url: string, seen: (block: SeenBlock) => void = () => {}) {
    this.#done = this.#read(url, seen);
  }

  /** The longest time without a new block, the edges of the span counted as blocks. */
  longestGapMs(from: number, to: number): number {
    const within = this.blocks.map(({ at }) => at).filter((at) => at >= from && at < to);
    const times = [from, ...within, to];
    return Math.max(...times.slice(1).map((at, i) => at - (times[i] as number)));
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #read(url: string, seen: (block: SeenBlock) => void): Promise<void> {
    const options = { url, topics: ['block'], signal: this.#abort.signal };
    for await (const { event, data } of readFeed(options)) {
      if (event !== 'block') continue;
      const { height, transactions } = data as { height: number; transactions: number };
      const block = { height, transactions, at: performance.now() };
      this.blocks.push(block);
      seen(block);
    }
  }
}
