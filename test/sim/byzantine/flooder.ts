/** Floods: nullifies of all views about, votes of far and farther ones, requests, and garbage. */
import { MESSAGE } from '../../../src/consensus/messages.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';

/** Gives up every view that comes before it begins. */
export function nullifySpammer(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, _message, bytes) => attacker.forward(to, bytes),
    tick: () => {
      const { view } = attacker.where;
      const votes = Array.from({ length: 6 }, (_, i) =>
        attacker.vote(VOTE.NULLIFY, view + i, null),
      );
      attacker.votes(attacker.others, ...votes);
    },
  };
}

export function farFlooder(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, _message, bytes) => attacker.forward(to, bytes),
    tick: () => {
      const { view, epoch, height } = attacker.where;
      const { random, others } = attacker;
      const near = Array.from({ length: 12 }, () => view + random.between(1, 60));
      attacker.votes(
        others,
        ...near.map((at) => attacker.vote(VOTE.ACCEPT, at, attacker.someHash())),
      );
      const far = view + random.between(100, 1_000_000);
      attacker.votes(others, ...attacker.everything(far, attacker.someHash()));
      attacker.send(others, {
        kind: MESSAGE.STATUS,
        version: 1,
        epoch,
        view: random.chance(0.5) ? 1 : far,
        height: random.chance(0.5) ? 0 : height + 1_000_000,
        votes: [],
        entry: null,
      });
      attacker.send(others, {
        kind: MESSAGE.REQUEST,
        version: 1,
        epoch,
        blocks: Array.from({ length: 16 }, () => attacker.someHash()),
        views: Array.from({ length: 32 }, (_, i) => Math.max(1, view - i)),
      });
      for (const slot of others) attacker.node.transmit(slot, attacker.someHash());
    },
  };
}
