/**
 * Members come, go, are suspended and change their voting keys, by proposals and votes. The set
 * never gets smaller than it began, so as many faults are tolerated as at the start.
 */
import { equalBytes } from '../../../src/common/bytes.ts';
import { ACTION, type Action } from '../../../src/ledger/governance.ts';
import { OPERATION, type Operation } from '../../../src/ledger/operations.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import { type ProposalState, STANDING } from '../../../src/ledger/state-values.ts';
import * as queries from '../../../src/state/queries.ts';
import { GENESIS_TIME, KEYS_MAX, memberId, memberOf, type SentTransaction } from '../consortium.ts';
import type { SimNode } from '../node.ts';
import type { Plan } from '../plan.ts';
import type { Prng } from '../prng.ts';
import type { World } from '../world.ts';
import { recurring, type Season } from './recurring.ts';

export function changeMembership(season: Season, plan: Plan): void {
  const { world, random } = season;
  recurring(season, plan.every.membership, () => changeOnce(world, random));
}

/** One step of what the members want, as the node that is furthest sees them. */
export function changeOnce(world: World, random: Prng): void {
  const up = world.nodes.filter(({ life, honest }) => life !== undefined && honest);
  const [first, ...rest] = up;
  if (first === undefined) return;
  const furthest = rest.reduce((a, b) => (b.height > a.height ? b : a), first);
  for (const change of new Membership(world, random, furthest).step()) {
    const { slot } = (up[random.between(0, up.length - 1)] as SimNode).options;
    world.submit(change, slot).catch((error: unknown) => world.fail(error));
  }
}

/** The newest proposals are looked at. */
const PROPOSALS_MAX = 16;

class Membership {
  readonly #world: World;
  readonly #random: Prng;
  readonly #active: readonly number[];
  readonly #suspended: readonly number[];
  readonly #open: readonly ProposalState[];
  /** Voting keys by member, in force and in its entry; -1: none. */
  readonly #inForce = new Map<number, number>();
  readonly #wanted = new Map<number, number>();

