/**
 * Status: every node tells each connected peer its chain and final head, over one long-lived
 * stream: when they connect, soon after the head changed, and every few seconds in any case, which
 * also tells that it is alive. The protocol's name has no chain in it, so that a peer on another
 * chain is recognized, and cut off with that reason.
 */
import { equalBytes } from '../common/bytes.ts';
import { decode, encode, type TypeOf, tuple, version } from '../common/codec/index.ts';
import { hash, height } from '../ledger/primitives.ts';
import { frameOf } from './frames.ts';
import { type Host, openStream } from './host.ts';
import { InboundStreams } from './inbound.ts';
import type { P2pMetrics } from './metrics.ts';
import { Outbox } from './outbox.ts';

const STATUS_PROTOCOL = '/ztc/status/1';
const STATUS_BYTES_MAX = 256;
/** At most five announcements a second and peer, however fast blocks come. */
const ANNOUNCE_MS_MIN = 200;
/** Without news: often enough to notice a dead peer and a missed announcement. */
const REPEAT_MS = 4_000;
/** A peer that said nothing for three repetitions is gone, whatever its socket says. */
const SILENT_MS_MAX = 3 * REPEAT_MS + 1_000;

export const statusSchema = tuple({ version: version(1), chain: hash, height, hash });
type Status = TypeOf<typeof statusSchema>;

/** A final head. */
export interface Head {
  readonly height: number;
  readonly hash: Uint8Array;
}

export interface StatusOptions {
  readonly host: Host;
  readonly chain: Uint8Array;
  readonly head: () => Head;
  readonly metrics: P2pMetrics;
  /** A peer told a head. */
  readonly heard: (peerId: string, head: Head) => void;
  /** A peer is on another chain. */
  readonly wrongChain: (peerId: string, chain: Uint8Array) => void;
  /** A peer said nothing for too long. */
  readonly silent: (peerId: string) => void;
}

interface Peer {
  readonly outbox: Outbox;
  head: Head | undefined;
  heardAt: number;
}

export class StatusExchange {
  readonly #options: StatusOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #inbound: InboundStreams;
  #announcement: ReturnType<typeof setTimeout> | undefined;
  #announcedAt = 0;
  #repeat: ReturnType<typeof setInterval> | undefined;

  constructor(options: StatusOptions) {
    this.#options = options;
    this.#inbound = new InboundStreams({
      name: 'status',
      messageBytesMax: STATUS_BYTES_MAX,
      metrics: options.metrics,
      hears: () => true,
      unheard: () => {},
      receive: (peerId, message) => this.#received(peerId, message),
    });
  }

  async start(): Promise<void> {
    await this.#options.host.handle(STATUS_PROTOCOL, this.#inbound.handle, {
      maxInboundStreams: 2,
    });
    this.#repeat = setInterval(() => this.#tick(), REPEAT_MS);
  }

  stop(): void {
    clearInterval(this.#repeat);
    clearTimeout(this.#announcement);
    for (const { outbox } of this.#peers.values()) outbox.close();
    this.#peers.clear();
  }

  connected(peerId: string): void {
    if (this.#peers.has(peerId)) return;
    const outbox = new Outbox({
      open: () => openStream(this.#options.host, peerId, STATUS_PROTOCOL),
      bytesMax: 2 * STATUS_BYTES_MAX,
      messagesMax: 2,
      overflowed: () => this.#options.metrics.resets.inc({ stream: 'status', reason: 'slow' }),
    });
    this.#peers.set(peerId, { outbox, head: undefined, heardAt: performance.now() });
    outbox.push(this.#frame());
  }

  /** The peer has a newer connection. */
  moved(peerId: string): void {
    const outbox = this.#peers.get(peerId)?.outbox;
    outbox?.reopen();
    outbox?.replace(this.#frame());
  }

  lost(peerId: string): void {
    this.#peers.get(peerId)?.outbox.close();
    this.#peers.delete(peerId);
  }

  /** Our head changed: tell everybody, soon. */
  announce(): void {
    const wait = this.#announcedAt + ANNOUNCE_MS_MIN - performance.now();
    if (wait <= 0) this.#tell();
    else this.#announcement ??= setTimeout(() => this.#tell(), wait);
  }

  /** The head that a connected peer told last. */
  headOf(peerId: string): Head | undefined {
    return this.#peers.get(peerId)?.head;
  }

  #tell(): void {
    clearTimeout(this.#announcement);
    this.#announcement = undefined;
    this.#announcedAt = performance.now();
    const frame = this.#frame();
    for (const { outbox } of this.#peers.values()) outbox.replace(frame);
  }

  #tick(): void {
    const now = performance.now();
    for (const [peerId, { heardAt }] of this.#peers) {
      if (now - heardAt > SILENT_MS_MAX) this.#options.silent(peerId);
    }
    if (now - this.#announcedAt >= REPEAT_MS / 2) this.#tell();
  }

  #frame(): Uint8Array {
    const { chain, head } = this.#options;
    const status: Status = { version: 1, chain, height: head().height, hash: head().hash };
    return frameOf(encode(statusSchema, status));
  }

  #received(peerId: string, message: Uint8Array): boolean {
    const status = decode(statusSchema, message, STATUS_BYTES_MAX);
    if (!status.ok) return false;
    const { chain, height: at, hash: hashed } = status.value;
    if (!equalBytes(chain, this.#options.chain)) {
      this.#options.wrongChain(peerId, chain);
      return true;
    }
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return true;
    peer.heardAt = performance.now();
    peer.head = { height: at, hash: hashed };
    this.#options.heard(peerId, peer.head);
    return true;
  }
}
