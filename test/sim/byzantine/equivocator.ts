/** Proposes two blocks in a view, votes for whatever it hears of, and takes everything back. */
import { MESSAGE, type ProposalMessage } from '../../../src/consensus/messages.ts';
import { decodeBlock, encodeBlock, makeBlock } from '../../../src/ledger/block.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { votesIn } from '../monitor.ts';
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';

export function equivocator(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, message, bytes) => {
      if (message.kind === MESSAGE.PROPOSAL && to === 'all') twoBlocks(attacker, message, bytes);
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

function twoBlocks(attacker: Attacker, message: ProposalMessage, bytes: Uint8Array): void {
  const some = attacker.part(0.5);
  const rest = attacker.others.filter((slot) => !some.includes(slot));
  const block = decodeBlock(attacker.chain, message.block);
  if (!block.ok) return;
  const { header, transactions } = block.value;
  const other = makeBlock({ ...header, time: header.time + 1 }, transactions);
  const vote = attacker.vote(VOTE.ACCEPT, message.vote.view, other.hash);
  for (const slot of some) attacker.forward(slot, bytes);
  attacker.send(rest, { ...message, block: encodeBlock(other), vote });
  if (!attacker.random.chance(0.5)) return;
  // Both halves hear it accept both, and finalize both.
  for (const hash of [block.value.hash, other.hash]) {
    attacker.votes(attacker.others, ...attacker.everything(message.vote.view, hash));
  }
}
