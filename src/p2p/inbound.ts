/** Reading frames from inbound streams: at most one stream a peer and protocol is listened to. */
import type { Connection, Stream, StreamMessageEvent } from '@libp2p/interface';
import { FrameReader } from './frames.ts';
import type { P2pMetrics, ResetReason, StreamName } from './metrics.ts';
import { type RateLimit, RateLimiter } from './rate-limit.ts';

/** A peer opens one and keeps it; some more after restarts. */
const STREAMS_PER_PEER: RateLimit = { burst: 16, perSecond: 2 };

export interface InboundOptions {
  readonly name: StreamName;
  readonly messageBytesMax: number;
  readonly metrics: P2pMetrics;
  /** A false answer: the message makes no sense, and the stream is reset. */
  readonly receive: (peerId: string, message: Uint8Array) => boolean;
  /** Asked of each new stream; bytes of peers that are not listened to are thrown away unread. */
  readonly hears: (peerId: string) => boolean;
  /** Bytes of a peer that is not listened to. */
  readonly unheard: () => void;
}

export class InboundStreams {
  readonly #options: InboundOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #rate = new RateLimiter(STREAMS_PER_PEER);

  constructor(options: InboundOptions) {
    this.#options = options;
  }

  /** The libp2p stream handler. */
  handle = (stream: Stream, connection: Connection): void => {
    const peerId = connection.remotePeer.toString();
    if (!this.#rate.take(peerId)) {
      this.#reset(stream, 'rate');
      return;
    }
    // The peer opened another one because it gave up on the last.
    this.#streams.get(peerId)?.abort(new Error('replaced'));
    this.#streams.set(peerId, stream);
    stream.addEventListener('close', () => {
      if (this.#streams.get(peerId) === stream) this.#streams.delete(peerId);
    });
    const { hears, unheard } = this.#options;
    stream.addEventListener('message', hears(peerId) ? this.#reading(peerId, stream) : unheard);
    // The other end only writes; closing ours lets the stream end when it does.
    stream.addEventListener('remoteCloseWrite', () => {
      stream.close().catch((error: Error) => stream.abort(error));
    });
  };

  /** Whether the peer is listened to has changed: it has to open another stream. */
  drop(peerId: string): void {
    const stream = this.#streams.get(peerId);
    if (stream !== undefined) this.#reset(stream, 'role');
  }

  #reading(peerId: string, stream: Stream): (event: StreamMessageEvent) => void {
    const reader = new FrameReader(this.#options.messageBytesMax);
    return ({ data }) => {
      if (stream.status !== 'open') return;
      const messages = reader.read(data);
      if (!messages.ok) {
        this.#reset(stream, messages.code === 'FRAME_TOO_LARGE' ? 'too_large' : 'malformed');
        return;
      }
      const good = messages.value.every((message) => this.#options.receive(peerId, message));
      if (!good) this.#reset(stream, 'malformed');
    };
  }

  #reset(stream: Stream, reason: ResetReason): void {
    this.#options.metrics.resets.inc({ stream: this.#options.name, reason });
    stream.abort(new Error(reason));
  }
}
