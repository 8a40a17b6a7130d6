/**
 * One life of a process: what it started dies with it. Nothing that a dead process waits for ever
 * comes, and a paused one (a stalled garbage collector, SIGSTOP) gets it all when it goes on.
 */
import type { Clock } from '../../src/consensus/ports.ts';
import { GENESIS_TIME } from './consortium.ts';
import type { Schedule } from './schedule.ts';

/** What a machine's clock shows: it drifts, and somebody may set it. */
export interface ClockSkew {
  offsetMs: number;
  /** 1 is exact. */
  readonly rate: number;
}

export class Run {
  readonly #schedule: Schedule;
  readonly #skew: ClockSkew;
  #alive = true;
  #paused: (() => void)[] | undefined;

  constructor(schedule: Schedule, skew: ClockSkew) {
    this.#schedule = schedule;
    this.#skew = skew;
  }

  get alive(): boolean {
    return this.#alive;
  }

  end(): void {
    this.#alive = false;
    this.#paused = undefined;
  }

  pause(): void {
    this.#paused ??= [];
  }

  resume(): void {
    const waiting = this.#paused ?? [];
    this.#paused = undefined;
    for (const act of waiting) this.enter(act);
  }

  /** Something happens to the process, now or when it goes on. */
  enter(act: () => void): void {
    if (!this.#alive) return;
    if (this.#paused === undefined) act();
    else this.#paused.push(act);
  }

  /** The disk or a peer answers after `ms`; never, to a dead process. */
  delayed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#schedule.after(ms, () => this.enter(resolve));
    });
  }

  /** What a process that died in the middle of a call gets. */
  never(): Promise<never> {
    return new Promise(() => {});
  }

  /** The machine's own, in whole ms. */
  readonly clock: Clock = {
    now: () =>
      Math.floor(GENESIS_TIME + this.#skew.offsetMs + this.#schedule.now * this.#skew.rate),
    after: (ms, callback) => this.#after(ms, callback),
  };

  /** Never set, but for its drift as good as the world's. */
  readonly elapsed: Clock = {
    now: () => this.#schedule.now * this.#skew.rate,
    after: (ms, callback) => this.#after(ms, callback),
  };

  #after(ms: number, callback: () => void): () => void {
    let wanted = true;
    this.#schedule.after(ms / this.#skew.rate, () =>
      this.enter(() => {
        if (wanted) callback();
      }),
    );
    return () => {
      wanted = false;
    };
  }
}
