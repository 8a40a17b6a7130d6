/**
 * Batches by gossipsub, one topic a chain, every message signed by its sealer. The sealer sends to
 * all its peers at once and receivers pass on what they judged good, if it isn't final a moment
 * later; nothing is announced or asked for (IHAVE), because the mempool spreads again what is not
 * final after a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type GossipSub, gossipsub, type Message, TopicValidatorResult } from '@libp2p/gossipsub';
import type { PeerId } from '@libp2p/interface';
import type { Logger } from 'pino';
import { EMPTY_BYTES, toHex } from '../common/bytes.ts';
import { sha256 } from '../common/hash.ts';
import { BATCH_BYTES_MAX, type BatchJudgement } from '../ledger/batch.ts';
import type { P2pMetrics } from './metrics.ts';
import { type RateLimit, RateLimiter } from './rate-limit.ts';
import type { Roster } from './roster.ts';

/** A batch with gossip's signature, author and topic around it. */
const RPC_BYTES_MAX = BATCH_BYTES_MAX + 64 * 1024;
/** What a peer may be behind with; beyond, its stream is reset and later opened again. */
const OUTBOUND_BYTES_MAX = 32 * 1024 * 1024;
const SEEN_MS = 30_000;
/** To tell others that one has a batch costs as much as getting a smaller one again. */
const IDONTWANT_BYTES_MIN = 16 * 1024;
/** The sealer reaches everybody itself, so a small mesh is enough against a broken link. */
const MESH = { D: 3, Dlo: 2, Dhi: 4, Dout: 1, Dscore: 1 } as const;
/** Batches judged bad until a peer is not listened to: two are forgiven within seconds. */
const INVALID_WEIGHT = -10;
/** Share of the invalid count that is left a second later. */
const INVALID_DECAY = 0.9;
/** How long batches of a sealer whose batch was rejected are not looked at. */
const MUTE_MS = 10_000;
/** Bytes of a sealer's batches that are looked at; several times what a full chain needs. */
const SEALER_BYTES: RateLimit = { burst: 64 * 1024 * 1024, perSecond: 16 * 1024 * 1024 };
/**
 * How long a batch that came from its sealer is held before it is passed on: what is final by then
 * needs no second way. Well below half of a view's time, in which a leader that the sealer doesn't
 * reach has to have it.
 */
const PASS_ON_MS = 200;
/** Sealers muted at a time; more than members and allowed peers. */
const MUTED_MAX = 1_024;

/**
 * Judges a batch.
 * @param from peer id of the sealer
 * @param adopt the sealer is heard by this node only, which should spread what is new as its own
 */
export type BatchHandler = (
  from: string,
  batch: Uint8Array,
  adopt: boolean,
) => BatchJudgement | Promise<BatchJudgement>;

export function createGossipsub(topic: string): ReturnType<typeof gossipsub> {
  return gossipsub({
    ...MESH,
    globalSignaturePolicy: 'StrictSign',
    floodPublish: true,
    fallbackToFloodsub: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    batchPublish: true,
    emitSelf: false,
    doPX: false,
    tagMeshPeers: false,
    allowedTopics: [topic],
    maxInboundDataLength: RPC_BYTES_MAX,
    maxOutboundBufferSize: OUTBOUND_BYTES_MAX,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    msgIdFn: messageId,
    // Known before the signature is checked again; a bad signature never becomes known.
    fastMsgIdFn: ({ signature }) => toHex(signature ?? EMPTY_BYTES),
    // No IHAVE: its replies come in one piece that may be larger than what is read.
    Dlazy: 0,
    gossipFactor: 0,
    idontwantMinDataSize: IDONTWANT_BYTES_MIN,
    // Longer than a batch is on its way; a flood of tiny ones must not fill the memory.
    seenTTL: SEEN_MS,
    mcacheLength: 1,
    mcacheGossip: 1,
    scoreParams: {
      topics: { [topic]: TOPIC_SCORE },
      // All nodes of a test, or of a member, may share an address.
      IPColocationFactorWeight: 0,
      behaviourPenaltyWeight: -1,
    },
  });
}

