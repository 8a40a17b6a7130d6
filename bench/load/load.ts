/** The load generator as a scenario sees it. */
import { Child } from '../child.ts';
import type { LoadPlan, Order, Report, Run, Span } from './plan.ts';

export class LoadGenerator {
  readonly #child: Child<Order, Report>;

  private constructor(child: Child<Order, Report>) {
    this.#child = child;
  }

  /** Starts one, for as long as `use` takes. */
  static async with<T>(plan: LoadPlan, use: (load: LoadGenerator) => Promise<T>): Promise<T> {
    return await Child.with<Order, Report, T>('load', async (child) => {
      await child.ask({ type: 'plan', plan });
      return await use(new LoadGenerator(child));
    });
  }

  /** Returns when it has signed enough and begins to send, instead of what it sent before. */
  async run(run: Run): Promise<void> {
    await this.#child.ask({ type: 'run', run });
  }

  /** @param series its spans are summed up together */
  begin(series?: string): void {
    this.#child.send({ type: 'begin', series });
  }

  /** Of the time since `begin`, when what was due in it is final or ten more seconds are over. */
  async end(): Promise<Span> {
    const report = await this.#child.ask({ type: 'end' });
    if (report.type !== 'span') throw new Error('the load generator answered something else');
    return report.span;
  }

  /** Returns when what was sent is final, or ten seconds are over. */
  async pause(): Promise<void> {
    await this.#child.ask({ type: 'pause' });
  }
}
