/**
 * The peer network under a node key that can be replaced while it runs: a new host takes the place
 * of the old one on the same port, and peers that list the new key connect to it. Who holds the
 * network notices nothing but that all peers are lost for a moment.
 */
import type { KeyPair } from '../common/signature.ts';
import type { ConsensusListener } from './consensus-links.ts';
import type { BatchHandler } from './gossip.ts';
import { createP2p, type P2p, type P2pOptions } from './p2p.ts';
import type { P2pMember } from './roster.ts';

/** Makes the host without listening yet. Throws ZtcError P2P_ADDRESS for a bad peer address. */
export async function createRenewableP2p(options: P2pOptions): Promise<RenewableP2p> {
  return new RenewableP2p(options, await createP2p(options));
}

export class RenewableP2p implements P2p {
  readonly #options: P2pOptions;
  #now: P2p;
  #members: readonly P2pMember[];
  readonly #hear: ((p2p: P2p) => void)[] = [];
  readonly #headListeners = new Set<() => void>();
  #renewing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: P2pOptions, first: P2p) {
    this.#options = options;
    this.#members = options.members;
    this.#now = first;
    this.#heard((p2p) => p2p.onHead(() => this.#headHeard()));
  }

  start(): Promise<void> {
    return this.#now.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    // Where that failed, who asked for it knows.
    await this.#renewing.catch(() => {});
    await this.#now.stop();
    this.#headListeners.clear();
  }

  /** Goes on under another node key. Throws ZtcError P2P_LISTEN; then nothing listens any more. */
  renew(nodeKeys: KeyPair): Promise<void> {
    this.#renewing = this.#renewing.then(() => this.#renew(nodeKeys));
    return this.#renewing;
  }

  async #renew(nodeKeys: KeyPair): Promise<void> {
    const next = await createP2p({ ...this.#options, nodeKeys, members: this.#members });
    if (this.#stopped) return;
    const old = this.#now;
    for (const hear of this.#hear) hear(next);
    this.#now = next;
    // They may have changed while it was made.
    next.setMembers(this.#members);
    // Only one can have the port.
    await old.stop();
    if (!this.#stopped) await next.start();
  }

  setMembers(members: readonly P2pMember[]): void {
    this.#members = members;
    this.#now.setMembers(members);
  }

  onConsensus(listener: ConsensusListener): void {
    this.#heard((p2p) => p2p.onConsensus(listener));
  }

  onBatch(handler: BatchHandler, waits: (batch: Uint8Array) => boolean): void {
    this.#heard((p2p) => p2p.onBatch(handler, waits));
  }

  onHead(listener: () => void): () => void {
    this.#headListeners.add(listener);
    return () => this.#headListeners.delete(listener);
  }

  get peerId(): string {
    return this.#now.peerId;
  }

  get heardHeight(): number {
    return this.#now.heardHeight;
  }

  send: P2p['send'] = (...to) => this.#now.send(...to);
  broadcast: P2p['broadcast'] = (message) => this.#now.broadcast(message);
  publishBatch: P2p['publishBatch'] = (batch) => this.#now.publishBatch(batch);
  headChanged: P2p['headChanged'] = () => this.#now.headChanged();
  heads: P2p['heads'] = () => this.#now.heads();
  bestHead: P2p['bestHead'] = () => this.#now.bestHead();
  fetch: P2p['fetch'] = (...range) => this.#now.fetch(...range);
  fetchRange: P2p['fetchRange'] = (...range) => this.#now.fetchRange(...range);
  peers: P2p['peers'] = () => this.#now.peers();
  reach: P2p['reach'] = () => this.#now.reach();
  addresses: P2p['addresses'] = () => this.#now.addresses();

  /** Registers with this network, and with every one that follows it. */
  #heard(hear: (p2p: P2p) => void): void {
    this.#hear.push(hear);
    hear(this.#now);
  }

  #headHeard(): void {
    for (const listener of this.#headListeners) listener();
  }
}
