/** What the process that listens is told, and what it answers. */
import type { BesideOrder } from '../beside.ts';

export interface ListenPlan {
  /** Of the node whose feed the crowd hears. */
  readonly url: string;
  readonly clients: number;
  /** Of other nodes: whoever is told of a block first says when it was there. */
  readonly others: readonly string[];
}

export type ListenOrder = BesideOrder<ListenPlan>;

/** How far behind the first that heard of a block the clients of the crowd were. */
export interface Heard {
  /** That the crowd used of the machine. */
  readonly cores: number;
  readonly blocks: number;
  /** Of all clients and blocks. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly latestMs: number;
  /** Events of all kinds that came. */
  readonly events: number;
  /** Blocks that a client was never told of, counted for each client. */
  readonly missed: number;
  /** Clients whose stream ended. */
  readonly lost: number;
}

export type ListenReport = { readonly type: 'done' } | { readonly type: 'heard'; heard: Heard };
