/** The load generator as a scenario sees it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { toHex } from '../../src/common/bytes.ts';
import type { Consortium } from '../consortium.ts';
import type { LoadPlan, Loop, Order, Report, Span } from './plan.ts';

export interface LoadOptions {
  readonly loop: Loop;
  /** Members that it talks to; the first one's blocks count. */
  readonly targets: readonly string[];
  readonly presigned: number;
}

export class LoadGenerator {
  readonly #child;
  readonly #exit: Promise<void>;

  private constructor() {
    this.#child = fork(path.join(import.meta.dirname, 'main.ts'), {
      // Profiles are of nodes.
      execArgv: process.execArgv.filter((word) => !word.startsWith('--cpu-prof')),
    });
    this.#exit = once(this.#child, 'exit').then(() => {});
  }

  /** Returns when it has signed enough and begins to send. */
  static async start(consortium: Consortium, options: LoadOptions): Promise<LoadGenerator> {
    const { signer, folder } = consortium;
    const targets = options.targets.map((name) => consortium.rpc(name));
    const plan: LoadPlan = {
      loop: options.loop,
      chain: toHex(signer.chain),
      publisher: signer.publisher,
      keyFile: folder.publisherKey,
      targets,
      watched: targets[0] as string,
      presigned: options.presigned,
    };
    const load = new LoadGenerator();
    await load.#ask({ type: 'plan', plan });
    return load;
  }

  begin(): void {
    this.#child.send({ type: 'begin' } satisfies Order);
  }

  /** Of the time since `begin`. */
  async end(): Promise<Span> {
    const report = await this.#ask({ type: 'end' });
    if (report.type !== 'span') throw new Error('the load generator answered something else');
    return report.span;
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exit;
  }

  async #ask(order: Order): Promise<Report> {
    this.#child.send(order);
    const answer = once(this.#child, 'message') as Promise<[Report]>;
    const [report] = (await Promise.race([answer, this.#exit])) ?? [];
    if (report === undefined) throw new Error('the load generator ended');
    return report;
  }
}
