/** Sends what is due, and hears what became of it. */
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { Latencies } from './latencies.ts';
import type { LoadPlan, Run, Span } from './plan.ts';
import { Schedule } from './schedule.ts';
import { type LoadedSystem, type Made, post } from './system.ts';

/** Of our public listener, and in the peers' configuration. */
const BATCH_MAX = 100;
/** What is not final by then counts as unsettled. */
const SETTLE_MS = 10_000;
const POLL_MS = 20;
/** Signed at a stretch: some tens of milliseconds. */
const TURN = 256;
/** What was signed for an earlier run is good for another one until then; it expires later. */
const KEPT_MS = 240_000;

export class Generator {
  readonly #system: LoadedSystem;
  readonly #plan: LoadPlan;
  readonly #latencies = new Latencies();
  #ready: Made[] = [];
  /** When the oldest of them was signed, or before. */
  #signedAt = 0;
  /** Changes with every run: who sees another one has been replaced. */
  #running = {};
  #turn = 0;

  constructor(system: LoadedSystem, plan: LoadPlan) {
    this.#system = system;
    this.#plan = plan;
    system.watch(plan.watched, (names, at) => {
      for (const name of names) this.#latencies.final(name, at);
    });
  }

  /** Signs, and returns when it has begun to send. */
  async run(run: Run): Promise<void> {
    const now = performance.now();
    if (now - this.#signedAt > KEPT_MS) [this.#ready, this.#signedAt] = [[], now];
    while (this.#ready.length < run.presigned) {
      this.#ready.push(this.#system.make());
      // The feed that is being opened must not wait until its server gives up.
      if (this.#ready.length % TURN === 0) await immediate();
    }
    this.#running = {};
    this.#send(run, this.#running).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  }

  async pause(): Promise<void> {
    this.#running = {};
    await this.#settled(performance.now());
  }

  begin(series: string | undefined): void {
    this.#latencies.begin(performance.now(), series);
  }

  /** Of the time since `begin`, when what was due in it is settled; the load goes on meanwhile. */
  async end(): Promise<Span> {
    const to = performance.now();
    await this.#settled(to);
    return this.#latencies.span(to, performance.now());
  }

  async #settled(before: number): Promise<void> {
    const deadline = performance.now() + SETTLE_MS;
    while (!this.#latencies.settledBefore(before) && performance.now() < deadline) {
      await sleep(POLL_MS);
    }
  }

  async #send({ loop, batch = BATCH_MAX }: Run, running: object): Promise<void> {
    const schedule = new Schedule(loop, performance.now());
    while (this.#running === running) {
      const { times, pauseMs } = schedule.due(performance.now(), this.#latencies.underWay);
      for (let i = 0; i < times.length; i += batch) this.#request(times.slice(i, i + batch));
      await sleep(pauseMs);
    }
  }

  #request(times: readonly number[]): void {
    const { targets } = this.#plan;
    const batch = times.map((due) => {
      const made = this.#ready.pop() ?? this.#system.make();
      this.#latencies.sent(made.name, due);
      return made;
    });
    const url = targets[this.#turn++ % targets.length] as string;
    post(url, this.#system.path, this.#system.body(batch)).then(
      (answer) => {
        const places = this.#system.refused(answer, batch.length);
        this.#refused(places.map((place) => batch[place] as Made));
      },
      () => this.#refused(batch),
    );
  }

  /** They come again as others: their ids are unused. */
  #refused(batch: readonly Made[]): void {
    for (const made of batch) {
      this.#latencies.refused(made.name);
      this.#ready.push(made);
    }
  }
}
