/** Leads badly: proposes to some only, keeps the block back, or waits until the last moment. */
import { MESSAGE } from '../../../src/consensus/messages.ts';
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';
import { isProposal } from './proposal.ts';

/** Its proposals reach only some, who differ from time to time. */
export function selective(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, message, bytes) => {
      if (!isProposal(message) || to !== 'all') attacker.forward(to, bytes);
      else for (const slot of attacker.part(0.6)) attacker.forward(slot, bytes);
    },
  };
}

/** Votes for its proposals, and gives the block to nobody, or to one. */
export function withholding(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, message, bytes) => {
      if (message.kind === MESSAGE.BLOCK || message.kind === MESSAGE.BODIES) return;
      if (!isProposal(message)) {
        attacker.forward(to, bytes);
        return;
      }
      attacker.votes(attacker.others, message.vote);
      const lucky = attacker.others[attacker.random.between(0, attacker.others.length - 1)];
      if (lucky !== undefined && attacker.random.chance(0.5)) attacker.forward(lucky, bytes);
    },
  };
}

/** Proposes when the others are about to give up, and finalizes late. */
export function lastMoment(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, message, bytes) => {
      const slow = isProposal(message) || message.kind === MESSAGE.VOTES;
      const share = 0.3 + attacker.random.next() * 0.5;
      if (!slow) attacker.forward(to, bytes);
      else attacker.later(attacker.timeoutMs * share, () => attacker.forward(to, bytes));
    },
  };
}
