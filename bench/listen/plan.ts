/** What the process that listens is told, and what it answers. */

export interface ListenPlan {
  /** Of the node whose feed the crowd hears. */
  readonly url: string;
  readonly clients: number;
  /** Of other nodes: whoever is told of a block first says when it was there. */
  readonly others: readonly string[];
}

/** `begin` and `end` of what is measured. */
export type ListenOrder =
  | { readonly type: 'plan'; readonly plan: ListenPlan }
  | { readonly type: 'begin' }
  | { readonly type: 'end' };

/** How far behind the first that heard of a block the clients of the crowd were. */
export interface Heard {
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
