/** Two unmodified nodes with one key: whom each of them hears and reaches changes every round. */
import type { Prng } from '../prng.ts';
import type { World } from '../world.ts';

/** Long enough for a view to come to an end, short enough for many. */
const ROUND_MS = 300;

/** Splits the others between the two halves of each twin, anew in each round. */
export function routeTwins(world: World, random: Prng): void {
  const { nodes } = world;
  const twin = (slot: number): boolean =>
    nodes.some(
      ({ options, member }) =>
        options.slot !== slot && member !== undefined && member === nodes[slot]?.member,
    );
  const halves = nodes.map((_, slot) => slot).filter(twin);
  const sides = new Map<string, boolean>();
  let round = -1;
  const deal = (): void => {
    sides.clear();
    for (const half of halves) {
      for (let other = 0; other < nodes.length; other++) {
        sides.set(`${half}/${other}`, random.chance(0.6));
      }
    }
  };
  world.reaches = (from, to) => {
    const now = Math.floor(world.now / ROUND_MS);
    if (now !== round) {
      round = now;
      deal();
    }
    return (sides.get(`${from}/${to}`) ?? true) && (sides.get(`${to}/${from}`) ?? true);
  };
}
