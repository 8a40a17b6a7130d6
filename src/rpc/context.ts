/** What the RPC reads from the rest of the node. */
import type { Json } from '../common/codec/index.ts';
import type { Attested } from '../ledger/attestation.ts';
import type { Evidence } from '../ledger/evidence.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { Ledger } from '../state/ledger.ts';
import { SYNCING_LAG_BLOCKS } from './limits.ts';
import type { ResultOf } from './schema/index.ts';

/** The typed reads over a state reader; the functions of `src/state/queries.ts`. */
export type Queries = typeof import('../state/queries.ts');

/** The part of the engine's status that is shown. */
export interface ConsensusReport {
  readonly epoch: number;
  readonly view: number;
  /** Member id. */
  readonly leader: string | undefined;
  readonly height: number;
  readonly unfinalized: number;
  readonly voting: boolean;
  readonly diverged: boolean;
}

/** Why the chain goes on or not, with what it was seen by. */
export type ConsensusExplained = ResultOf<'node_consensus'>;

/** A validator that contradicted itself. */
export interface EvidenceReport {
  readonly member: string;
  /** Its voting key. */
  readonly key: Uint8Array;
  /** By this node's clock, ms since 1970 UTC. */
  readonly seenAt: number;
  readonly evidence: Evidence;
}

/** The part of a peer that is shown. */
export interface PeerReport {
  readonly peerId: string;
  readonly member?: string | undefined;
  readonly role?: string | undefined;
  readonly connected: boolean;
  readonly address?: string | undefined;
  readonly direction?: string | undefined;
  readonly head?: { readonly height: number; readonly hash: Uint8Array } | undefined;
  readonly heardMs?: number | undefined;
  readonly clock?:
    | { readonly offsetMs: number; readonly uncertaintyMs: number; readonly roundTripMs: number }
    | undefined;
  readonly problem?:
    | { readonly code: string; readonly text: string; readonly agoMs: number }
    | undefined;
  readonly reachedUs?: boolean | undefined;
}

export interface NodeReport {
  /** Signs with the node key, by which other nodes know this one. */
  attest(attested: Attested): { readonly nodeKey: Uint8Array; readonly signature: Uint8Array };
  /** Null: no member's node; it follows the chain. */
  readonly member: string | null;
  readonly role: string;
  readonly version: string;
  readonly peerId: string;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
}

export interface RpcContext {
  readonly ledger: Ledger;
  readonly queries: Queries;
  /** The mempool's door for our own clients. */
  readonly submit: Mempool['submit'];
  /** Whether the mempool has the transaction. */
  pending(id: Uint8Array): boolean;
  consensus(): ConsensusReport;
  explain(): ConsensusExplained;
  /** In the order in which it was seen; only ever appended to. */
  evidence(): readonly EvidenceReport[];
  peers(): readonly PeerReport[];
  /** How high the chain is by what connected peers told; 0 where none did. */
  heardHeight(): number;
  readonly node: NodeReport;
  /** The signed genesis and the node's own URL, for `GET /.well-known/ztc.json`. */
  wellKnown(): { readonly [name: string]: Json };
}

/** Whether peers are so far ahead that this node is catching up, not one block late. */
export function isSyncing({ ledger, heardHeight }: RpcContext): boolean {
  return heardHeight() > ledger.head.header.height + SYNCING_LAG_BLOCKS;
}
