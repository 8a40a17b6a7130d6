/** What the load generator is told and what it answers: both ends of the line between processes. */

/**
 * `open`: a fixed rate, whatever the answers, sent together every so many ms; latency counts from
 * when a transaction was due, so that stalls count. `closed`: so many under way, a new one for each
 * that became final.
 */
export type Loop =
  | { readonly kind: 'open'; readonly perSecond: number; readonly everyMs?: number }
  | { readonly kind: 'closed'; readonly underWay: number };

export interface LoadPlan {
  readonly loop: Loop;
  /** Hexadecimal. */
  readonly chain: string;
  readonly publisher: string;
  readonly keyFile: string;
  /** RPC addresses that take turns. */
  readonly targets: readonly string[];
  /** Whose feed says what is final. */
  readonly watched: string;
  /** Signed before the load begins. */
  readonly presigned: number;
}

export type Order =
  | { readonly type: 'plan'; readonly plan: LoadPlan }
  /** A span that is measured begins, or ends and is reported. */
  | { readonly type: 'begin' }
  | { readonly type: 'end' };

export interface Span {
  readonly seconds: number;
  /** Transactions of final blocks, whoever sent them. */
  readonly final: number;
  readonly blocks: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestGapMs: number;
  /** That no node took. */
  readonly refused: number;
}

export type Report = { readonly type: 'running' } | { readonly type: 'span'; readonly span: Span };