/** Only bad batches count: a quiet chain must not make its members look lazy. */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1_000,
  timeInMeshCap: 1,
  firstMessageDeliveriesWeight: 0,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 1,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5_000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: INVALID_WEIGHT,
  invalidMessageDeliveriesDecay: INVALID_DECAY,
} as const;

/**
 * The signature stands for the content, the sealer and its number of the message: without the
 * number a batch that is spread again would count as seen.
 */
function messageId(message: Message): Uint8Array {
  return sha256(message.type === 'signed' ? message.signature : message.data);
}

export interface GossipOptions {
  readonly pubsub: GossipSub;
  readonly topic: string;
  readonly self: string;
  readonly roster: Roster;
  readonly metrics: P2pMetrics;
  readonly log: Logger;
}

export class Gossip {
  readonly #options: GossipOptions;
  /** Sealers whose batches are not looked at, and until when. */
  readonly #muted = new Map<string, number>();
  readonly #rate = new RateLimiter(SEALER_BYTES);
  #handler: BatchHandler | undefined;
  #waits: (batch: Uint8Array) => boolean = () => true;

  constructor(options: GossipOptions) {
    this.#options = options;
  }

  start(): void {
    const { pubsub, topic } = this.#options;
    pubsub.topicValidators.set(topic, (by: PeerId, message: Message) => this.#judge(by, message));
    pubsub.subscribe(topic);
  }

  /** @param waits whether anything in a good batch still waits to become final */
  onBatch(handler: BatchHandler, waits: (batch: Uint8Array) => boolean): void {
    this.#handler = handler;
    this.#waits = waits;
  }

  /** Sends to all peers; best effort. */
  publish(batch: Uint8Array): void {
    const { pubsub, topic, metrics, log } = this.#options;
    pubsub.publish(topic, batch).then(
      ({ recipients }) =>
        metrics.batchesPublished.inc({ result: recipients.length > 0 ? 'sent' : 'nobody' }),
      (error: unknown) => {
        metrics.batchesPublished.inc({ result: 'failed' });
        log.debug({ err: error }, 'publishing a batch failed');
      },
    );
  }

  /** Whether batches would reach that peer and come from it. */
  isJoined(peerId: string): boolean {
    const { pubsub, topic } = this.#options;
    return pubsub.getSubscribers(topic).some((peer) => peer.toString() === peerId);
  }

  async #judge(by: PeerId, message: Message): Promise<TopicValidatorResult> {
    const { self, roster, metrics } = this.#options;
    const ignored = (result: string): TopicValidatorResult => {
      metrics.batchesReceived.inc({ result });
      return TopicValidatorResult.Ignore;
    };
    if (message.type !== 'signed') return TopicValidatorResult.Reject;
    const from = message.from.toString();
    if (from === self) return ignored('own');
    if (!roster.admits(from)) return ignored('stranger');
    if (this.#isMuted(from)) return ignored('muted');
    if (this.#handler === undefined) return ignored('nobody_listens');
    if (!this.#rate.take(from, message.data.length)) return ignored('rate');
    const judgement = await this.#ask(this.#handler, from, message.data);
    metrics.batchesReceived.inc({ result: judgement });
    if (judgement === 'reject') this.#mute(from);
    if (judgement === 'accept' && message.from.equals(by)) {
      await sleep(PASS_ON_MS, undefined, { ref: false });
      if (!this.#waits(message.data)) return TopicValidatorResult.Ignore;
    }
    return RESULT[judgement];
  }

  async #ask(handler: BatchHandler, from: string, batch: Uint8Array): Promise<BatchJudgement> {
    const { roster, log } = this.#options;
    if (batch.length > BATCH_BYTES_MAX) return 'reject';
    try {
      return await handler(from, batch, roster.member(from) === undefined);
    } catch (error) {
      // Gossipsub would swallow it; and nobody is to blame for a mistake of our own.
      log.error({ err: error }, 'judging a batch failed');
      return 'ignore';
    }
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
    this.#options.log.debug({ from }, 'sealer muted after a bad batch');
  }
}

const RESULT = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const;
