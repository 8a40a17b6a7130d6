/** What is measured, as a measurement sees it: ours or a peer's. */
import type { LoadPlan } from './load/plan.ts';

export interface System {
  /** Of the nodes that run. */
  readonly pids: readonly number[];
  /** Of the newest final block. */
  height(): Promise<number>;
  /** Of each final block above `after` and up to `to`, how many transactions it holds. */
  transactions(after: number, to: number): Promise<readonly number[]>;
  /** How a load generator reaches it. */
  readonly load: LoadPlan;
}
