/** What the load generator is told and what it answers: both ends of the line between processes. */

export interface ZtcPlan {
  readonly kind: 'ztc';
  /** Hexadecimal. */
  readonly chain: string;
  readonly publisher: string;
  readonly keyFile: string;
  /** Of a transaction: 0 for a notarization, otherwise so many records. */
  readonly records: number;
}

export interface CometBftPlan {
  readonly kind: 'cometbft';
  /** Of a transaction: as large as ours. */
  readonly bytes: number;
}

/** The system, and where it listens. */
export interface LoadPlan {
  readonly system: ZtcPlan | CometBftPlan;
  /** RPC addresses that take turns. */
  readonly targets: readonly string[];
  /** Who says what is final. */
  readonly watched: string;
}

/**
 * `open`: a fixed rate, whatever the answers; latency counts from when a transaction was due, so
 * that stalls count. What became due is sent every so many ms, or as soon as it is due. `closed`:
 * so many under way, new ones for those that became final.
 */
export type Loop =
  | { readonly kind: 'open'; readonly perSecond: number; readonly everyMs?: number }
  | { readonly kind: 'closed'; readonly underWay: number };

export interface Run {
  readonly loop: Loop;
  /** At most so many transactions share a request; by default as many as the listener takes. */
  readonly batch?: number;
  /** Signed before the first is sent; more are signed as needed. */
  readonly presigned: number;
}

export type Order =
  | { readonly type: 'plan'; readonly plan: LoadPlan }
  /** Signs, then sends from now on. */
  | { readonly type: 'run'; readonly run: Run }
  /** A span that is measured begins, or ends and is reported with those of its series. */
  | { readonly type: 'begin'; readonly series: string | undefined }
  | { readonly type: 'end' }
  /** Sends nothing more and waits for what is under way. */
  | { readonly type: 'pause' };

/** Of the transactions that were due within a span. */
export interface Span {
  readonly seconds: number;
  readonly offered: number;
  /** That no node took. */
  readonly refused: number;
  /** Neither final nor refused when waiting for them ended; their age counts as latency. */
  readonly unsettled: number;
  /** NaN where none was due, or all were refused. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type Report = { readonly type: 'done' } | { readonly type: 'span'; readonly span: Span };
