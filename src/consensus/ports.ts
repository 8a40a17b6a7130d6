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

/** A block that is to become final, with its own finalization where it has one. */
export interface FinalBlock {
  readonly block: Block;
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
  readonly epoch: {
    readonly number: number;
    readonly validators: ValidatorSet;
    readonly parameters: Parameters;
  };
  /** Whether a block (the head or a checked one) is the last of its epoch. */
  isBoundary(hash: Uint8Array): boolean;
  /** The finalization that the final block of this height has itself, if it has one. */
  certificate(height: number): Certificate | undefined;
  /**
   * Builds a child of `parent` (the head or a checked block) from what waits in the mempool; an
   * empty one where it ends its epoch.
   */
  propose(parent: Uint8Array, context: ProposalContext): Block;
  /** Judges transactions, roots and validator hashes of a block, then executes it in an overlay. */
  check(block: Block): BlockJudgement;
  /** Whether a child of `parent` ends its epoch, or a transaction waits that it could include. */
  hasWork(parent: Uint8Array): boolean;
  /**
   * Makes checked blocks final, oldest first, in one atomic, synced write. The last one and each
   * that ends an epoch have their own finalization, others may. On return they are durable. Other
   * overlays of those heights are dropped.
   */
  finalize(blocks: readonly FinalBlock[]): Promise<void>;
}

/** Sends consensus messages; delivery is best effort and authenticated by the node key. */
export interface Network {
  /** To one validator of the current epoch, by its position. */
  send(validator: number, message: Uint8Array): void;
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
 * A number kept outside the log's folder, which the log holds as well: where the two disagree, the
 * log was lost, or an older copy of it was put back, and is no record of what was signed.
 */
export interface Counter {
  /** 0 where it was never set. */
  readonly value: number;
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
