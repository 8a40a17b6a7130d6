/** All scenarios one after the other, in bounded time: the documentation's tables. */
import { setTimeout as sleep } from 'node:timers/promises';
import { jsonOf, type Result, sectionOf } from './report.ts';
import type { Scenario } from './scenario.ts';

/** Of a round, where nothing else is asked for. */
export const ALL_SECONDS = 20;
/** An hour is asked for by its name. */
const LEFT_OUT = ['hour'];
/** Disks and ports of the one before come to rest. */
const REST_MS = 3_000;

/** Prints each result when it is there; one that fails keeps no other back. */
export async function runAll(
  scenarios: readonly Scenario[],
  resultOf: (scenario: Scenario) => Promise<Result>,
  json: boolean,
): Promise<boolean> {
  let [whole, results]: [boolean, Result[]] = [true, []];
  for (const scenario of scenarios.filter(({ name }) => !LEFT_OUT.includes(name))) {
    const began = performance.now();
    try {
      const result = await resultOf(scenario);
      results = [...results, result];
      if (!json) console.log(`${sectionOf(scenario, result)}\n`);
    } catch (error) {
      whole = false;
      console.error(`bench: ${scenario.name} failed:`, error);
    }
    const minutes = (performance.now() - began) / 60_000;
    console.error(`bench: ${scenario.name} took ${minutes.toFixed(1)} minutes`);
    await sleep(REST_MS);
  }
  if (json) console.log(`[${results.map(jsonOf).join(',\n')}]`);
  return whole;
}
