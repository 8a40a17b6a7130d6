/** What the mempool counts. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { Tally } from '../common/tally.ts';

/** Where a transaction came from. */
export type Door = 'rpc' | 'gossip';

export type MempoolMetrics = ReturnType<typeof createMempoolMetrics>;

export function createMempoolMetrics(registry: Registry) {
  const registers = [registry];
  const admitted = new Tally<Door>();
  new Counter({
    name: 'ztc_mempool_admitted_total',
    help: 'Transactions taken in, by where they came from',
    labelNames: ['door'] as const,
    registers,
    collect() {
      admitted.take((door, count) => this.inc({ door }, count));
    },
  });
  return {
    admitted,
    transactions: new Gauge({
      name: 'ztc_mempool_transactions',
      help: 'Transactions that wait',
      registers,
    }),
    bytes: new Gauge({
      name: 'ztc_mempool_bytes',
      help: 'Bytes of the transactions that wait',
      registers,
    }),
    refused: new Counter({
      name: 'ztc_mempool_refused_total',
      help: 'Transactions not taken in, by where they came from and why',
      labelNames: ['door', 'code'] as const,
      registers,
    }),
    dropped: new Counter({
      name: 'ztc_mempool_dropped_total',
      help: 'Transactions that left before they were final',
      labelNames: ['reason'] as const,
      registers,
    }),
    batches: new Counter({
      name: 'ztc_mempool_batches_total',
      help: 'Batches sealed here, or received and how they were judged',
      labelNames: ['result'] as const,
      registers,
    }),
    verifications: new Counter({
      name: 'ztc_mempool_verifications_total',
      help: 'Transactions whose signatures were checked, known, or being checked already',
      labelNames: ['how'] as const,
      registers,
    }),
  };
}
