/** What an attacker has: a node with all its real parts, its own keys, and its wits. */
import { encodeMessage, MESSAGE, type Message } from '../../../src/consensus/messages.ts';
import { VOTE, type Vote, type VoteKind, voteHash } from '../../../src/ledger/vote.ts';
import type { SimNode } from '../node.ts';
import type { Prng } from '../prng.ts';
import type { World } from '../world.ts';

export class Attacker {
  readonly node: SimNode;
  readonly position: number;
  readonly random: Prng;
  readonly #world: World;
  readonly #timeout: number;

  constructor(world: World, node: SimNode) {
    this.node = node;
    this.position = node.position as number;
    this.#world = world;
    this.random = world.random.fork(`attacker ${node.options.slot}`);
    this.#timeout = world.consortium.parameters.viewTimeoutMs;
  }

  get others(): readonly number[] {
    return this.node.options.others;
  }

  get timeoutMs(): number {
    return this.#timeout;
  }

  get chain(): Uint8Array {
    return this.#world.consortium.chain;
  }

  get validators(): number {
    return this.#world.validators;
  }

  /** Where its own engine is. */
  get where(): { readonly epoch: number; readonly view: number; readonly height: number } {
    const status = this.node.life?.engine.status();
    return { epoch: status?.epoch ?? 1, view: status?.view ?? 1, height: status?.height ?? 0 };
  }

  /** Passes on what the real engine said. */
  forward(to: number | 'all', bytes: Uint8Array): void {
    for (const slot of to === 'all' ? this.others : [to]) this.node.transmit(slot, bytes);
  }

  send(to: number | readonly number[], message: Message): void {
    const bytes = encodeMessage(message);
    for (const slot of typeof to === 'number' ? [to] : to) this.node.transmit(slot, bytes);
  }

  later(ms: number, act: () => void): void {
    this.#world.schedule.after(ms, act);
  }

  /** A vote as one likes, with a good signature. */
  vote(kind: VoteKind, view: number, block: Uint8Array | null, epoch = this.where.epoch): Vote {
    const subject = { version: 1, kind, chain: this.chain, epoch, view, block } as const;
    const { signatures } = this.#world.consortium;
    const keys = this.#world.consortium.keysOf(this.position);
    const signature = signatures.sign(voteHash(subject), keys);
    return { ...subject, validator: this.position, signature };
  }

  votes(to: number | readonly number[], ...votes: readonly Vote[]): void {
    for (let i = 0; i < votes.length; i += 8) {
      this.send(to, { kind: MESSAGE.VOTES, version: 1, votes: votes.slice(i, i + 8) });
    }
  }

  /** All three votes of a view at once: what nobody honest gives. */
  everything(view: number, block: Uint8Array): readonly Vote[] {
    return [
      this.vote(VOTE.ACCEPT, view, block),
      this.vote(VOTE.NULLIFY, view, null),
      this.vote(VOTE.FINALIZE, view, block),
    ];
  }

  someHash(): Uint8Array {
    return Uint8Array.from({ length: 32 }, () => this.random.between(0, 255));
  }

  /** A random part of the others. */
  part(share: number): number[] {
    return this.others.filter(() => this.random.chance(share));
  }
}
