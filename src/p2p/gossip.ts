/**
 * Batches from node to node, over one long-lived stream to every connected peer. The sealer sends a
 * batch to all its peers at once. Who found it good passes it on to a few more, unless it became
 * final in about the time that this takes now; so it spreads where its sealer reaches some nodes
 * only. A batch bears no signature of its own: those of its transactions prove what is in it, the
 * connection proves who gave it, and since nobody honest passes on what it did not check, whoever
 * gave a bad one answers for it.
 */
import type { Logger } from 'pino';
import { sha256Text } from '../common/hash.ts';
import { BATCH_BYTES_MAX, type BatchJudgement } from '../ledger/batch.ts';
import { FinalityPace } from './finality-pace.ts';
import { frameOf } from './frames.ts';
import { type Host, openStream } from './host.ts';
import { InboundStreams } from './inbound.ts';
import type { P2pMetrics } from './metrics.ts';
import { Outbox } from './outbox.ts';
import { type RateLimit, RateLimiter } from './rate-limit.ts';
import { Recent } from './recent.ts';
import type { Roster } from './roster.ts';

/** Before a batch stands one byte: whether it comes from who sealed it. */
const ORIGIN = { SEALER: 1, PASSED_ON: 2 } as const;
/** What a peer may be behind with; beyond, its stream is reset and later opened again. */
const QUEUE_BYTES_MAX = 32 * 1024 * 1024;
/** The same in batches: of one transaction each, some seconds of a busy node's. */
const QUEUE_BATCHES_MAX = 16_384;
/** How many peers get a batch that is passed on, by each who does. */
const PASS_ON_PEERS = 3;
/** How long batches of a peer that gave a bad one are not looked at. */
const MUTE_MS = 10_000;
/** Peers muted at a time; more than members and allowed peers. */
const MUTED_MAX = 1_024;
/** Bytes of a peer's batches that are looked at; several times what a full chain needs. */
const PEER_BYTES: RateLimit = { burst: 64 * 1024 * 1024, perSecond: 16 * 1024 * 1024 };
/** What a batch counts at least, since the smallest one takes time: 4,096 of them a second. */
const BATCH_COUNTS_MIN = 4 * 1024;
/** Batches that wait to be passed on; what finds no place is left to its sealer's repetition. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;
/** A batch is known for longer than it is on its way: held once, then passed on at once. */
const KNOWN_MS = 15_000;
/** A flood of tiny ones must not fill the memory: some 200 bytes each. */
const KNOWN_MAX = 32_768;

/**
 * Judges a batch.
 * @param from peer id of who gave it
 * @param adopt the sealer is heard by this node only, which should spread what is new as its own
 */
export type BatchHandler = (
  from: string,
  batch: Uint8Array,
  adopt: boolean,
) => BatchJudgement | Promise<BatchJudgement>;

export interface GossipOptions {
  readonly host: Host;
  readonly protocol: string;
  /** Our peer id. */
  readonly self: string;
  readonly roster: Roster;
  readonly metrics: P2pMetrics;
  readonly log: Logger;
}

/** Peer ids of those who gave a batch. */
type Givers = string[];

export class Gossip {
  readonly #options: GossipOptions;
  readonly #outboxes = new Map<string, Outbox>();
  readonly #inbound: InboundStreams;
  readonly #rate = new RateLimiter(PEER_BYTES);
  /** Peers whose batches are not looked at, and until when. */
  readonly #muted = new Map<string, number>();
  /** By the hash of the batch. */
  readonly #known = new Recent<Givers>(KNOWN_MS, KNOWN_MAX);
  readonly #held = new Set<ReturnType<typeof setTimeout>>();
  #heldBytes = 0;
  #handler: BatchHandler | undefined;
  #waits: (batch: Uint8Array) => boolean = () => true;
  readonly #pace = new FinalityPace((batch) => this.#waits(batch));

