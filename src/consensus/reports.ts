/** What the core only tells: counted, logged, kept for who asks, and passed on to block sync. */
import type { Logger } from 'pino';
import type { Effect, Evidence, NullifyReason } from './core/effect.ts';
import type { CoreState } from './core/state.ts';
import type { ConsensusMetrics, DropReason } from './metrics.ts';

/** Contradictions kept to show; more of them say nothing new about who is at fault. */
const EVIDENCE_MAX = 64;
/** Pause between two calls for block sync that ask for nothing new. */
const BEHIND_PAUSE_MS = 1_000;

export type ReportEffect = Extract<
  Effect,
  { type: 'evidence' | 'behind' | 'diverged' | 'entered' | 'nullified' }
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
  #evidence: Evidence[] = [];
  #givenUp: { readonly view: number; readonly reason: NullifyReason } | undefined;

  constructor({ core, metrics, log }: ReportsOptions) {
    this.#core = core;
    this.#metrics = metrics;
    this.#log = log;
  }

  /** The latest contradictions. */
  get evidence(): readonly Evidence[] {
    return this.#evidence;
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
      case 'evidence':
        this.#noteEvidence(effect.evidence);
        break;
      case 'behind':
        this.#callForSync(effect.height);
        break;
      case 'diverged': {
        const { height } = effect.block.header;
        this.#log.error({ height, judgement: effect.judgement }, 'diverged: stopped voting');
        break;
      }
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

  #noteEvidence(evidence: Evidence): void {
    const { kind, second } = evidence;
    this.#metrics?.evidence.inc({ kind });
    const member = this.#core().validators[second.validator]?.member;
    this.#log.warn({ member, kind, view: second.view }, 'a validator contradicts itself');
    this.#evidence.push(evidence);
    if (this.#evidence.length > EVIDENCE_MAX) this.#evidence.shift();
  }
}
