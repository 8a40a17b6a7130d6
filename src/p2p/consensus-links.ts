/**
 * Consensus messages: one long-lived outbound stream to every connected member, so that nothing
 * waits behind batches or block ranges. Only validators' node keys are heard. What can't be sent is
 * dropped and counted: consensus repeats what is still needed.
 */
import { ENCODED_BLOCK_BYTES_MAX } from '../ledger/block.ts';
import { frameOf } from './frames.ts';
import { connectionsOf, type Host, openStream } from './host.ts';
import { InboundStreams } from './inbound.ts';
import type { P2pMetrics } from './metrics.ts';
import { Outbox } from './outbox.ts';
import { type RateLimit, RateLimiter } from './rate-limit.ts';
import type { Roster } from './roster.ts';

/** A block, and what a proposal adds. */
export const CONSENSUS_MESSAGE_BYTES_MAX = ENCODED_BLOCK_BYTES_MAX + 64 * 1024;
/** Two of the largest; a peer further behind is better served by block sync. */
const QUEUE_BYTES_MAX = 2 * CONSENSUS_MESSAGE_BYTES_MAX;
/** Votes of some seconds. */
const QUEUE_MESSAGES_MAX = 4_096;

/** Heard of one validator; consensus itself sends some hundreds a second at most. */
const MESSAGES_PER_VALIDATOR: RateLimit = { burst: 16_384, perSecond: 2_048 };

/** @param from member id */
export type ConsensusListener = (from: string, message: Uint8Array) => void;

export interface ConsensusLinksOptions {
  readonly host: Host;
  readonly roster: Roster;
  readonly protocol: string;
  readonly metrics: P2pMetrics;
}

export class ConsensusLinks {
  readonly #options: ConsensusLinksOptions;
  readonly #outboxes = new Map<string, Outbox>();
  readonly #inbound: InboundStreams;
  readonly #rate = new RateLimiter(MESSAGES_PER_VALIDATOR);
  #listener: ConsensusListener | undefined;

  constructor(options: ConsensusLinksOptions) {
    this.#options = options;
    const { metrics, roster } = options;
    this.#inbound = new InboundStreams({
      name: 'consensus',
      messageBytesMax: CONSENSUS_MESSAGE_BYTES_MAX,
      metrics,
      hears: (peerId) => roster.voice(peerId) !== undefined,
      unheard: () => metrics.consensusDropped.inc({ reason: 'not_validator' }),
      receive: (peerId, message) => this.#received(peerId, message),
    });
  }

  async start(): Promise<void> {
    const { host, protocol } = this.#options;
    await host.handle(protocol, this.#inbound.handle, { maxInboundStreams: 2 });
  }

  stop(): void {
    for (const outbox of this.#outboxes.values()) outbox.close();
    this.#outboxes.clear();
  }

  onMessage(listener: ConsensusListener): void {
    this.#listener = listener;
  }

  send(member: string, message: Uint8Array): void {
    const peerId = this.#options.roster.peerOf(member);
    if (peerId !== undefined) this.#push(peerId, frameOf(message));
  }

  broadcast(message: Uint8Array): void {
    const frame = frameOf(message);
    for (const peerId of this.#options.roster.others()) this.#push(peerId, frame);
  }

  /** The peer has a newer connection. */
  moved(peerId: string): void {
    this.#outboxes.get(peerId)?.reopen();
  }

  /** The peer is heard from now on, or no longer. */
  revoiced(peerId: string): void {
    this.#inbound.drop(peerId);
  }

  /** The peer has no connection any more. */
  lost(peerId: string): void {
    this.#outboxes.get(peerId)?.close();
    this.#outboxes.delete(peerId);
  }

  #received(peerId: string, message: Uint8Array): boolean {
    const { roster, metrics } = this.#options;
    const member = roster.voice(peerId);
    if (member === undefined || this.#listener === undefined) {
      metrics.consensusDropped.inc({ reason: 'nobody_listens' });
      return true;
    }
    if (!this.#rate.take(peerId)) {
      metrics.consensusDropped.inc({ reason: 'rate' });
      return true;
    }
    metrics.consensusReceived.inc();
    this.#listener(member, message);
    return true;
  }

  #push(peerId: string, frame: Uint8Array): void {
    const { host, metrics } = this.#options;
    const outbox = this.#outboxes.get(peerId);
    if (outbox === undefined && connectionsOf(host, peerId).length === 0) {
      metrics.consensusDropped.inc({ reason: 'not_connected' });
      return;
    }
    metrics.consensusSent.inc();
    (outbox ?? this.#newOutbox(peerId)).push(frame);
  }

  #newOutbox(peerId: string): Outbox {
    const { host, protocol, metrics } = this.#options;
    const outbox = new Outbox({
      open: () => openStream(host, peerId, protocol),
      bytesMax: QUEUE_BYTES_MAX,
      messagesMax: QUEUE_MESSAGES_MAX,
      overflowed: (dropped) => {
        metrics.consensusDropped.inc({ reason: 'queue_full' }, dropped);
        metrics.resets.inc({ stream: 'consensus', reason: 'slow' });
      },
    });
    this.#outboxes.set(peerId, outbox);
    return outbox;
  }
}
