/** A process beside the nodes that loads, asks or listens: each order gets one report. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export class Child<Order extends object, Report> {
  readonly #name: string;
  readonly #child;
  readonly #exit: Promise<void>;

  /** @param name of its folder */
  private constructor(name: string) {
    this.#name = name;
    this.#child = fork(path.join(import.meta.dirname, name, 'main.ts'), {
      // JSON has no NaN.
      serialization: 'advanced',
      // Profiles are of nodes, and so is what keeps them small.
      execArgv: process.execArgv.filter(
        (word) => !/^--(cpu-prof|max-semi-space|no-parallel|heap-growing|expose)/.test(word),
      ),
    });
    this.#exit = once(this.#child, 'exit').then(() => {});
  }

  /** Starts one, for as long as `use` takes. */
  static async with<Order extends object, Report, T>(
    name: string,
    use: (child: Child<Order, Report>) => Promise<T>,
  ): Promise<T> {
    const child = new Child<Order, Report>(name);
    try {
      return await use(child);
    } finally {
      await child.#stop();
    }
  }

  /** To one that has ended nothing can be sent: who asks it for something hears of that. */
  send(order: Order): void {
    this.#child.send(order, () => {});
  }

  async ask(order: Order): Promise<Report> {
    this.send(order);
    return await this.heard();
  }

  /** What it says next. */
  async heard(): Promise<Report> {
    const answer = once(this.#child, 'message') as Promise<[Report]>;
    const [report] = (await Promise.race([answer, this.#exit])) ?? [];
    if (report === undefined) throw new Error(`the process ${this.#name} ended`);
    return report;
  }

  async #stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exit;
  }
}
