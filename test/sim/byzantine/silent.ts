/** Follows, and says nothing, or only to some. */
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';

export function silent(attacker: Attacker): Behaviour {
  const heardBy = new Set(attacker.random.chance(0.5) ? [] : attacker.part(0.5));
  return {
    outgoing: (to, _message, bytes) => {
      for (const slot of attacker.others) {
        if ((to === 'all' || to === slot) && heardBy.has(slot)) attacker.forward(slot, bytes);
      }
    },
  };
}
