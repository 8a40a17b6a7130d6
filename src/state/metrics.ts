/** What the state room counts. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Seconds; from a synced write of an empty block to a full block on a slow disk. */
const SECONDS_BUCKETS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

export type StateMetrics = ReturnType<typeof createStateMetrics>;

export function createStateMetrics(registry: Registry) {
  const registers = [registry];
  return {
    height: new Gauge({
      name: 'ztc_state_height',
      help: 'Height of the final head',
      registers,
    }),
    transactions: new Counter({
      name: 'ztc_state_transactions_total',
      help: 'Transactions in final blocks, by what executing them gave',
      labelNames: ['result'] as const,
      registers,
    }),
    judgements: new Counter({
      name: 'ztc_state_judgements_total',
      help: 'Blocks judged, by judgement',
      labelNames: ['judgement'] as const,
      registers,
    }),
    overlays: new Gauge({
      name: 'ztc_state_overlays',
      help: 'Checked blocks above the final head',
      registers,
    }),
    replayWindow: new Gauge({
      name: 'ztc_state_replay_window_ids',
      help: 'Transaction ids kept until they expire',
      registers,
    }),
    checkSeconds: new Histogram({
      name: 'ztc_state_check_seconds',
      help: 'Time to judge a block, with executing its parent where that was due',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'ztc_state_commit_seconds',
      help: 'Time to make a block final, with the synced write',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
  };
}
