/** The voting keys of this node. One that comes into the home while it runs is found there. */
import { equalBytes } from '../common/bytes.ts';
import type { KeyPair } from '../common/signature.ts';
import { openCounter } from '../consensus/guard/counter.ts';
import type { VotingKey } from '../consensus/voter.ts';

export interface NodeVotingKey {
  readonly pair: KeyPair;
  /** Outside of the folder of the log, so that a lost or older copy of that is noticed. */
  readonly counterFile: string;
}

/** Where the operator keeps voting keys for this node. */
export interface VotingKeyStore {
  /** The key in use, and one that is to follow it, as far as they are there. */
  read(): Promise<readonly NodeVotingKey[]>;
  /** The ledger lists that key now: the one before it is of no use any more. */
  settle(publicKey: Uint8Array): Promise<void>;
}

export class VotingKeys {
  readonly #store: VotingKeyStore;
  /** Consensus looks here whenever an epoch begins. */
  readonly all: VotingKey[] = [];
  #settled: Uint8Array | undefined;

  private constructor(store: VotingKeyStore) {
    this.#store = store;
  }

  /** Throws ZtcError COUNTER_DAMAGED, COUNTER_IO and those of the store. */
  static async open(store: VotingKeyStore): Promise<VotingKeys> {
    const keys = new VotingKeys(store);
    await keys.#readNew();
    return keys;
  }

  /** A key of ours; the store is asked again for one that is not known. */
  async find(publicKey: Uint8Array): Promise<VotingKey | undefined> {
    if (this.#known(publicKey) === undefined) await this.#readNew();
    return this.#known(publicKey);
  }

  /** Tells the store, once, which of our keys votes now. */
  async settle(listed: Uint8Array): Promise<void> {
    const isNews = this.#settled === undefined || !equalBytes(this.#settled, listed);
    if (!isNews || this.#known(listed) === undefined) return;
    this.#settled = listed;
    await this.#store.settle(listed);
  }

  #known(publicKey: Uint8Array): VotingKey | undefined {
    return this.all.find(({ pair }) => equalBytes(pair.publicKey, publicKey));
  }

  async #readNew(): Promise<void> {
    for (const { pair, counterFile } of await this.#store.read()) {
      if (this.#known(pair.publicKey) !== undefined) continue;
      this.all.push({ pair, counter: await openCounter(counterFile) });
    }
  }
}
