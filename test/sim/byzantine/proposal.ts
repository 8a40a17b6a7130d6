/** Proposals in both of their forms, as attackers look at them and change them. */
import type { Message, OutlineMessage, ProposalMessage } from '../../../src/consensus/messages.ts';
import { MESSAGE } from '../../../src/consensus/messages.ts';
import {
  decodeBlock,
  decodeHeader,
  encodeBlock,
  type Header,
  makeBlock,
} from '../../../src/ledger/block.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import type { Attacker } from './attacker.ts';

/** A block, whole or as an outline, under its leader's vote. */
export type Proposing = ProposalMessage | OutlineMessage;

export function isProposal(message: Message): message is Proposing {
  return message.kind === MESSAGE.PROPOSAL || message.kind === MESSAGE.OUTLINE;
}

export function headerIn(attacker: Attacker, message: Proposing): Header | undefined {
  if (message.kind === MESSAGE.OUTLINE) {
    const header = decodeHeader(attacker.chain, message.header);
    return header.ok ? header.value : undefined;
  }
  const block = decodeBlock(attacker.chain, message.block);
  return block.ok ? block.value.header : undefined;
}

/** The same proposal of a block with another header, under a vote that names it. */
export function withHeader(attacker: Attacker, message: Proposing, header: Header): Proposing {
  const whole = message.kind === MESSAGE.PROPOSAL;
  const block = whole ? decodeBlock(attacker.chain, message.block) : undefined;
  const other = makeBlock(header, block?.ok ? block.value.transactions : []);
  const vote = attacker.vote(VOTE.ACCEPT, message.vote.view, other.hash);
  return whole
    ? { ...message, block: encodeBlock(other), vote }
    : { ...message, header: other.headerBytes, vote };
}
