/** What is looked at to say why the chain goes on or not: all of one moment. */
import type { ConsensusStatus, ValidatorStatus } from '../../consensus/status.ts';
import { DELAYED_HEARTBEATS } from '../../ledger/parameters.ts';
import type { PeerInfo, Reach } from '../../p2p/p2p.ts';

export interface Facts {
  readonly consensus: ConsensusStatus;
  /** Whether this node has a validator key. */
  readonly validator: boolean;
  /** Members whose voting key waits for their node's word that it is ready. */
  readonly notReady: readonly string[];
  readonly sync: {
    readonly active: boolean;
    /** The highest final head that peers told. */
    readonly target: number;
    /** All of those have pruned the block that comes next here. */
    readonly pruned: boolean;
    /** Final blocks of the last seconds. */
    readonly blocksPerSecond: number;
  };
  readonly peers: readonly PeerInfo[];
  readonly reach: Reach;
}

/** Whoever is alive says something within a heartbeat; this much later it counts as silent. */
const SILENT_MS = 10_000;

export interface Heard {
  readonly validator: ValidatorStatus;
  readonly peer: PeerInfo | undefined;
  readonly heard: boolean;
  /** Since its last word; undefined: none since the start. */
  readonly ms: number | undefined;
}

/** Each validator, and whether it is heard: connected, and not silent for long. */
export function heardOf({ consensus, validator: votes, peers, reach }: Facts): Heard[] {
  const limit = consensus.heartbeatMs + SILENT_MS;
  // Only a validator's node hears votes from the start; and nobody has spoken right after it.
  const statusCounts = !votes || reach.upMs < limit;
  return consensus.validators.map((validator) => {
    const peer = peers.find(({ member }) => member === validator.member);
    const told = statusCounts ? peer?.heardMs : undefined;
    const spoken = [validator.heardMs ?? undefined, told].filter((ms) => ms !== undefined);
    const ms = spoken.length === 0 ? undefined : Math.min(...spoken);
    const heard = validator.self || (peer?.connected === true && ms !== undefined && ms <= limit);
    return { validator, peer, heard, ms };
  });
}

/** No block became final for so long although there was something to do. */
export function isStopped({ consensus }: Facts): boolean {
  const { working, headMs, heartbeatMs, viewTimeoutMs } = consensus;
  const patience = Math.max(DELAYED_HEARTBEATS * heartbeatMs, 2 * viewTimeoutMs);
  return working && headMs > patience;
}
