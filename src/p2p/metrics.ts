/** What the p2p room counts; label values are closed unions. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** Why an inbound connection was cut off. */
export type InboundRefusal = 'stranger' | 'handshake' | 'address_rate' | 'pending' | 'duplicates';
export type StreamName = 'consensus' | 'batches' | 'status' | 'range';
/** Why we reset a stream. */
export type ResetReason =
  | 'malformed'
  | 'too_large'
  | 'rate'
  | 'slow'
  | 'timeout'
  | 'stranger'
  | 'role';
/** Why a consensus message went nowhere. */
export type DropReason =
  | 'not_connected'
  | 'queue_full'
  | 'not_validator'
  | 'nobody_listens'
  | 'rate';
/** Why we closed a connection. */
export type CloseReason = 'wrong_chain' | 'silent' | 'removed';

export type P2pMetrics = ReturnType<typeof createP2pMetrics>;

const PREFIX = 'ztc_p2p_';

export function createP2pMetrics(registry: Registry) {
  const counter = <const L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({
      name: PREFIX + name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
    });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: PREFIX + name, help, registers: [registry] });
  return {
    peers: gauge('peers', 'Peers that are connected'),
    clockOffset: gauge('clock_offset_max_ms', "The largest difference of a peer's clock from ours"),
    inboundRefused: counter('inbound_refused_total', 'Inbound connections cut off', ['reason']),
    dials: counter('dials_total', 'Dials by result', ['result']),
    closed: counter('connections_closed_total', 'Connections that we closed', ['reason']),
    resets: counter('stream_resets_total', 'Streams that we reset', ['stream', 'reason']),
    consensusSent: counter('consensus_sent_total', 'Consensus messages queued for a peer', []),
    consensusReceived: counter('consensus_received_total', 'Consensus messages heard', []),
    consensusDropped: counter('consensus_dropped_total', 'Consensus messages dropped', ['reason']),
    batchesPublished: counter('batches_published_total', 'Batches given to gossip', ['result']),
    batchesReceived: counter('batches_received_total', 'Batches by judgement', ['result']),
    batchesPassedOn: counter('batches_passed_on_total', 'Good batches, passed on or not', [
      'result',
    ]),
    rangesServed: counter('ranges_served_total', 'Block ranges asked of us', ['result']),
    rangesFetched: counter('ranges_fetched_total', 'Block ranges asked of peers', ['result']),
    syncActive: gauge('sync_active', 'Whether block sync is catching up'),
    syncBlocks: counter('sync_blocks_total', 'Blocks imported by sync', []),
    syncPenalties: counter('sync_penalties_total', 'Peers not asked for a while', ['reason']),
  };
}
