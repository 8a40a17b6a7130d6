/** What a scenario is, and what it comes to. */
import type { Summary } from './statistics.ts';

export interface ScenarioOptions {
  /** How often what is measured is repeated. */
  readonly rounds: number;
  /** The first of the ports that its nodes take. */
  readonly basePort: number;
  /** How large what is measured is, where a scenario asks. */
  readonly keys?: number;
  /** Says how far it is, to who waits. */
  readonly say: (text: string) => void;
}

export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly summary: Summary;
  /** What the project asks for. */
  readonly must?: { readonly atLeast: number } | { readonly atMost: number };
}

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  readonly rounds: number;
  run(options: ScenarioOptions): Promise<readonly Figure[]>;
}
