/** Partitions of all shapes, and clogs: what is sent meanwhile comes afterwards. */

import type { LinkFaults } from '../links.ts';
import { type Plan, shuffled } from '../plan.ts';
import type { Prng } from '../prng.ts';
import type { World } from '../world.ts';
import { recurring, type Season } from './recurring.ts';

export function disturbNetwork(season: Season, plan: Plan): void {
  const { world, random } = season;
  setLinks(world, random, plan.links);
  recurring(season, plan.every.partition, () => partition(season));
  recurring(season, plan.every.clog, () => clog(season));
}

/** Each link has its own share of the faults. */
export function setLinks(world: World, random: Prng, faults: LinkFaults): void {
  const { count } = world.links;
  for (let from = 0; from < count; from++) {
    for (let to = 0; to < count; to++) {
      const some = random.next() * 1.5;
      world.links.set(from, to, {
        ...faults,
        delayMs: faults.delayMs * (0.5 + random.next()),
        loss: Math.min(0.9, faults.loss * some),
        corruption: Math.min(0.5, faults.corruption * some),
      });
    }
  }
}

function partition({ world, random }: Season): void {
  const { links } = world;
  const all = [...Array(links.count).keys()];
  const some = shuffled(random, all).slice(0, random.between(1, all.length));
  const kind = random.between(0, 5);
  world.count(kind === 0 ? 'heal' : 'partition');
  if (kind === 0) links.heal();
  for (const from of all) {
    for (const to of all) {
      const [a, b] = [some.includes(from), some.includes(to)];
      const [one] = some as [number];
      if (kind === 1 && a !== b) links.cut(from, to); // two halves
      if (kind === 2 && a && !b) links.cut(from, to); // one way
      if (kind === 3 && (from === one || to === one)) links.cut(from, to); // isolated
      if (kind === 4 && from === one) links.cut(from, to); // heard by nobody
      if (kind === 5 && random.chance(0.3)) links.cut(from, to); // here and there
    }
  }
}

/** All links of some nodes stall one after the other, and come free in another order. */
function clog({ world, random }: Season): void {
  const { links } = world;
  world.count('clog');
  const all = [...Array(links.count).keys()];
  const some = shuffled(random, all).slice(0, random.between(1, all.length));
  for (const node of some) {
    const from = random.between(0, 300);
    const until = world.now + from + random.between(50, 1_500);
    world.schedule.after(from, () => {
      for (const other of all) {
        links.clog(node, other, until);
        links.clog(other, node, until);
      }
    });
  }
}
