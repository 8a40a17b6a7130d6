/** Leads on another parent than it should: a final head that has children, or what nobody took. */
import { MESSAGE, type ProposalMessage } from '../../../src/consensus/messages.ts';
import { encodeBlock } from '../../../src/ledger/block.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { memberId } from '../consortium.ts';
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';
import { headerIn, isProposal } from './proposal.ts';

/** Parents that it remembers. */
const PARENTS = 6;

export function forker(attacker: Attacker): Behaviour {
  const seen: Uint8Array[] = [];
  return {
    outgoing: (to, message, bytes) => {
      if (!isProposal(message) || to !== 'all') {
        attacker.forward(to, bytes);
        return;
      }
      const own = headerIn(attacker, message);
      const ledger = attacker.node.life?.ledger;
      if (own === undefined || ledger === undefined || message.vote.block === null) return;
      const parents = [ledger.head.hash, ...seen, own.parent];
      const parent = parents[attacker.random.between(0, parents.length - 1)] as Uint8Array;
      seen.push(message.vote.block);
      if (seen.length > PARENTS) seen.shift();
      const { epoch, view, time } = own;
      const proposer = memberId(attacker.member);
      try {
        const block = ledger.propose(parent, { epoch, view, proposer, time, empty: true });
        const vote = attacker.vote(VOTE.ACCEPT, view, block.hash);
        const { justification } = message;
        const kind = MESSAGE.PROPOSAL;
        const proposal = { kind, version: 1, block: encodeBlock(block), vote, justification };
        attacker.send(attacker.others, proposal as ProposalMessage);
      } catch {
        attacker.forward(to, bytes); // nothing can stand on that parent any more
      }
    },
  };
}
