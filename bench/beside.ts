/** Rounds in which something happens to one node while the others are under a steady load. */
import { Consortium } from './consortium.ts';
import { LoadGenerator } from './load/load.ts';
import { roundsOf } from './rounds.ts';
import type { ScenarioOptions } from './scenario.ts';

const VALIDATORS = 4;

/** To the process that does it: what, and `begin` and `end` of what is measured. */
export type BesideOrder<Plan> =
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'begin' }
  | { readonly type: 'end' };

/**
 * The load, its own watch and what is measured are at all nodes but the last, to which it happens:
 * one that is asked too much answers who measures it as late as all others.
 */
export async function roundsBeside<Round>(
  { rounds, basePort, say }: ScenarioOptions,
  measure: (consortium: Consortium, load: LoadGenerator) => Promise<Round>,
): Promise<Round[]> {
  return Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
    await consortium.start(consortium.names);
    const load = consortium.loadOf({ targets: consortium.names.slice(0, -1) });
    return LoadGenerator.with(load, (generator) =>
      roundsOf({ rounds, say }, () => measure(consortium, generator)),
    );
  });
}
