/** What became of a seed, and how to have it again. */
import { type Outcome, runSeed } from './swarm.ts';

export interface Report {
  readonly seed: number;
  /** Undefined where it failed. */
  readonly outcome: Outcome | undefined;
  readonly failure: string | undefined;
}

/** One seed in so many runs twice, and has to come out the same. */
const TWICE_EVERY = 25;

export async function reportOf(seed: number): Promise<Report> {
  try {
    const outcome = await runSeed(seed);
    if (seed % TWICE_EVERY === 0) {
      const { audit } = await runSeed(seed);
      if (audit !== outcome.audit) throw new Error(`two runs differ: ${audit}, ${outcome.audit}`);
    }
    return { seed, outcome, failure: undefined };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    return { seed, outcome: undefined, failure };
  }
}

export function commandOf(seed: number): string {
  return `npm run sim -- --seeds 1 --start ${seed}`;
}
