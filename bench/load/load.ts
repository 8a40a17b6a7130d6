/** The load generator as a scenario sees it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { LoadPlan, Order, Report, Run, Span } from './plan.ts';

export class LoadGenerator {
  readonly #child;
  readonly #exit: Promise<void>;

  private constructor() {
    this.#child = fork(path.join(import.meta.dirname, 'main.ts'), {
      // JSON has no NaN.
      serialization: 'advanced',
      // Profiles are of nodes, and so is the small young generation, which costs time here.
      execArgv: process.execArgv.filter((word) => !/^--(cpu-prof|max-semi-space)/.test(word)),
    });
    this.#exit = once(this.#child, 'exit').then(() => {});
  }

  /** Starts one, for as long as `use` takes. */
  static async with<T>(plan: LoadPlan, use: (load: LoadGenerator) => Promise<T>): Promise<T> {
    const load = new LoadGenerator();
    try {
      await load.#ask({ type: 'plan', plan });
      return await use(load);
    } finally {
      await load.#stop();
    }
  }

  /** Returns when it has signed enough and begins to send, instead of what it sent before. */
  async run(run: Run): Promise<void> {
    await this.#ask({ type: 'run', run });
  }

  begin(): void {
    this.#send({ type: 'begin' });
  }

  /** Of the time since `begin`, when what was due in it is final or ten more seconds are over. */
  async end(): Promise<Span> {
    const report = await this.#ask({ type: 'end' });
    if (report.type !== 'span') throw new Error('the load generator answered something else');
    return report.span;
  }

  /** Returns when what was sent is final, or ten seconds are over. */
  async pause(): Promise<void> {
    await this.#ask({ type: 'pause' });
  }

  async #stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exit;
  }

  /** To one that has ended nothing can be sent: who asks it for something hears of that. */
  #send(order: Order): void {
    this.#child.send(order, () => {});
  }

  async #ask(order: Order): Promise<Report> {
    this.#send(order);
    const answer = once(this.#child, 'message') as Promise<[Report]>;
    const [report] = (await Promise.race([answer, this.#exit])) ?? [];
    if (report === undefined) throw new Error('the load generator ended');
    return report;
  }
}
