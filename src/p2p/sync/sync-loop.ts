/**
 * Catches up by block ranges. Starts when a peer's head stays ahead of ours for a while (consensus
 * alone would have brought us there), or when consensus says that it is behind. Asks one peer at a
 * time, for the next range while one is imported; goes on to the next peer when one fails, leaves
 * one that sent bad data alone for a while, and ends when none in good standing is ahead. Observers
 * and joiners live on it entirely.
 */
import type { Logger } from 'pino';
import type { Result } from '../../common/result.ts';
import type { Clock } from '../../consensus/ports.ts';
import type { P2pMetrics } from '../metrics.ts';
import type { RangeCode } from './range-client.ts';
import type { RangeBlock } from './range-messages.ts';

/** How long a validator gives consensus to bring a block that a peer has already. */
export const VALIDATOR_GRACE_MS = 1_500;
/** An observer has no other way to blocks; this only lets some come together. */
export const OBSERVER_GRACE_MS = 50;
/** After wrong blocks, or none where it claims to have some: others can serve. */
const BAD_DATA_MS = 60_000;
/** After silence: the peer may be busy, or just starting. */
const UNAVAILABLE_MS = 3_000;
/** Nobody could help: try again then. */
const RETRY_MS = 1_000;
/** Refusals of an import that are about this node, not about the blocks. */
const OWN_REFUSALS: readonly string[] = ['SYNC_BUSY', 'SYNC_DIVERGED', 'ENGINE_STOPPED'];
/** Further behind than this counts as syncing; closer, as following. */
const SYNCING_BLOCKS = 8;
/** What waits elsewhere is final before we get there: transactions are not listened to. */
const DEAF_BLOCKS = 1_000;

export interface RangeHead {
  readonly peerId: string;
  readonly height: number;
  /** The lowest block after the genesis that it keeps whole. */
  readonly oldest: number;
}

/** What the loop needs from p2p. */
export interface RangePeers {
  /** Connected peers, the heights of their final heads and of the oldest blocks they have. */
  heads(): readonly RangeHead[];
  fetch(peerId: string, from: number): Promise<Result<readonly RangeBlock[], RangeCode>>;
  /** Hears that some peer's head changed; returns how to stop hearing. */
  onHead(listener: () => void): () => void;
}

export interface SyncLoopOptions {
  readonly peers: RangePeers;
  /** Height of our own final head. */
  readonly height: () => number;
  /** Checks and finalizes blocks; a failure is the sending peer's fault, but for a few codes. */
  readonly importRange: (blocks: readonly RangeBlock[]) => Promise<Result<{ height: number }>>;
  /** Hears of a range that is to be imported after the one at work. */
  readonly prepareRange: (blocks: readonly RangeBlock[]) => void;
  /** How long a head ahead of ours is left to consensus, as things stand. */
  readonly graceMs: () => number;
  /** One that never goes back. */
  readonly clock: Clock;
  /** From 0 up to, not including, 1: spreads what is asked over peers. */
  readonly random: () => number;
  readonly metrics: P2pMetrics;
  readonly log: Logger;
}

export interface SyncStatus {
  /** Catching up from far behind. */
  readonly active: boolean;
  /** The highest height that a peer in good standing, or consensus, named. */
  readonly target: number;
  /** All who are ahead of us have pruned the block that we need next. */
  readonly pruned: boolean;
}

/** A range that is on its way. */
interface Asked {
  readonly peer: string;
  readonly from: number;
  readonly answer: ReturnType<RangePeers['fetch']>;
}

export class SyncLoop {
  readonly #options: SyncLoopOptions;
  /** Until when a peer is not asked, in ms of the clock. */
  readonly #penalties = new Map<string, number>();
  #unhear: (() => void) | undefined;
  /** Stops the timer that is set. */
  #cancel: (() => void) | undefined;
  #running = false;
  #stopped = true;
  /** What consensus knows to be final somewhere. */
  #wanted = 0;
  /** Served last: goes on with whoever answered well. */
  #last: string | undefined;

  constructor(options: SyncLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#unhear = this.#options.peers.onHead(() => this.#noticed());
    this.#noticed();
  }

  stop(): void {
    this.#stopped = true;
    this.#unhear?.();
    this.#cancel?.();
  }

  /** Consensus saw a finalization of a height that it can't reach by itself. */
  behind(height: number): void {
    this.#wanted = Math.max(this.#wanted, height);
    this.#run();
  }

