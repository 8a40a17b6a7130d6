/**
 * Members come, go and change their voting keys, by operations that all members sign. The set never
 * gets smaller than it began, so as many faults are tolerated as at the start.
 */
import { equalBytes } from '../../../src/common/bytes.ts';
import { OPERATION } from '../../../src/ledger/operations.ts';
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
  const change = new Membership(world, random, furthest).change();
  if (change === undefined) return;
  const { slot } = (up[random.between(0, up.length - 1)] as SimNode).options;
  world.submit(change, slot).catch((error: unknown) => world.fail(error));
}

class Membership {
  readonly #world: World;
  readonly #random: Prng;
  readonly #active: readonly number[];
  /** Voting keys by member, in force and in its entry; -1: none. */
  readonly #inForce = new Map<number, number>();
  readonly #wanted = new Map<number, number>();

  constructor(world: World, random: Prng, { life }: SimNode) {
    this.#world = world;
    this.#random = random;
    const state = (life as NonNullable<typeof life>).ledger.state();
    this.#active = queries.activeMembers(state).map(memberOf);
    for (const { member, key } of queries.epochState(state).nextValidators) {
      this.#inForce.set(memberOf(member), this.#numberOf(memberOf(member), key));
    }
    for (const member of this.#active) {
      const key = queries.member(state, memberId(member))?.member.validatorKey ?? null;
      this.#wanted.set(member, key === null ? -1 : this.#numberOf(member, key));
    }
  }

  change(): SentTransaction | undefined {
    const pending = this.#active.filter((member) => {
      const wanted = this.#wanted.get(member) ?? -1;
      return wanted >= 0 && wanted !== this.#inForce.get(member);
    });
    const [member] = pending;
    if (member !== undefined && this.#random.chance(0.8)) return this.#ready(member);
    switch (this.#random.between(0, 2)) {
      case 0:
        return this.#join();
      case 1:
        return this.#rotate();
      default:
        return this.#leave();
    }
  }

  #ready(member: number): SentTransaction {
    const { consortium } = this.#world;
    const keys = consortium.keysOf(member, this.#wanted.get(member));
    const sender = `validator:${memberId(member)}`;
    return consortium.change(sender, [{ op: OPERATION.READY }], [keys], this.#time);
  }

  #join(): SentTransaction | undefined {
    const joiner = this.#pick(
      this.#world.nodes.flatMap(({ member }) =>
        member !== undefined && !this.#active.includes(member) ? [member] : [],
      ),
    );
    return joiner === undefined ? undefined : this.#put(joiner, 0);
  }

  #rotate(): SentTransaction | undefined {
    const member = this.#pick([...this.#inForce.keys()]);
    if (member === undefined) return undefined;
    const next = (this.#wanted.get(member) ?? 0) + 1;
    return next < KEYS_MAX ? this.#put(member, next) : undefined;
  }

  /** For good, or to observe. */
  #leave(): SentTransaction | undefined {
    const { validators } = this.#world;
    if (this.#inForce.size <= validators) return undefined;
    const member = this.#pick([...this.#inForce.keys()].filter((each) => each >= validators));
    if (member === undefined) return undefined;
    if (this.#random.chance(0.5)) return this.#put(member, undefined);
    return this.#all([{ op: OPERATION.MEMBER_REMOVE, id: memberId(member) }]);
  }

  #put(member: number, key: number | undefined): SentTransaction {
    const entry = this.#world.consortium.entryOf(member, key);
    return this.#all([{ op: OPERATION.MEMBER_PUT, member: entry }]);
  }

  #all(operations: Parameters<World['consortium']['change']>[1]): SentTransaction {
    const { consortium } = this.#world;
    const signers = this.#active.map((member) => consortium.memberKeys(member));
    const sender = `member:${memberId(this.#active[0] as number)}`;
    return consortium.change(sender, operations, signers, this.#time);
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
