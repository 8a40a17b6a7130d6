/** What a scenario is, and what it comes to. */
import { type Summary, summaryOf } from './statistics.ts';

export interface ScenarioOptions {
  /** How often what is measured is repeated. */
  readonly rounds: number;
  /** The first of the ports that its nodes take. */
  readonly basePort: number;
  /** Says how far it is, to who waits. */
  readonly say: (text: string) => void;
  /** How long a round is, where the scenario asks; by default as long as it thinks best. */
  readonly seconds?: number | undefined;
  /** How many there are in the chain that is made. */
  readonly transactions?: number | undefined;
  /** Sizes of what is measured, one after the other, where a scenario asks. */
  readonly keys?: readonly number[] | undefined;
  readonly blocks?: readonly number[] | undefined;
  readonly validators?: readonly number[] | undefined;
}

export interface Figure {
  readonly what: string;
  /** By which the JSON document has its median at the top. */
  readonly name?: string;
  readonly unit: string;
  readonly summary: Summary;
  /** What the project asks for. */
  readonly must?: { readonly atLeast: number } | { readonly atMost: number };
  /** Of a comparison: whose figure it is. Each side is a column. */
  readonly side?: string;
}

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  readonly rounds: number;
  run(options: ScenarioOptions): Promise<readonly Figure[]>;
}

/** A figure of every round. */
export function figure(
  what: string,
  unit: string,
  values: readonly number[],
  more: Pick<Figure, 'name' | 'must' | 'side'> = {},
): Figure {
  return { what, unit, summary: summaryOf(values), ...more };
}
