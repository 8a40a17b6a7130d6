/**
 * Status: every node tells each connected peer its chain and final head, over one long-lived
 * stream: when they connect, soon after the head changed, and every few seconds in any case, which
 * also tells that it is alive, what time it has, and whether it could dial us. The protocol's name
 * has no chain in it, so that a peer on another chain is recognized, and cut off with that reason.
 */
import { equalBytes } from '../common/bytes.ts';
import {
  decode,
  encode,
  nullable,
  oneOf,
  type TypeOf,
  tuple,
  uint,
  version,
} from '../common/codec/index.ts';
import { hash, height, time } from '../ledger/primitives.ts';
import { Announcer } from './announcer.ts';
import { type ClockOffset, type ClockTime, PeerClock } from './clock-offset.ts';
import { frameOf } from './frames.ts';
import { type Host, openStream } from './host.ts';
import { InboundStreams } from './inbound.ts';
import type { P2pMetrics } from './metrics.ts';
import { Outbox } from './outbox.ts';
import type { RangeHead } from './sync/sync-loop.ts';

const STATUS_PROTOCOL = '/ztc/status/3';
const STATUS_BYTES_MAX = 256;
/** At most five announcements a second and peer, however fast blocks come. */
const ANNOUNCE_MS_MIN = 200;
/** Validators make heads themselves: they hear of ours in case they fall behind. */
const ANNOUNCE_VOTER_MS_MIN = 1_000;
/** Without news: often enough to notice a dead peer and a missed announcement. */
const REPEAT_MS = 4_000;
/** A peer that said nothing for three repetitions is gone, whatever its socket says. */
const SILENT_MS_MAX = 3 * REPEAT_MS + 1_000;

/** What the sender's last dial of the receiver came to; `UNKNOWN`: it never had to dial. */
export const DIALLED = { UNKNOWN: 0, REACHED: 1, FAILED: 2 } as const;
export type Dialled = (typeof DIALLED)[keyof typeof DIALLED];

export const statusSchema = tuple({
  version: version(3),
  chain: hash,
  height,
  hash,
  /** The lowest block after the genesis that the sender keeps whole. */
  oldest: height,
  /** Of the sender's wall clock. */
  time,
  /** The receiver's latest time, and for how many ms the sender held it. */
  echo: nullable(tuple({ time, heldMs: uint() })),
  dialled: oneOf(DIALLED.UNKNOWN, DIALLED.REACHED, DIALLED.FAILED),
});
type Status = TypeOf<typeof statusSchema>;

/** A final head. */
export interface Head {
  readonly height: number;
  readonly hash: Uint8Array;
  /** The lowest block after the genesis that its node keeps whole. */
  readonly oldest: number;
}

export interface StatusOptions {
  readonly host: Host;
  readonly chain: Uint8Array;
  readonly head: () => Head;
  /** Ms since 1970 UTC by this machine. */
  readonly now: () => number;
  /** What our last dial of a peer came to. */
  readonly dialled: (peerId: string) => Dialled;
  /** Whether a peer takes part in consensus. */
  readonly votes: (peerId: string) => boolean;
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
  readonly clock: PeerClock;
  head: Head | undefined;
  heardAt: number;
  dialledUs: Dialled;
}

/** What a connected peer told. */
export interface PeerStatus {
  readonly head: Head | undefined;
  /** Since its last status, or since it connected. */
  readonly heardMs: number;
  readonly clock: ClockOffset | undefined;
  /** What its last dial of us came to. */
  readonly dialledUs: Dialled;
}

export class StatusExchange {
  readonly #options: StatusOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #inbound: InboundStreams;
  readonly #announcers = [
    new Announcer(ANNOUNCE_MS_MIN, () => this.#tell(false)),
    new Announcer(ANNOUNCE_VOTER_MS_MIN, () => this.#tell(true)),
  ];
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
    for (const announcer of this.#announcers) announcer.stop();
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
    const peer: Peer = {
      outbox,
      clock: new PeerClock(),
      head: undefined,
      heardAt: performance.now(),
      dialledUs: DIALLED.UNKNOWN,
    };
    this.#peers.set(peerId, peer);
    outbox.push(this.#frame(peerId, peer));
  }

  /** The peer has a newer connection. */
  moved(peerId: string): void {
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.outbox.reopen();
    peer.outbox.replace(this.#frame(peerId, peer));
  }

  lost(peerId: string): void {
    this.#peers.get(peerId)?.outbox.close();
    this.#peers.delete(peerId);
  }

  /** Our head changed: tell everybody, soon. */
  announce(): void {
    for (const announcer of this.#announcers) announcer.announce();
  }

  /** The heads that connected peers told last. */
  heads(): RangeHead[] {
    const heads: RangeHead[] = [];
    for (const [peerId, { head }] of this.#peers) {
      if (head !== undefined) heads.push({ peerId, height: head.height, oldest: head.oldest });
    }
    return heads;
  }

  /** The highest that a connected peer told; 0 where none did. */
  get highest(): number {
    let highest = 0;
    for (const { head } of this.#peers.values()) highest = Math.max(highest, head?.height ?? 0);
    return highest;
  }

  /** All that a connected peer told. */
  of(peerId: string): PeerStatus | undefined {
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return undefined;
    const now = this.#time();
    const { head, heardAt, clock, dialledUs } = peer;
    return { head, heardMs: now.elapsed - heardAt, clock: clock.offset(now), dialledUs };
  }

  #time(): ClockTime {
    return { wall: this.#options.now(), elapsed: performance.now() };
  }

  /** Those who take part in consensus, or the others. */
  #tell(voters: boolean): void {
    for (const [peerId, peer] of this.#peers) {
      if (this.#options.votes(peerId) !== voters) continue;
      peer.outbox.replace(this.#frame(peerId, peer));
    }
  }

  #tick(): void {
    const now = performance.now();
    for (const [peerId, { heardAt }] of this.#peers) {
      if (now - heardAt > SILENT_MS_MAX) this.#options.silent(peerId);
    }
    for (const announcer of this.#announcers) announcer.repeat(REPEAT_MS / 2);
    this.#setGauge();
  }

  #setGauge(): void {
    const offsets = [...this.#peers.values()].map(({ clock }) => clock.offset(this.#time()));
    const largest = Math.max(0, ...offsets.map((offset) => Math.abs(offset?.offsetMs ?? 0)));
    this.#options.metrics.clockOffset.set(largest);
  }

  #frame(peerId: string, { clock }: Peer): Uint8Array {
    const { chain, head, dialled } = this.#options;
    const { height: at, hash: hashed, oldest } = head();
    const { time: sent, echo } = clock.stamp(this.#time());
    const about = { time: sent, echo, dialled: dialled(peerId) };
    const status: Status = { version: 3, chain, height: at, hash: hashed, oldest, ...about };
    return frameOf(encode(statusSchema, status));
  }

  #received(peerId: string, message: Uint8Array): boolean {
    const status = decode(statusSchema, message, STATUS_BYTES_MAX);
    if (!status.ok) return false;
    const { chain, height: at, hash: hashed, oldest, time: sent, echo, dialled } = status.value;
    if (!equalBytes(chain, this.#options.chain)) {
      this.#options.wrongChain(peerId, chain);
      return true;
    }
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return true;
    const now = this.#time();
    peer.heardAt = now.elapsed;
    peer.clock.heard(sent, echo, now);
    peer.dialledUs = dialled;
    peer.head = { height: at, hash: hashed, oldest };
    this.#options.heard(peerId, peer.head);
    return true;
  }
}
