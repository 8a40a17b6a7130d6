/** Rounds of one measurement, one after the other. */
import type { ScenarioOptions } from './scenario.ts';

/** What each of them gave, which is said as soon as it is there. */
export async function roundsOf<Round>(
  { rounds, say }: Pick<ScenarioOptions, 'rounds' | 'say'>,
  measure: () => Promise<Round>,
): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    measured.push(await measure());
    say(`round ${round}: ${JSON.stringify(measured.at(-1))}`);
  }
  return measured;
}
