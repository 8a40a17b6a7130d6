/** Answers requests for block ranges: few at a time, at a bounded rate, never waiting for long. */
import type { Connection, Stream } from '@libp2p/interface';
import type { Logger } from 'pino';
import { decode, encode } from '../../common/codec/index.ts';
import { frameOf } from '../frames.ts';
import type { Host } from '../host.ts';
import type { P2pMetrics } from '../metrics.ts';
import { type RateLimit, RateLimiter } from '../rate-limit.ts';
import {
  RANGE_BLOCKS_MAX,
  RANGE_BYTES,
  type RangeBlock,
  REQUEST_BYTES_MAX,
  rangeBlockSchema,
  rangeHeadSchema,
  rangeRequestSchema,
} from './range-messages.ts';
import { readFrames, writeFrames } from './stream-io.ts';

/** A request is a few bytes: it comes at once or not at all. */
const REQUEST_MS_MAX = 5_000;
/** The whole answer; the largest range over the slowest link of a member. */
const ANSWER_MS_MAX = 60_000;
/** Requests of a peer under way; it fetches one and imports another. */
const CONCURRENT_PER_PEER_MAX = 2;
/** Requests of all peers under way: bounds the memory that answers take. */
const CONCURRENT_MAX = 16;
/** A peer that catches up asks as fast as it imports. */
const REQUESTS_PER_PEER: RateLimit = { burst: 64, perSecond: 32 };

/** Where ranges come from. */
export interface BlockSource {
  /** Blocks from a height on, ending at one with its own finalization; empty if there is none. */
  range(from: number, bytesMax: number): readonly RangeBlock[];
}

export interface RangeServerOptions {
  readonly host: Host;
  readonly protocol: string;
  readonly blocks: BlockSource;
  readonly metrics: P2pMetrics;
  readonly log: Logger;
}

export class RangeServer {
  readonly #options: RangeServerOptions;
  readonly #rate = new RateLimiter(REQUESTS_PER_PEER);
  readonly #underWay = new Map<string, number>();
  #total = 0;

  constructor(options: RangeServerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { host, protocol } = this.#options;
    await host.handle(protocol, this.#handle, { maxInboundStreams: CONCURRENT_PER_PEER_MAX + 2 });
  }

  #handle = async (stream: Stream, connection: Connection): Promise<void> => {
    const { metrics, log } = this.#options;
    const peerId = connection.remotePeer.toString();
    const underWay = this.#underWay.get(peerId) ?? 0;
    const busy = underWay >= CONCURRENT_PER_PEER_MAX || this.#total >= CONCURRENT_MAX;
    if (busy || !this.#rate.take(peerId)) {
      metrics.rangesServed.inc({ result: 'refused' });
      metrics.resets.inc({ stream: 'range', reason: 'rate' });
      stream.abort(new Error('too many requests'));
      return;
    }
    this.#underWay.set(peerId, underWay + 1);
    this.#total += 1;
    try {
      await this.#answer(stream);
      metrics.rangesServed.inc({ result: 'served' });
    } catch (error) {
      metrics.rangesServed.inc({ result: 'failed' });
      log.debug({ peerId, err: error }, 'serving a range failed');
      stream.abort(error instanceof Error ? error : new Error('serving failed'));
    } finally {
      this.#total -= 1;
      const left = (this.#underWay.get(peerId) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(peerId);
      else this.#underWay.set(peerId, left);
    }
  };

  async #answer(stream: Stream): Promise<void> {
    const from = await this.#request(stream);
    const blocks = endAtCertificate(this.#options.blocks.range(from, RANGE_BYTES));
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    await writeFrames(stream, framesOf(blocks), signal);
    await stream.close({ signal });
  }

  async #request(stream: Stream): Promise<number> {
    let request: Uint8Array | undefined;
    await readFrames(stream, {
      bytesMax: REQUEST_BYTES_MAX,
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
      frame: (message) => {
        request = message;
        return true;
      },
    });
    const decoded = decode(rangeRequestSchema, request ?? new Uint8Array(0), REQUEST_BYTES_MAX);
    if (decoded.ok) return decoded.value.from;
    this.#options.metrics.resets.inc({ stream: 'range', reason: 'malformed' });
    throw new Error(decoded.message);
  }
}

/** Made one by one, so that only the block on its way is held twice. */
function* framesOf(blocks: readonly RangeBlock[]): Generator<Uint8Array> {
  yield frameOf(encode(rangeHeadSchema, { version: 1, count: blocks.length }));
  for (const block of blocks) yield frameOf(encode(rangeBlockSchema, block));
}

/** Keeps to the number of blocks that an answer may have. */
function endAtCertificate(blocks: readonly RangeBlock[]): readonly RangeBlock[] {
  if (blocks.length <= RANGE_BLOCKS_MAX) return blocks;
  const last = blocks.slice(0, RANGE_BLOCKS_MAX).findLastIndex(({ certificate }) => certificate);
  return blocks.slice(0, last + 1);
}
