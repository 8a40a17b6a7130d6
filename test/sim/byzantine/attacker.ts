/** What an attacker has: a node with all its real parts, its own keys, and its wits. */
import { equalBytes } from '../../../src/common/bytes.ts';
import type { KeyPair } from '../../../src/common/signature.ts';
import { encodeMessage, MESSAGE, type Message } from '../../../src/consensus/messages.ts';
import { VOTE, type Vote, type VoteKind, voteHash } from '../../../src/ledger/vote.ts';
import { KEYS_MAX, memberId } from '../consortium.ts';
import type { SimNode } from '../node.ts';
import type { Prng } from '../prng.ts';
import type { World } from '../world.ts';

export class Attacker {
  readonly node: SimNode;
  readonly member: number;
  readonly random: Prng;
  readonly #world: World;
  readonly #timeout: number;

  constructor(world: World, node: SimNode) {
    this.node = node;
    this.member = node.member as number;
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
    return this.node.life?.ledger.epoch.validators.length ?? this.#world.validators;
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

  /** Its position in the epoch's set, and the key that stands there. */
  get #place(): { readonly validator: number; readonly keys: KeyPair } {
    const { consortium } = this.#world;
    const set = this.node.life?.ledger.epoch.validators ?? consortium.validators;
    const validator = Math.max(
      0,
      set.findIndex(({ member }) => member === memberId(this.member)),
    );
    const listed = set[validator]?.key ?? new Uint8Array(0);
    const all = Array.from({ length: KEYS_MAX }, (_, key) => consortium.keysOf(this.member, key));
    const keys = all.find(({ publicKey }) => equalBytes(publicKey, listed));
    return { validator, keys: keys ?? consortium.keysOf(this.member) };
  }

  /** A vote as one likes, with a good signature. */
  vote(kind: VoteKind, view: number, block: Uint8Array | null, epoch = this.where.epoch): Vote {
    const subject = { version: 1, kind, chain: this.chain, epoch, view, block } as const;
    const { signatures } = this.#world.consortium;
    const { validator, keys } = this.#place;
    const signature = signatures.sign(voteHash(subject), keys);
    return { ...subject, validator, signature };
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
