/**
 * Latencies of the transactions that were due within a span, from when each was due. One that
 * nobody heard of again counts with its age: what never comes must not make the others look good.
 */
import { percentile, rounded } from '../statistics.ts';
import type { Span } from './plan.ts';

export class Latencies {
  /** When each was due, by name, oldest first. */
  readonly #underWay = new Map<string, number>();
  readonly #series = new Map<string, Series>();
  /** Of those that are settled and were due since `begin`; NaN where one was refused. */
  #due: number[] = [];
  #took: number[] = [];
  #from = 0;
  #into: Series = new Series();

  get underWay(): number {
    return this.#underWay.size;
  }

  sent(name: string, due: number): void {
    this.#underWay.set(name, due);
  }

  final(name: string, at: number): void {
    const due = this.#underWay.get(name);
    if (due !== undefined) this.#settle(name, due, at - due);
  }

  refused(name: string): void {
    const due = this.#underWay.get(name);
    if (due !== undefined) this.#settle(name, due, Number.NaN);
  }

  /** @param series spans of one name are summed up together; without a name each by itself */
  begin(at: number, series?: string): void {
    this.#from = at;
    [this.#due, this.#took] = [[], []];
    this.#into = (series && this.#series.get(series)) || new Series();
    if (series !== undefined) this.#series.set(series, this.#into);
  }

  /** Whether nothing is under way that was due before. */
  settledBefore(time: number): boolean {
    const [oldest] = this.#underWay.values();
    return oldest === undefined || oldest >= time;
  }

  /** @param now when waiting ended */
  span(to: number, now: number): Span {
    const within = this.#took.filter((_, i) => (this.#due[i] as number) < to);
    const taken = within.filter((took) => !Number.isNaN(took));
    const ages = [...this.#underWay.values()]
      .filter((due) => due >= this.#from && due < to)
      .map((due) => now - due);
    return this.#into.with({
      seconds: (to - this.#from) / 1_000,
      refused: within.length - taken.length,
      taken,
      ages,
    });
  }

  #settle(name: string, due: number, took: number): void {
    this.#underWay.delete(name);
    if (due < this.#from) return;
    this.#due.push(due);
    this.#took.push(took);
  }
}

/** Spans that are summed up together. */
class Series {
  #seconds = 0;
  #refused = 0;
  #unsettled = 0;
  readonly #took: number[] = [];

  /** All of them and one more. */
  with(span: {
    readonly seconds: number;
    readonly refused: number;
    readonly taken: readonly number[];
    readonly ages: readonly number[];
  }): Span {
    this.#seconds += span.seconds;
    this.#refused += span.refused;
    this.#unsettled += span.ages.length;
    for (const took of [...span.taken, ...span.ages]) this.#took.push(took);
    const all = this.#took;
    return {
      seconds: rounded(this.#seconds),
      offered: all.length + this.#refused,
      refused: this.#refused,
      unsettled: this.#unsettled,
      p50Ms: all.length === 0 ? Number.NaN : percentile(all, 0.5),
      p99Ms: all.length === 0 ? Number.NaN : percentile(all, 0.99),
    };
  }
}
