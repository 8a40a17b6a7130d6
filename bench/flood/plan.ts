/** What the process that asks too much is told, and what it answers. */
import type { BesideOrder } from '../beside.ts';

export interface FloodPlan {
  /** Of the node's RPC. */
  readonly url: string;
  /** Asked again as soon as it was answered or refused. */
  readonly body: string;
  /** Sockets that do so. */
  readonly askers: number;
}

export type FloodOrder = BesideOrder<FloodPlan>;

export interface Flooded {
  readonly seconds: number;
  readonly answered: number;
  /** HTTP 503 or 429, with when to come back. */
  readonly refused: number;
  /** From being sent to being refused. */
  readonly refusedP50Ms: number;
  readonly refusedP99Ms: number;
  /** Broken connections and whatever else no client should see. */
  readonly other: number;
}

export type FloodReport =
  | { readonly type: 'done' }
  | { readonly type: 'flooded'; readonly flooded: Flooded };
