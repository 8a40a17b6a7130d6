/** What the core only tells: counted, logged, kept for who asks, and passed on to block sync. */
import type { Logger } from 'pino';
import type { Effect, NullifyReason } from './core/effect.ts';
import type { CoreState } from './core/state.ts';
import type { ConsensusMetrics, DropReason } from './metrics.ts';

/** Pause between two calls for block sync that ask for nothing new. */
const BEHIND_PAUSE_MS = 1_000;

export type ReportEffect = Extract<
  Effect,
  { type: 'behind' | 'diverged' | 'agreed' | 'entered' | 'nullified' }
>;

export interface ReportsOptions {
  /** The core of the current epoch. */
  readonly core: () => CoreState;
  readonly metrics: ConsensusMetrics | undefined;
  readonly log: Logger;
}

export class Reports {
  readonly #core: () => CoreState;
  readonly #metrics: ConsensusMetrics | undefined;
  readonly #log: Logger;
  readonly #listeners = new Set<(height: number) => void>();
  #behind = { height: 0, at: Number.NEGATIVE_INFINITY };
  #givenUp: { readonly view: number; readonly reason: NullifyReason } | undefined;

  constructor({ core, metrics, log }: ReportsOptions) {
    this.#core = core;
    this.#metrics = metrics;
    this.#log = log;
  }

  /** The latest view that this node gave up, and why. */
  get givenUp(): { readonly view: number; readonly reason: NullifyReason } | undefined {
    return this.#givenUp;
  }

  onBehind(listener: (height: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(effect: ReportEffect): void {
    switch (effect.type) {
      case 'behind':
        this.#callForSync(effect.height);
        break;
      case 'diverged': {
        const { height } = effect.block.header;
        this.#log.error({ height, judgement: effect.judgement }, 'diverged: stopped voting');
        break;
      }
      case 'agreed':
        this.#log.warn('state is that of the others again: votes go on');
        break;
      case 'entered':
        this.#metrics?.view.set(effect.view);
        break;
      case 'nullified':
        this.#givenUp = { view: effect.view, reason: effect.reason };
        this.#metrics?.nullified.inc({ reason: effect.reason });
        this.#log.debug({ view: effect.view, reason: effect.reason }, 'gave a view up');
        break;
    }
  }

  /** @param waiting messages in the inbox */
  gauge(waiting: number): void {
    if (this.#metrics === undefined) return;
    const { head, tip, voting } = this.#core();
    const { height } = head.header;
    this.#metrics.height.set(height);
    this.#metrics.unfinalized.set(Math.max(0, (tip?.height ?? height) - height));
    this.#metrics.voting.set(voting ? 1 : 0);
    this.#metrics.queue.set(waiting);
  }

  dropped(from: string | undefined, reason: DropReason, detail?: string): void {
    this.#metrics?.dropped.inc({ reason });
    this.#log.debug({ from, reason, detail }, 'dropped what a peer sent');
  }

  #callForSync(height: number): void {
    const at = this.#core().elapsed;
    if (height <= this.#behind.height && at - this.#behind.at < BEHIND_PAUSE_MS) return;
    this.#behind = { height, at };
    for (const listener of this.#listeners) listener(height);
  }
}
