/** Sends real messages with random fields changed, some signed anew, some cut or flipped. */
import { encodeMessage, MESSAGE, type Message } from '../../../src/consensus/messages.ts';
import type { Header } from '../../../src/ledger/block.ts';
import { VOTE, type Vote, type VoteKind } from '../../../src/ledger/vote.ts';
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';
import { headerIn, type Proposing, withHeader } from './proposal.ts';

export function mutator(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, message, bytes) => {
      if (!attacker.random.chance(0.5)) {
        attacker.forward(to, bytes);
        return;
      }
      const slots = to === 'all' ? attacker.others : [to];
      for (const slot of slots) attacker.node.transmit(slot, mutated(attacker, message, bytes));
    },
  };
}

function mutated(attacker: Attacker, message: Message, bytes: Uint8Array): Uint8Array {
  if (attacker.random.chance(0.2)) {
    const flipped = bytes.slice();
    const at = attacker.random.between(0, bytes.length - 1);
    flipped[at] = attacker.random.between(0, 255);
    return flipped;
  }
  try {
    return encodeMessage(otherMessage(attacker, message));
  } catch {
    return bytes; // what can't be encoded can't be sent
  }
}

function otherMessage(attacker: Attacker, message: Message): Message {
  const { random } = attacker;
  const near = (value: number): number => Math.max(0, value + random.between(-3, 3));
  switch (message.kind) {
    case MESSAGE.PROPOSAL:
    case MESSAGE.OUTLINE:
      return random.chance(0.5)
        ? { ...message, justification: message.justification.slice(1) }
        : otherBlock(attacker, message);
    case MESSAGE.VOTES:
      return { ...message, votes: message.votes.map((vote) => otherVote(attacker, vote)) };
    case MESSAGE.STATUS:
      return { ...message, view: near(message.view), height: near(message.height) };
    case MESSAGE.REQUEST:
      return { ...message, views: message.views.map(near) };
    case MESSAGE.CERTIFICATES:
      return {
        ...message,
        certificates: message.certificates.map((certificate) => ({
          ...certificate,
          view: near(certificate.view),
        })),
      };
    case MESSAGE.BODIES_REQUEST:
      return { ...message, missing: message.missing.map(() => random.between(0, 255)) };
    case MESSAGE.BODIES:
      return { ...message, transactions: message.transactions.slice(1) };
    case MESSAGE.BLOCK:
      return { ...message, acceptance: null };
    case MESSAGE.QUERY:
      return { ...message, nonce: message.nonce.map(() => random.between(0, 255)) };
    case MESSAGE.ANSWER:
      return { ...message, view: near(message.view), entry: null };
    case MESSAGE.EVIDENCE:
      return {
        ...message,
        evidence: message.evidence.map((each) => ({
          ...each,
          second: otherVote(attacker, each.second),
        })),
      };
    case MESSAGE.FINALITY:
      return { ...message, certificate: { ...message.certificate, view: near(message.kind) } };
  }
}

/** Votes as it likes, with a signature that is good. */
function otherVote(attacker: Attacker, vote: Vote): Vote {
  const { random } = attacker;
  const view = Math.max(1, vote.view + random.between(-1, 1));
  const kind = random.between(VOTE.ACCEPT, VOTE.FINALIZE) as VoteKind;
  if (kind === VOTE.NULLIFY) return attacker.vote(kind, view, null);
  return attacker.vote(kind, view, vote.block ?? attacker.someHash());
}

/** A block with another field in its header, under a vote that names it. */
function otherBlock(attacker: Attacker, message: Proposing): Message {
  const header = headerIn(attacker, message);
  if (header === undefined) return message;
  return withHeader(attacker, message, { ...header, ...otherField(attacker, header) });
}

function otherField(attacker: Attacker, header: Header): Partial<Header> {
  const { random } = attacker;
  const hash = attacker.someHash();
  const fields: readonly Partial<Header>[] = [
    { height: header.height + 1 },
    { view: Math.max(1, header.view + random.between(-2, 2)) },
    { time: header.time + random.between(-100_000, 100_000) },
    { parent: hash },
    { stateRoot: hash },
    { resultRoot: hash },
    { historyRoot: hash },
    { validators: hash },
    { proposer: 'nobody' },
    { epoch: header.epoch + 1 },
  ];
  return fields[random.between(0, fields.length - 1)] as Partial<Header>;
}
