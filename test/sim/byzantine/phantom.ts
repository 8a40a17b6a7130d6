/** Names transactions that nobody has, names some twice or not at all, and answers with rubbish. */
import { concat } from '../../../src/common/bytes.ts';
import { type BodiesMessage, MESSAGE } from '../../../src/consensus/messages.ts';
import { decodeBlock, makeBlock } from '../../../src/ledger/block.ts';
import { leafHashes, rootOfJoined } from '../../../src/ledger/merkle/rfc6962.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';
import { headerIn, isProposal, type Proposing } from './proposal.ts';

export function phantom(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, message, bytes) => {
      if (isProposal(message) && to === 'all' && attacker.random.chance(0.6)) {
        name(attacker, message);
      } else if (message.kind === MESSAGE.BODIES && attacker.random.chance(0.7)) {
        attacker.send(to === 'all' ? attacker.others : [to], rubbish(attacker, message));
      } else attacker.forward(to, bytes);
    },
  };
}

function name(attacker: Attacker, message: Proposing): void {
  const header = headerIn(attacker, message);
  if (header === undefined) return;
  const whole = message.kind === MESSAGE.PROPOSAL;
  const block = whole ? decodeBlock(attacker.chain, message.block) : undefined;
  const real =
    message.kind === MESSAGE.OUTLINE
      ? message.leaves
      : leafHashes(block?.ok ? block.value.transactions : []);
  const leaves = namesOf(attacker, real);
  // Sometimes the header doesn't go with the names.
  const txRoot = attacker.random.chance(0.8) ? rootOfJoined(leaves) : attacker.someHash();
  const { headerBytes, hash } = makeBlock({ ...header, txRoot }, []);
  const vote = attacker.vote(VOTE.ACCEPT, message.vote.view, hash);
  const { justification } = message;
  const outline = { kind: MESSAGE.OUTLINE, version: 1, header: headerBytes, leaves } as const;
  const some = attacker.random.chance(0.5) ? attacker.others : attacker.part(0.6);
  attacker.send(some, { ...outline, vote, justification });
}

function namesOf(attacker: Attacker, real: Uint8Array): Uint8Array {
  const { random } = attacker;
  if (random.chance(0.3)) return concat(real, real);
  if (random.chance(0.1)) return concat(real, Uint8Array.of(1));
  const unknown = Array.from({ length: random.between(1, 40) }, () => attacker.someHash());
  return random.chance(0.5) ? concat(real, ...unknown) : concat(...unknown, real);
}

function rubbish(attacker: Attacker, message: BodiesMessage): BodiesMessage {
  const { random } = attacker;
  const transactions = message.transactions.map((each) =>
    random.chance(0.5) ? attacker.someHash() : each,
  );
  return { ...message, transactions: random.chance(0.3) ? transactions.slice(1) : transactions };
}
