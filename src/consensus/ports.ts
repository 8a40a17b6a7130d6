/**
 * What consensus needs from the rest of the house. The other rooms match these structurally;
 * `node.ts` joins them.
 */
import type { Block, Header } from '../ledger/block.ts';
import type { Parameters } from '../ledger/parameters.ts';
import type { ValidatorSet } from '../ledger/validators.ts';
import type { Certificate } from '../ledger/vote.ts';

/** The newest final block. */
export interface FinalHead {
  readonly header: Header;
  readonly hash: Uint8Array;
}

/** A validator-set period: validators and parameters stand still, and views count from 1. */
export interface Epoch {
  readonly number: number;
  readonly validators: ValidatorSet;
  readonly parameters: Parameters;
}

/** A block about to become final. */
export interface FinalBlock {
  readonly block: Block;
  /** Its own finalization, where it has one. */
  readonly certificate: Certificate | undefined;
}

/** What a leader fixes about the block that it asks for. */
export interface ProposalContext {
  readonly epoch: number;
  readonly view: number;
  /** Member id of the leader. */
  readonly proposer: string;
  /** Ledger time of the new block in ms; at least the parent's. */
  readonly time: number;
  /** True: without transactions (closing, heartbeat, or too many unfinalized blocks). */
  readonly empty: boolean;
}

/**
 * `valid`: may be accepted. `invalid`: nullify. `unknown-parent`: it was never checked here.
 * `diverged`: everything holds but the roots that name the parent's state and results.
 */
export type BlockJudgement = 'valid' | 'invalid' | 'unknown-parent' | 'diverged';

/** The replicated state machine. `check` and `propose` are synchronous and deterministic. */
export interface Application {
  readonly head: FinalHead;
  /** The epoch that children of the final head belong to. */
  readonly epoch: Epoch;
  /** The finalization that the final block of this height has itself, if it has one. */
  certificate(height: number): Certificate | undefined;
  /**
   * Builds a child of `parent` (the head or a checked block) from what waits in the mempool;
   * without transactions where that child has to be a boundary block.
   */
  propose(parent: Uint8Array, context: ProposalContext): Block;
  /**
   * The bytes of a waiting transaction, by its leaf hash as a key (`leafText`); its signatures are
   * good.
   */
  body(leaf: string): Uint8Array | undefined;
  /** Does what can be done for `check` before the parents are there; leaves this thread free. */
  prepare(blocks: readonly Block[]): Promise<void>;
  /** Judges transactions, roots and validator hashes of a block, then executes it in an overlay. */
  check(block: Block): BlockJudgement;
  /** Whether a checked block ends its epoch: only after it is final come blocks of the next one. */
  isBoundary(hash: Uint8Array): boolean;
  /** Whether a child of `parent` could include a waiting transaction, or must end the epoch. */
  hasWork(parent: Uint8Array): boolean;
  /**
   * Makes checked blocks final, oldest first, the last one having its own finalization, in one
   * atomic, synced write; on return they are durable. Other overlays of those heights are dropped.
   */
  finalize(blocks: readonly FinalBlock[]): Promise<void>;
}

/** Sends consensus messages; delivery is best effort and authenticated by the node key. */
export interface Network {
  /** To the node of one member. */
  send(member: string, message: Uint8Array): void;
  /** To all validators and observers that are connected. */
  broadcast(message: Uint8Array): void;
}

/** Time as consensus sees it; virtual in the simulator. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
}

/**
 * A number kept for one voting key, outside the log's folder; the log holds it as well. Where the
 * two disagree, the log was lost, or an older copy of it was put back, and is no record of what the
 * key signed. It is made with the key, as 0.
 */
export interface Counter {
  /** 0: the key never signed; undefined: the counter is lost, and nobody knows. */
  readonly value: number | undefined;
  /** On return the new value is durable. */
  set(value: number): Promise<void>;
}

/** An append-only log with durable appends; `src/consensus/wal` has the file behind it. */
export interface Wal {
  /** Appends all records and returns after one sync; a failure is fatal to the node. */
  append(records: readonly Uint8Array[]): Promise<void>;
  /** All records since the last `reset`, oldest first; read once at the start. */
  records(): readonly Uint8Array[];
  /** Atomically replaces the log by these records (after finalization made the others obsolete). */
  reset(records: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}