  status(): SyncStatus {
    const height = this.#options.height();
    const target = Math.max(this.#target(), height);
    const pruned = this.#ahead(height).length > 0 && this.#candidates(height).length === 0;
    return { active: target - height > SYNCING_BLOCKS, target, pruned };
  }

  /** So far behind that transactions of now can't be judged, and are of no use. */
  get isFarBehind(): boolean {
    return this.#running && this.#target() - this.#options.height() > DEAF_BLOCKS;
  }

  #target(): number {
    const heights = this.#ahead(-1).map(({ height }) => height);
    return Math.max(this.#wanted, ...heights);
  }

  /** A head above ours: if we don't reach it by ourselves in time, run. */
  #noticed(): void {
    const target = this.#target();
    if (this.#stopped || this.#running || this.#cancel || target <= this.#options.height()) return;
    this.#later(this.#options.graceMs(), target);
  }

  #later(ms: number, target: number): void {
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#cancel = undefined;
      if (this.#options.height() < target) this.#run();
      else this.#noticed();
    });
  }

  #run(): void {
    if (this.#stopped || this.#running) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#running = true;
    this.#options.metrics.syncActive.set(1);
    this.#catchUp()
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'block sync failed'))
      .finally(() => {
        this.#running = false;
        this.#options.metrics.syncActive.set(0);
        const target = this.#target();
        // Nobody could help now; that may change without anybody telling us.
        if (!this.#stopped && target > this.#options.height()) this.#later(RETRY_MS, target);
      });
  }

  async #catchUp(): Promise<void> {
    const { height, metrics, log } = this.#options;
    let next = this.#first();
    while (next !== undefined && !this.#stopped) {
      const { peer, from, answer } = next;
      const range = await answer;
      if (this.#stopped) return;
      next = undefined;
      if (!range.ok) {
        this.#penalize(peer, range.code === 'RANGE_UNAVAILABLE' ? 'unavailable' : 'bad_data');
      } else {
        // The next one comes while this one is imported.
        const ahead = this.#askOn(peer, from + range.value.length);
        const imported = await this.#options.importRange(range.value);
        // Consensus may have been faster, and the range no longer fit through no fault of the peer.
        const moved = height() >= from;
        if (imported.ok) metrics.syncBlocks.inc(range.value.length);
        else log.debug({ peer, code: imported.code, reason: imported.message }, 'range refused');
        if (!imported.ok && OWN_REFUSALS.includes(imported.code)) return;
        if (moved) this.#last = peer;
        else this.#penalize(peer, 'bad_data');
        if (imported.ok && moved) next = ahead;
      }
      next ??= this.#first();
    }
  }

  /** Asks for what follows our own head; undefined when nobody is ahead of us. */
  #first(): Asked | undefined {
    const from = this.#options.height() + 1;
    const peer = this.#pick();
    return peer === undefined ? undefined : this.#ask(peer, from);
  }

  /** Asks a peer that answered well for what follows, if it has that. */
  #askOn(peer: string, from: number): Asked | undefined {
    const has = this.#candidates(from - 1).some(({ peerId }) => peerId === peer);
    if (!has) return undefined;
    const asked = this.#ask(peer, from);
    asked.answer.then(
      (range) => {
        if (range.ok && !this.#stopped) this.#options.prepareRange(range.value);
      },
      () => {}, // whoever waits for the answer hears of it
    );
    return asked;
  }

  #ask(peer: string, from: number): Asked {
    const answer = this.#options.peers.fetch(peer, from);
    answer.catch(() => {}); // if nobody needs it any more
    return { peer, from, answer };
  }

  /** Peers that may be asked for the block after `height`. */
  #candidates(height: number): RangeHead[] {
    return this.#ahead(height).filter(({ oldest }) => oldest <= height + 1);
  }

  /** Peers in good standing that are above `height`. */
  #ahead(height: number): RangeHead[] {
    const now = this.#options.clock.now();
    const heads = this.#options.peers.heads();
    for (const [peerId, until] of this.#penalties) if (until <= now) this.#penalties.delete(peerId);
    return heads.filter((head) => head.height > height && !this.#penalties.has(head.peerId));
  }

  /** Whoever served last, else any; undefined when nobody is ahead of us. */
  #pick(): string | undefined {
    const candidates = this.#candidates(this.#options.height());
    const again = candidates.find(({ peerId }) => peerId === this.#last);
    const any = candidates[Math.floor(this.#options.random() * candidates.length)];
    return (again ?? any)?.peerId;
  }

  #penalize(peerId: string, reason: 'bad_data' | 'unavailable'): void {
    const ms = reason === 'bad_data' ? BAD_DATA_MS : UNAVAILABLE_MS;
    this.#penalties.set(peerId, this.#options.clock.now() + ms);
    if (this.#last === peerId) this.#last = undefined;
    this.#options.metrics.syncPenalties.inc({ reason });
    this.#options.log.debug({ peer: peerId, reason }, 'peer not asked for blocks for a while');
  }
}