  constructor(options: GossipOptions) {
    this.#options = options;
    this.#inbound = new InboundStreams({
      name: 'batches',
      messageBytesMax: 1 + BATCH_BYTES_MAX,
      metrics: options.metrics,
      hears: () => true,
      unheard: () => {},
      receive: (peerId, message) => this.#received(peerId, message),
    });
  }

  async start(): Promise<void> {
    const { host, protocol } = this.#options;
    await host.handle(protocol, this.#inbound.handle, { maxInboundStreams: 2 });
  }

  stop(): void {
    for (const timer of this.#held) clearTimeout(timer);
    this.#held.clear();
    for (const outbox of this.#outboxes.values()) outbox.close();
    this.#outboxes.clear();
  }

  connected(peerId: string): void {
    if (this.#outboxes.has(peerId)) return;
    const { host, protocol, metrics } = this.#options;
    const outbox = new Outbox({
      open: () => openStream(host, peerId, protocol),
      bytesMax: QUEUE_BYTES_MAX,
      messagesMax: QUEUE_BATCHES_MAX,
      overflowed: () => metrics.resets.inc({ stream: 'batches', reason: 'slow' }),
    });
    this.#outboxes.set(peerId, outbox);
  }

  /** The peer has a newer connection. */
  moved(peerId: string): void {
    this.#outboxes.get(peerId)?.reopen();
  }

  /** The peer has no connection any more. */
  lost(peerId: string): void {
    this.#outboxes.get(peerId)?.close();
    this.#outboxes.delete(peerId);
  }

  /** @param waits whether anything in a good batch still waits to become final */
  onBatch(handler: BatchHandler, waits: (batch: Uint8Array) => boolean): void {
    this.#handler = handler;
    this.#waits = waits;
  }

  /** Something became final. */
  finalMoved(): void {
    this.#pace.finalMoved(performance.now());
  }

  /** Sends to all peers; best effort. */
  publish(batch: Uint8Array): void {
    const { metrics } = this.#options;
    const result = this.#outboxes.size > 0 ? 'sent' : 'nobody';
    metrics.batchesPublished.inc({ result });
    this.#known.set(sha256Text(batch), []);
    this.#send(ORIGIN.SEALER, batch, this.#outboxes.keys());
  }

  #send(origin: number, batch: Uint8Array, to: Iterable<string>): void {
    const frame = frameOf(Uint8Array.of(origin), batch);
    for (const peerId of to) this.#outboxes.get(peerId)?.push(frame);
  }

  /** False where the bytes are no batch of this protocol. */
  #received(from: string, message: Uint8Array): boolean {
    const [origin] = message;
    if (origin !== ORIGIN.SEALER && origin !== ORIGIN.PASSED_ON) return false;
    const batch = message.subarray(1);
    const refused = this.#refusal(from, batch.length);
    if (refused === undefined) this.#take(from, batch, origin);
    else this.#options.metrics.batchesReceived.inc({ result: refused });
    return true;
  }

  /** Why nothing that this peer gives is looked at. */
  #refusal(from: string, bytes: number): string | undefined {
    if (!this.#options.roster.admits(from)) return 'stranger';
    if (this.#isMuted(from)) return 'muted';
    if (this.#handler === undefined) return 'nobody_listens';
    return this.#rate.take(from, Math.max(bytes, BATCH_COUNTS_MIN)) ? undefined : 'rate';
  }

  #take(from: string, batch: Uint8Array, origin: number): void {
    const { metrics, log } = this.#options;
    const key = sha256Text(batch);
    const before = this.#known.get(key);
    const givers = before ?? [];
    if (!givers.includes(from)) givers.push(from);
    // A sealer that repeats itself has a reason to: what it sent before was not taken, or is lost.
    if (before !== undefined && origin === ORIGIN.PASSED_ON) {
      metrics.batchesReceived.inc({ result: 'known' });
      return;
    }
    this.#known.set(key, givers);
    this.#judge(from, batch, origin).then(
      (judgement) => {
        metrics.batchesReceived.inc({ result: judgement });
        if (judgement === 'reject') this.#mute(from);
        // What is of no use now may be when it comes again: the pool was full, or we were behind.
        if (judgement !== 'accept') this.#known.delete(key);
        else if (origin === ORIGIN.SEALER) this.#hold(batch, givers);
        else this.#passOn(batch, givers);
      },
      // Nobody is to blame for a mistake of our own.
      (error: unknown) => log.error({ err: error }, 'judging a batch failed'),
    );
  }

  async #judge(from: string, batch: Uint8Array, origin: number): Promise<BatchJudgement> {
    const adopt = origin === ORIGIN.SEALER && this.#options.roster.member(from) === undefined;
    return (await this.#handler?.(from, batch, adopt)) ?? 'ignore';
  }

  #hold(batch: Uint8Array, givers: Givers): void {
    this.#pace.watch(batch, performance.now());
    if (this.#heldBytes + batch.length > HELD_BYTES_MAX) return;
    this.#heldBytes += batch.length;
    const timer = setTimeout(() => {
      this.#held.delete(timer);
      this.#heldBytes -= batch.length;
      if (this.#waits(batch)) this.#passOn(batch, givers);
      else this.#options.metrics.batchesPassedOn.inc({ result: 'final' });
    }, this.#pace.delay(performance.now()));
    timer.unref();
    this.#held.add(timer);
  }

  /**
   * To those that come after us in the order of peer ids, of whom it isn't known that they have it:
   * of all who pass a batch on, a few do so to every peer.
   */
  #passOn(batch: Uint8Array, givers: Givers): void {
    const lacking = [...this.#outboxes.keys()].filter((peerId) => !givers.includes(peerId)).sort();
    const { self, metrics } = this.#options;
    const after = lacking.filter((peerId) => peerId > self);
    const before = lacking.filter((peerId) => peerId < self);
    const to = [...after, ...before].slice(0, PASS_ON_PEERS);
    metrics.batchesPassedOn.inc({ result: to.length > 0 ? 'sent' : 'nobody' });
    this.#send(ORIGIN.PASSED_ON, batch, to);
  }

  #isMuted(from: string): boolean {
    const until = this.#muted.get(from);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.#muted.delete(from);
    return false;
  }

  #mute(from: string): void {
    if (this.#muted.size >= MUTED_MAX) this.#muted.clear();
    this.#muted.set(from, performance.now() + MUTE_MS);
    this.#options.log.debug({ from }, 'peer muted after a bad batch');
  }
}
