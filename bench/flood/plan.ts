/** What the process that asks too much is told, and what it answers. */
import type { BesideOrder } from '../beside.ts';

export interface FloodPlan {
  /** Of the node's RPC. */
  readonly url: string;
  /** Asked again as soon as it was answered. */
  readonly body: string;
  /** Sockets that do so. */
  readonly askers: number;
}

export type FloodOrder = BesideOrder<FloodPlan>;

/** From being sent to being refused. */
export interface Refusals {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Flooded {
  readonly seconds: number;
  readonly answered: number;
  /** HTTP 503 or 429, with when to come back. */
  readonly refused: number;
  /** Of who comes back when it is told, and of who comes back at once. */
  readonly patient: Refusals;
  readonly impatient: Refusals;
  /** Broken connections and whatever else no client should see. */
  readonly other: number;
}

export type FloodReport =
  | { readonly type: 'done' }
  | { readonly type: 'flooded'; readonly flooded: Flooded };
