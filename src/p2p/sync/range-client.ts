/** Asks a peer for a block range. What comes proves itself at import; here only form and size. */
import type { Stream } from '@libp2p/interface';
import { decode, encode } from '../../common/codec/index.ts';
import { failure, type Result, success } from '../../common/result.ts';
import { frameOf } from '../frames.ts';
import { type Host, openStream } from '../host.ts';
import type { P2pMetrics } from '../metrics.ts';
import {
  ANSWER_FRAME_BYTES_MAX,
  RANGE_BYTES_MAX,
  type RangeBlock,
  rangeBlockSchema,
  rangeHeadSchema,
  rangeRequestSchema,
} from './range-messages.ts';
import { readFrames, StreamFailure } from './stream-io.ts';

/** The whole answer. */
const ANSWER_MS_MAX = 30_000;

/** RANGE_EMPTY: the peer has nothing there. The others: it is slow, gone, or sends nonsense. */
export type RangeCode = 'RANGE_EMPTY' | 'RANGE_MALFORMED' | 'RANGE_UNAVAILABLE';

export interface RangeClientOptions {
  readonly host: Host;
  readonly protocol: string;
  readonly metrics: P2pMetrics;
}

/** Fetches blocks from height `from` on, ending at one with its own finalization. */
export async function fetchRange(
  options: RangeClientOptions,
  peerId: string,
  from: number,
): Promise<Result<readonly RangeBlock[], RangeCode>> {
  const fetched = await request(options, peerId, from);
  options.metrics.rangesFetched.inc({ result: fetched.ok ? 'fetched' : fetched.code });
  return fetched;
}

async function request(
  { host, protocol }: RangeClientOptions,
  peerId: string,
  from: number,
): Promise<Result<readonly RangeBlock[], RangeCode>> {
  let stream: Stream | undefined;
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    stream = await openStream(host, peerId, protocol);
    stream.send(frameOf(encode(rangeRequestSchema, { version: 1, from })));
    const answer = new Answer();
    await readFrames(stream, {
      bytesMax: ANSWER_FRAME_BYTES_MAX,
      signal,
      frame: (message) => answer.add(message),
    });
    await stream.close({ signal });
    return answer.blocks();
  } catch (error) {
    stream?.abort(new Error('fetching failed'));
    if (error instanceof Malformed || (error instanceof StreamFailure && isNonsense(error))) {
      return failure('RANGE_MALFORMED', error.message);
    }
    return failure('RANGE_UNAVAILABLE', String(error));
  }
}

function isNonsense({ code }: StreamFailure): boolean {
  return code === 'FRAME_EMPTY' || code === 'FRAME_TOO_LARGE';
}

class Malformed extends Error {}

/** An answer as it comes. */
class Answer {
  #count: number | undefined;
  readonly #blocks: RangeBlock[] = [];
  #bytes = 0;

  /** True: complete. Throws `Malformed`. */
  add(message: Uint8Array): boolean {
    if (this.#count === undefined) {
      const head = decode(rangeHeadSchema, message, message.length);
      if (!head.ok) throw new Malformed(head.message);
      this.#count = head.value.count;
      return this.#count === 0;
    }
    this.#bytes += message.length;
    if (this.#bytes > RANGE_BYTES_MAX) throw new Malformed('more than a range may have');
    const block = decode(rangeBlockSchema, message, ANSWER_FRAME_BYTES_MAX);
    if (!block.ok) throw new Malformed(block.message);
    this.#blocks.push(block.value);
    return this.#blocks.length === this.#count;
  }

  blocks(): Result<readonly RangeBlock[], RangeCode> {
    if (this.#count === undefined || this.#blocks.length < this.#count) {
      return failure('RANGE_UNAVAILABLE', 'the answer is not complete');
    }
    if (this.#count === 0) return failure('RANGE_EMPTY', 'the peer has nothing there');
    if (this.#blocks.at(-1)?.certificate === null) {
      return failure('RANGE_MALFORMED', 'the last block has no finalization of its own');
    }
    return success(this.#blocks);
  }
}