  constructor(world: World, random: Prng, { life }: SimNode) {
    this.#world = world;
    this.#random = random;
    const { ledger } = life as NonNullable<typeof life>;
    const state = ledger.state();
    const { count } = state.list(stateKey.proposals);
    const from = Math.max(0, count - PROPOSALS_MAX);
    this.#open = queries.proposals(state, from, PROPOSALS_MAX).filter((proposal) => {
      const { time } = ledger.head.header;
      return queries.standing(state, proposal, time).status === 'OPEN';
    });
    this.#suspended = queries
      .members(state)
      .filter(({ standing }) => standing === STANDING.SUSPENDED)
      .map(({ member }) => memberOf(member.id));
    this.#active = queries.activeMembers(state).map(memberOf);
    for (const { member, key } of queries.epochState(state).nextValidators) {
      this.#inForce.set(memberOf(member), this.#numberOf(memberOf(member), key));
    }
    for (const member of this.#active) {
      const key = queries.member(state, memberId(member))?.member.validatorKey ?? null;
      this.#wanted.set(member, key === null ? -1 : this.#numberOf(member, key));
    }
  }

  /** A proposal, the votes on one that is open, or a `ready`. */
  step(): readonly SentTransaction[] {
    const [open] = this.#open;
    if (open !== undefined && this.#random.chance(0.7)) return this.#votes(open);
    const pending = this.#active.filter((member) => {
      const wanted = this.#wanted.get(member) ?? -1;
      return wanted >= 0 && wanted !== this.#inForce.get(member);
    });
    const [member] = pending;
    if (member !== undefined && this.#random.chance(0.8)) return [this.#ready(member)];
    const action = this.#wish();
    return action === undefined ? [] : [this.#propose(action)];
  }

  #wish(): Action | undefined {
    switch (this.#random.between(0, 4)) {
      case 0:
        return this.#join();
      case 1:
        return this.#rotate();
      case 2:
        return this.#leave();
      case 3:
        return this.#reinstate();
      default:
        return this.#tune();
    }
  }

  /** Most of those who have not voted do, now and then against it. */
  #votes({ proposal, votes }: ProposalState): SentTransaction[] {
    const voted = votes.map(({ member }) => memberOf(member));
    const left = this.#active.filter((member) => !voted.includes(member));
    const voters = left.filter(() => this.#random.chance(0.9));
    const { proposal: number, transaction } = proposal;
    return voters.map((member) => {
      const approve = this.#random.chance(0.95);
      return this.#by(member, { op: OPERATION.VOTE, proposal: number, transaction, approve });
    });
  }

  #ready(member: number): SentTransaction {
    const { consortium } = this.#world;
    const keys = consortium.keysOf(member, this.#wanted.get(member));
    const sender = `validator:${memberId(member)}`;
    return consortium.change(sender, [{ op: OPERATION.READY }], [keys], this.#time);
  }

  #join(): Action | undefined {
    const joiner = this.#pick(
      this.#world.nodes.flatMap(({ member }) =>
        member !== undefined && !this.#active.includes(member) ? [member] : [],
      ),
    );
    return joiner === undefined ? undefined : this.#put(joiner, 0);
  }

  #rotate(): Action | undefined {
    const member = this.#pick([...this.#inForce.keys()]);
    if (member === undefined) return undefined;
    const next = (this.#wanted.get(member) ?? 0) + 1;
    // Proposals can wait, and then one brings back a key whose log is gone. Where a validator is
    // alone nobody could tell it where it stood, so there it changes its key once.
    const keys = this.#world.validators === 1 ? 2 : KEYS_MAX;
    return next < keys ? this.#put(member, next) : undefined;
  }

  /** For good, for a while, or to observe. */
  #leave(): Action | undefined {
    const { validators } = this.#world;
    if (this.#inForce.size <= validators) return undefined;
    const member = this.#pick([...this.#inForce.keys()].filter((each) => each >= validators));
    if (member === undefined) return undefined;
    const id = memberId(member);
    if (this.#random.chance(0.4)) return this.#put(member, undefined);
    const action = this.#random.chance(0.5) ? ACTION.MEMBER_REMOVE : ACTION.MEMBER_SUSPEND;
    return { action, id };
  }

  #reinstate(): Action | undefined {
    const member = this.#pick(this.#suspended);
    return member === undefined
      ? undefined
      : { action: ACTION.MEMBER_REINSTATE, id: memberId(member) };
  }

  #tune(): Action {
    const changes = [{ name: 'minBlockIntervalMs', value: this.#random.between(10, 30) }];
    return { action: ACTION.PARAMETERS, changes };
  }

  #put(member: number, key: number | undefined): Action {
    const entry = this.#world.consortium.entryOf(member, key);
    const request = { version: 1, created: 0, member: entry, signatures: [] } as const;
    return { action: ACTION.MEMBER_PUT, request };
  }

  #propose(action: Action): SentTransaction {
    const proposer = this.#active[0] as number;
    return this.#by(proposer, { op: OPERATION.PROPOSE, actions: [action], reason: '' });
  }

  #by(member: number, operation: Operation): SentTransaction {
    const { consortium } = this.#world;
    const sender = `member:${memberId(member)}`;
    return consortium.change(sender, [operation], [consortium.memberKeys(member)], this.#time);
  }

  get #time(): number {
    return GENESIS_TIME + this.#world.now;
  }

  #pick(members: readonly number[]): number | undefined {
    return members[this.#random.between(0, members.length - 1)];
  }

  #numberOf(member: number, publicKey: Uint8Array): number {
    const { consortium } = this.#world;
    const keys = Array.from({ length: KEYS_MAX }, (_, key) => consortium.keysOf(member, key));
    return keys.findIndex((keysOf) => equalBytes(keysOf.publicKey, publicKey));
  }
}
