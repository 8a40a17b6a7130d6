/** What the process that asks is told and what it answers: both ends of the line between them. */
import type { Loop } from '../load/plan.ts';

/** JSON-RPC requests as they are, in turns. */
export interface PostedReads {
  readonly kind: 'posted';
  readonly bodies: readonly string[];
  readonly loop: Loop;
}

/** Assets authenticated by the SDK: asked for with proof, and checked. */
export interface VerifiedReads {
  readonly kind: 'verified';
  /** The genesis file that is trusted. */
  readonly genesis: string;
  readonly digests: readonly string[];
  readonly clients: number;
}

export interface ReadsPlan {
  /** Of the node's RPC. */
  readonly url: string;
  readonly seconds: number;
  readonly reads: PostedReads | VerifiedReads;
}

/** Of the answers that came within the span. */
export interface ReadsSpan {
  readonly seconds: number;
  readonly answered: number;
  /** Of the process that asked. */
  readonly cpuSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** `warm`: what is measured begins now. */
export type ReadsReport = { readonly type: 'warm' } | { readonly type: 'span'; span: ReadsSpan };
