/**
 * Latencies of the transactions that were due within a span, from when each was due. One that
 * nobody heard of again counts with its age: what never comes must not make the others look good.
 */
import { percentile, rounded } from '../statistics.ts';
import type { Span } from './plan.ts';

export class Latencies {
  /** When each was due, by name, oldest first. */
  readonly #underWay = new Map<string, number>();
  /** Of those that are settled and were due since `begin`; NaN where one was refused. */
  #due: number[] = [];
  #took: number[] = [];
  #from = 0;

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

  begin(at: number): void {
    this.#from = at;
    [this.#due, this.#took] = [[], []];
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
    const all = [...taken, ...ages];
    return {
      seconds: rounded((to - this.#from) / 1_000),
      offered: within.length + ages.length,
      refused: within.length - taken.length,
      unsettled: ages.length,
      p50Ms: all.length === 0 ? Number.NaN : percentile(all, 0.5),
      p99Ms: all.length === 0 ? Number.NaN : percentile(all, 0.99),
    };
  }

  #settle(name: string, due: number, took: number): void {
    this.#underWay.delete(name);
    if (due < this.#from) return;
    this.#due.push(due);
    this.#took.push(took);
  }
}
