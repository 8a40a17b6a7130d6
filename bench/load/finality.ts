/** When what was sent became final, told by the blocks of the chain itself. */
import { fromBase64url, toHex } from '../../src/common/bytes.ts';
import { sha256 } from '../../src/common/hash.ts';
import { decodeBlock } from '../../src/ledger/block.ts';
import { percentile, rounded } from '../statistics.ts';
import { type SeenBlock, Watch } from '../watch.ts';
import type { Span } from './plan.ts';

interface RawBlocks {
  readonly blocks: readonly { readonly height: number; readonly block: string }[];
}

/** By which a transaction's bytes are known here: cheaper than its id, which takes decoding. */
export function nameOf(transaction: Uint8Array): string {
  return toHex(sha256(transaction));
}

export class Finality {
  readonly #url: string;
  readonly #chain: Uint8Array;
  readonly #watch: Watch;
  /** When each was due, by name. */
  readonly #sent = new Map<string, number>();
  #latencies: number[] = [];
  #refused = 0;
  #beganAt = 0;
  #waiting: SeenBlock[] = [];
  #reading = false;

  constructor(url: string, chain: Uint8Array) {
    this.#url = url;
    this.#chain = chain;
    this.#watch = new Watch(url, (block) => {
      if (block.transactions > 0) this.#waiting.push(block);
      if (!this.#reading) this.#readAll().catch((error: unknown) => console.error(error));
    });
  }

  get underWay(): number {
    return this.#sent.size;
  }

  sent(name: string, due: number): void {
    this.#sent.set(name, due);
  }

  refused(names: readonly string[]): void {
    this.#refused += names.length;
    for (const name of names) this.#sent.delete(name);
  }

  begin(): void {
    this.#latencies = [];
    this.#refused = 0;
    this.#beganAt = performance.now();
  }

  end(): Span {
    const [from, to] = [this.#beganAt, performance.now()];
    const seconds = (to - from) / 1_000;
    const final = this.#watch.transactions(from, to);
    return {
      seconds: rounded(seconds),
      final,
      blocks: this.#watch.within(from, to).length,
      perSecond: rounded(final / seconds),
      p50Ms: percentile(this.#latencies, 0.5),
      p99Ms: percentile(this.#latencies, 0.99),
      longestGapMs: rounded(this.#watch.longestGapMs(from, to)),
      refused: this.#refused,
    };
  }

  async #readAll(): Promise<void> {
    this.#reading = true;
    try {
      for (let block = this.#waiting.shift(); block; block = this.#waiting.shift()) {
        await this.#read(block);
      }
    } finally {
      this.#reading = false;
    }
  }

  async #read({ height, at }: SeenBlock): Promise<void> {
    const call = { jsonrpc: '2.0', id: 1, method: 'chain_getRawBlocks' };
    const response = await fetch(`${this.#url}/rpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...call, params: { from: height, to: height } }),
    });
    const { result } = (await response.json()) as { result: RawBlocks };
    const bytes = fromBase64url(result.blocks[0]?.block ?? '');
    const block = bytes && decodeBlock(this.#chain, bytes);
    if (!block?.ok) throw new Error(`block ${height} can't be read`);
    for (const transaction of block.value.transactions) this.#final(transaction, at);
  }

  #final(bytes: Uint8Array, at: number): void {
    const name = nameOf(bytes);
    const due = this.#sent.get(name);
    if (due === undefined) return;
    this.#sent.delete(name);
    this.#latencies.push(at - due);
  }
}
