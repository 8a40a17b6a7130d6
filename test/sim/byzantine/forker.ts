/** Leads on another parent than it should: a final head that has children, or what nobody took. */
import { MESSAGE } from '../../../src/consensus/messages.ts';
import { decodeBlock, encodeBlock } from '../../../src/ledger/block.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { memberId } from '../consortium.ts';
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';

/** Parents that it remembers. */
const PARENTS = 6;

export function forker(attacker: Attacker): Behaviour {
  const seen: Uint8Array[] = [];
  return {
    outgoing: (to, message, bytes) => {
      if (message.kind !== MESSAGE.PROPOSAL || to !== 'all') {
        attacker.forward(to, bytes);
        return;
      }
      const own = decodeBlock(attacker.chain, message.block);
      const ledger = attacker.node.life?.ledger;
      if (!own.ok || ledger === undefined) return;
      const parents = [ledger.head.hash, ...seen, own.value.header.parent];
      const parent = parents[attacker.random.between(0, parents.length - 1)] as Uint8Array;
      seen.push(own.value.hash);
      if (seen.length > PARENTS) seen.shift();
      const { epoch, view, time } = own.value.header;
      const proposer = memberId(attacker.member);
      try {
        const block = ledger.propose(parent, { epoch, view, proposer, time, empty: true });
        const vote = attacker.vote(VOTE.ACCEPT, view, block.hash);
        const { justification } = message;
        const proposal = { ...message, block: encodeBlock(block), vote, justification };
        attacker.send(attacker.others, proposal);
      } catch {
        attacker.forward(to, bytes); // nothing can stand on that parent any more
      }
    },
  };
}
