/**
 * The node key, and its replacement while the node runs: once the ledger lists another one that is
 * in the home, the network goes on under that. Each node hears us under the key that *its* state
 * lists. So one that votes waits until a quorum has the block that says so: until then its votes
 * may be needed, under the old key, by those that have yet to make that block final.
 */
import type { Logger } from 'pino';
import { equalBytes } from '../common/bytes.ts';
import type { ZtcError } from '../common/errors.ts';
import type { KeyPair } from '../common/signature.ts';
import { quorumOf } from '../ledger/validators.ts';
import type { RenewableP2p } from '../p2p/renewable.ts';
import type { Ledger } from '../state/ledger.ts';

/** How often the heads of the others are looked at, while the key waits to be replaced. */
const LOOK_MS = 100;
/** Whom nobody has let in for so long, the old key is of no use to any more. */
const ALONE_MS = 30_000;

/** Where the operator keeps node keys for this node. */
export interface NodeKeyStore {
  /** The key in use, and one that is to follow it, as far as they are there. */
  read(): Promise<readonly KeyPair[]>;
  /** The network is under that key now: the one before it is of no use any more. */
  settle(publicKey: Uint8Array): Promise<void>;
}

export interface NodeKeyOptions {
  readonly store: NodeKeyStore;
  /** What the network starts with. */
  readonly keys: KeyPair;
  readonly member: string | undefined;
  readonly ledger: Pick<Ledger, 'epoch' | 'head'>;
  readonly p2p: Pick<RenewableP2p, 'peerId' | 'peers' | 'renew'>;
  readonly log: Logger;
  /** The network could not go on. */
  readonly fatal: (error: ZtcError) => void;
}

export class NodeKey {
  readonly #options: NodeKeyOptions;
  #keys: KeyPair;
  /** What the ledger lists; undefined before it was looked at, and after the end. */
  #listed: Uint8Array | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: NodeKeyOptions) {
    this.#options = options;
    this.#keys = options.keys;
  }

  /** That the network has now. */
  get keys(): KeyPair {
    return this.#keys;
  }

  /** The ledger lists that key for this node; the same again is no news. */
  follow(listed: Uint8Array): void {
    if (this.#listed !== undefined && equalBytes(listed, this.#listed)) return;
    this.stop();
    this.#listed = listed;
    this.#follow(listed).catch((error: unknown) => {
      this.#options.log.error(
        { err: error, code: 'NODE_KEY' },
        'the next node key is not readable',
      );
    });
  }

  /** Waits for nothing any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#listed = undefined;
  }

  async #follow(listed: Uint8Array): Promise<void> {
    const { store, ledger, member, log } = this.#options;
    if (equalBytes(listed, this.#keys.publicKey)) return this.#settle();
    const { height } = ledger.head.header;
    const next = await keyIn(store, listed);
    if (next === undefined) {
      const message = 'the ledger lists another node key of this member: start the node with that';
      log.error({ member, code: 'NODE_KEY' }, message);
      return;
    }
    // Another one may have been listed meanwhile.
    if (this.#listed !== listed) return;
    const told = new Set<string>();
    let heardAt = performance.now();
    this.#timer = setInterval(() => {
      const peers = this.#options.p2p.peers().filter(({ connected }) => connected);
      for (const peer of peers) {
        if (peer.member !== undefined && (peer.head?.height ?? -1) >= height) told.add(peer.member);
      }
      if (peers.length > 0) heardAt = performance.now();
      if (!this.#isQuorum(told) && performance.now() - heardAt < ALONE_MS) return;
      clearInterval(this.#timer);
      void this.#renew(next);
    }, LOOK_MS);
  }

  /** Whether those and this node are enough to go on without the others; without a vote always. */
  #isQuorum(others: ReadonlySet<string>): boolean {
    const { ledger, member } = this.#options;
    const { validators } = ledger.epoch;
    if (!validators.some((validator) => validator.member === member)) return true;
    const voters = validators.filter((validator) => others.has(validator.member));
    return voters.length + 1 >= quorumOf(validators.length);
  }

  async #renew(next: KeyPair): Promise<void> {
    const { p2p, log, fatal } = this.#options;
    this.#keys = next;
    try {
      await p2p.renew(next);
    } catch (error) {
      // Nobody reaches this node any more; the next start is under the listed key.
      fatal(error as ZtcError);
      return;
    }
    log.info({ peerId: p2p.peerId }, 'the network is under the new node key');
    await this.#settle();
  }

  async #settle(): Promise<void> {
    const { store, log } = this.#options;
    try {
      await store.settle(this.#keys.publicKey);
    } catch (error) {
      log.warn({ err: error }, 'the old node key could not be put aside');
    }
  }
}

/** The key of the store that the ledger lists; undefined where it is not there. */
export async function keyIn(store: NodeKeyStore, listed: Uint8Array): Promise<KeyPair | undefined> {
  return (await store.read()).find(({ publicKey }) => equalBytes(publicKey, listed));
}
