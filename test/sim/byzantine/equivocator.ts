/** Proposes two blocks in a view, votes for whatever it hears of, and takes everything back. */
import { VOTE } from '../../../src/ledger/vote.ts';
import { votesIn } from '../monitor.ts';
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';
import { headerIn, isProposal, type Proposing, withHeader } from './proposal.ts';

export function equivocator(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, message, bytes) => {
      if (isProposal(message) && to === 'all') twoBlocks(attacker, message, bytes);
      else attacker.forward(to, bytes);
      for (const { view, block } of votesIn(message)) {
        if (block === null || !attacker.random.chance(0.3)) continue;
        // Half of them see it nullify, half see it finalize.
        const some = attacker.part(0.5);
        attacker.votes(some, attacker.vote(VOTE.NULLIFY, view, null));
        const rest = attacker.others.filter((slot) => !some.includes(slot));
        attacker.votes(rest, attacker.vote(VOTE.FINALIZE, view, block));
      }
    },
  };
}

function twoBlocks(attacker: Attacker, message: Proposing, bytes: Uint8Array): void {
  const some = attacker.part(0.5);
  const rest = attacker.others.filter((slot) => !some.includes(slot));
  const header = headerIn(attacker, message);
  if (header === undefined) return;
  const other = withHeader(attacker, message, { ...header, time: header.time + 1 });
  for (const slot of some) attacker.forward(slot, bytes);
  attacker.send(rest, other);
  if (!attacker.random.chance(0.5)) return;
  // Both halves hear it accept both, and finalize both.
  for (const hash of [message.vote.block, other.vote.block] as const) {
    if (hash === null) continue;
    attacker.votes(attacker.others, ...attacker.everything(message.vote.view, hash));
  }
}
