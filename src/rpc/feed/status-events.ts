/**
 * The topics `consensus` and `sync`: what is so at this node now, told to who joins and then when
 * it has changed. Nobody looks while nobody listens.
 */
import { isSyncing, type RpcContext } from '../context.ts';
import { FEED_STATUS_MS } from '../limits.ts';
import { LIVE_TOPICS, type LiveTopic } from './events.ts';

/** What is so now, by topic. */
export type StatusReport = (topic: LiveTopic) => object;

/** Told of an event: its topic, and its data as JSON. */
type Tell = (topic: LiveTopic, json: string) => void;

export function statusReport(context: RpcContext): StatusReport {
  const { consensus, heardHeight, ledger } = context;
  const reports: { readonly [T in LiveTopic]: () => object } = {
    consensus: () => {
      const { epoch, view, leader, height, unfinalized, voting, diverged } = consensus();
      return { epoch, view, leader: leader ?? null, height, unfinalized, voting, diverged };
    },
    sync: () => {
      const { height } = ledger.head.header;
      return { height, heard: Math.max(height, heardHeight()), syncing: isSyncing(context) };
    },
  };
  return (topic) => reports[topic]();
}

export class StatusEvents {
  readonly #report: StatusReport;
  readonly #tell: Tell;
  readonly #told = new Map<LiveTopic, string>();
  #listeners = 0;
  #looking: ReturnType<typeof setInterval> | undefined;

  /** @param tell hears of what has changed */
  constructor(report: StatusReport, tell: Tell) {
    this.#report = report;
    this.#tell = tell;
  }

  /** Tells one client how things stand; gives what ends its listening. */
  join(topics: ReadonlySet<LiveTopic>, tell: Tell): () => void {
    if (topics.size === 0) return () => {};
    this.#look();
    for (const topic of topics) tell(topic, this.#told.get(topic) ?? '{}');
    this.#listeners++;
    this.#looking ??= setInterval(() => this.#look(), FEED_STATUS_MS).unref();
    return () => {
      this.#listeners--;
      if (this.#listeners === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #look(): void {
    for (const topic of LIVE_TOPICS) {
      const json = JSON.stringify(this.#report(topic));
      if (this.#told.get(topic) === json) continue;
      this.#told.set(topic, json);
      this.#tell(topic, json);
    }
  }
}
