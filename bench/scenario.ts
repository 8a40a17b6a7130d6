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
  /** How long a round is, where the scenario asks; by default as long as it thinks best. */
  readonly seconds?: number;
  /** How many there are in the chain that is made. */
  readonly transactions?: number;
}

export interface Figure {
  readonly what: string;
  /** By which the JSON document has its median at the top. */
  readonly name?: string;
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
