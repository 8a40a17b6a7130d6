/** What consensus counts. Label values are closed sets. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Why something that came in was dropped. */
export type DropReason =
  | 'decode'
  | 'signature'
  | 'foreign'
  | 'stale'
  | 'unwanted'
  | 'queue-full'
  | 'stranger';

/** From a few ms on a LAN to the cap of a view's timeout. */
const SECONDS_BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type ConsensusMetrics = ReturnType<typeof createConsensusMetrics>;

export function createConsensusMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter<Label>({ name: `ztc_consensus_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `ztc_consensus_${name}`, help, registers });
  return {
    view: gauge('view', 'Current view'),
    height: gauge('height', 'Height of the newest final block'),
    unfinalized: gauge('unfinalized_blocks', 'Blocks above the newest final one'),
    voting: gauge('voting', '1 if this node votes'),
    queue: gauge('queue_messages', 'Messages waiting to be looked at'),
    finalized: counter('finalized_blocks_total', 'Blocks made final'),
    nullified: counter('nullified_views_total', 'Views given up by this node', 'reason'),
    votes: counter('votes_total', 'Votes signed by this node', 'kind'),
    received: counter('messages_received_total', 'Messages looked at', 'kind'),
    dropped: counter('dropped_total', 'Things dropped unused', 'reason'),
    evidence: counter('evidence_total', 'Contradicting votes seen', 'kind'),
    guardRefused: counter('guard_refused_total', 'Signatures that the guard refused', 'code'),
    walBytes: counter('wal_bytes_total', 'Bytes appended to the log'),
    walSeconds: new Histogram({
      name: 'ztc_consensus_wal_seconds',
      help: 'Time of an append with its sync',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    finalizeSeconds: new Histogram({
      name: 'ztc_consensus_finalize_seconds',
      help: 'Time of writing final blocks and their state',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
  };
}
