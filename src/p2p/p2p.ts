/**
 * The p2p room's front door: one libp2p host and what runs over it. Connects to all members,
 * carries consensus messages, batches and block ranges, and knows every peer's final head. Hostile
 * input is cut off and counted here; it never becomes an exception of the caller.
 */
import type { PeerId } from '@libp2p/interface';
import type { Logger } from 'pino';
import { toHex } from '../common/bytes.ts';
import { failure, type Result } from '../common/result.ts';
import type { KeyPair } from '../common/signature.ts';
import { peerIdOf } from '../ledger/peer-id.ts';
import type { ClockOffset } from './clock-offset.ts';
import { ConsensusLinks, type ConsensusListener } from './consensus-links.ts';
import type { DialProblem } from './dial-problem.ts';
import { Dialer, type Trouble } from './dialer.ts';
import { createGater } from './gater.ts';
import { type BatchHandler, Gossip } from './gossip.ts';
import { connectionsOf, createHost, DIAL_MS_MAX, type Host, startHost } from './host.ts';
import type { CloseReason, P2pMetrics } from './metrics.ts';
import { type DialTarget, type P2pMember, type PeerRole, Roster } from './roster.ts';
import { DIALLED, type Head, StatusExchange } from './status.ts';
import { fetchRange, type RangeCode } from './sync/range-client.ts';
import type { RangeBlock } from './sync/range-messages.ts';
import { type BlockSource, RangeServer } from './sync/range-server.ts';
import type { RangeHead } from './sync/sync-loop.ts';

/** As many digits of the chain as make two consortia's protocols differ. */
const CHAIN_PREFIX_DIGITS = 16;
/** `libp2p.stop` may never resolve; the process goes on stopping after this. */
const STOP_MS_MAX = 3_000;
/** So long a peer on another chain is kept, until it has our status. */
const WRONG_CHAIN_GRACE_MS = 500;
/** So long the node of a former member is kept, until it has the block that says so. */
const FORMER_MEMBER_GRACE_MS = 5_000;
/** How often redials that no event asked for are looked for. */
const KEEP_MS = 5_000;

export interface P2pOptions {
  /** The node key, Ed25519; the peer id follows from it. */
  readonly nodeKeys: KeyPair;
  readonly chain: Uint8Array;
  /** As state lists them at the start; `setMembers` tells what changed. */
  readonly members: readonly P2pMember[];
  /** Peer ids that the operator lets in besides members. */
  readonly allow: readonly string[];
  /** Multiaddrs. */
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  /** The operator's dial addresses, with or without /p2p/…. */
  readonly peers: readonly string[];
  /** Our final head. */
  readonly head: () => Head;
  /** Ms since 1970 UTC by this machine, as told to peers; replaced by tests. */
  readonly now?: () => number;
  readonly blocks: BlockSource;
  readonly metrics: P2pMetrics;
  readonly log: Logger;
}

export interface PeerInfo {
  readonly peerId: string;
  /** Member id, if it is one's node. */
  readonly member: string | undefined;
  readonly role: PeerRole;
  readonly connected: boolean;
  readonly address: string | undefined;
  readonly direction: 'inbound' | 'outbound' | undefined;
  /** What it said to be its final head. */
  readonly head: Head | undefined;
  /** Since it last told its status. */
  readonly heardMs: number | undefined;
  readonly clock: ClockOffset | undefined;
  /** Why we couldn't reach it when we last tried. */
  readonly problem: PeerProblem | undefined;
  /** Whether it could dial us; undefined where it never had to. */
  readonly reachedUs: boolean | undefined;
}

export interface PeerProblem extends DialProblem {
  readonly agoMs: number;
}

/** Whether others find us. */
export interface Reach {
  /** At which this node can be dialled, as far as it knows. */
  readonly addresses: readonly string[];
  /** Since a member's node last dialled us; undefined: never since the start. */
  readonly inboundMs: number | undefined;
  /** Since the start. */
  readonly upMs: number;
  /** Configured addresses without peer id at which nobody answers. */
  readonly unanswered: readonly { readonly address: string; readonly problem: PeerProblem }[];
}

export type P2p = Pick<PeerNetwork, keyof PeerNetwork>;

/** Makes the host without listening yet. Throws ZtcError P2P_ADDRESS for a bad peer address. */
export async function createP2p(options: P2pOptions): Promise<P2p> {
  const self = peerIdOf(options.nodeKeys.publicKey);
  const { members, allow, peers, metrics } = options;
  const roster = new Roster({ self, members, allow, peers });
  const prefix = `/ztc/${toHex(options.chain).slice(0, CHAIN_PREFIX_DIGITS)}`;
  let host: Host | undefined;
  const gater = createGater({
    admits: (peerId) => roster.admits(peerId),
    connections: (peerId) => (host === undefined ? 0 : connectionsOf(host, peerId).length),
    targets: () => roster.targets,
    metrics,
  });
  const { nodeKeys, listen, announce } = options;
  host = await createHost({ nodeKeys, listen, announce, gater });
  return new PeerNetwork({ ...options, self, roster, prefix, host });
}

interface Parts extends P2pOptions {
  readonly self: string;
  readonly roster: Roster;
  readonly prefix: string;
  readonly host: Host;
}

class PeerNetwork {
  readonly #parts: Parts;
  readonly #host: Host;
  readonly #links: ConsensusLinks;
  readonly #gossip: Gossip;
  readonly #status: StatusExchange;
  readonly #ranges: RangeServer;
  readonly #dialer: Dialer;
  readonly #headListeners = new Set<() => void>();
  /** Peers that are about to be cut off, once they could learn why. */
  readonly #leaving = new Map<string, ReturnType<typeof setTimeout>>();
  /** Members' nodes that have dialled us. */
  readonly #inbound = new Set<string>();
  #inboundAt: number | undefined;
  #startedAt = performance.now();
  #keeper: ReturnType<typeof setInterval> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { host, roster, metrics, log, prefix, self, chain } = parts;
    this.#host = host;
    const protocol = `${prefix}/consensus/1`;
    this.#links = new ConsensusLinks({ host, roster, protocol, metrics });
    this.#gossip = new Gossip({
      host,
      protocol: `${prefix}/batches/1`,
      self,
      roster,
      metrics,
      log,
    });
    this.#ranges = new RangeServer({
      host,
      protocol: this.#rangeProtocol,
      blocks: parts.blocks,
      metrics,
      log,
    });
    this.#status = new StatusExchange({
      host,
      chain,
      head: parts.head,
      now: parts.now ?? Date.now,
      dialled: (peerId) => this.#dialer.dialled(peerId),
      votes: (peerId) => roster.voice(peerId) !== undefined,
      metrics,
      heard: () => this.#headHeard(),
      wrongChain: (peerId, other) => this.#wrongChain(peerId, other),
      silent: (peerId) => this.#cutOff(peerId, 'silent'),
    });
    this.#dialer = new Dialer({
      self,
      targets: roster.targets,
      dial: (target) => this.#dial(target),
      isConnected: (peerId) => this.#isConnected(peerId),
      unwanted: (peerId) => this.#leave(peerId),
      metrics,
      log,
    });
  }

  get peerId(): string {
    return this.#parts.self;
  }

  /** Listens and starts to connect. Throws ZtcError P2P_LISTEN. */
  async start(): Promise<void> {
    const host = this.#host;
    host.addEventListener('peer:connect', ({ detail }) => this.#connected(detail.toString()));
    host.addEventListener('peer:disconnect', ({ detail }) => this.#lost(detail.toString()));
    await Promise.all(
      [this.#links, this.#gossip, this.#status, this.#ranges].map((part) => part.start()),
    );
    try {
      await startHost(host, this.#parts.listen);
    } catch (error) {
      await this.stop();
      throw error;
    }
    // Only now, so that libp2p's own listener has counted the connection before ours looks.
    host.addEventListener('connection:open', ({ detail }) => this.#moved(detail.remotePeer));
    this.#startedAt = performance.now();
    this.#dialer.start();
    this.#keeper = setInterval(() => this.#dialer.check(), KEEP_MS);
  }

  /** Ends all connections; returns after a bounded time whatever libp2p does. */
  async stop(): Promise<void> {
    clearInterval(this.#keeper);
    this.#dialer.stop();
    this.#links.stop();
    this.#gossip.stop();
    this.#status.stop();
    this.#headListeners.clear();
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('late'), STOP_MS_MAX);
    });
    const ended = Promise.resolve(this.#host.stop()).catch((error: unknown) => {
      this.#parts.log.debug({ err: error }, 'stopping libp2p failed');
    });
    const outcome = await Promise.race([ended, late]);
    clearTimeout(timer);
    if (outcome === 'late') this.#parts.log.warn('libp2p did not stop in time');
  }

  /**
   * The members as state lists them now: new ones are let in and dialled. Others have no voice from
   * here on and are cut off a little later: who has the deciding block before them is still theirs
   * to ask for it, or they would never learn why nobody lets them in.
   */
  setMembers(members: readonly P2pMember[]): void {
    const { roster, log } = this.#parts;
    const change = roster.update(members);
    if (change === undefined) return;
    const voting = members.filter(({ votes }) => votes).length;
    log.info({ members: members.length, voting, gone: change.gone }, 'the members changed');
    for (const peerId of change.revoiced) this.#links.revoiced(peerId);
    for (const peerId of change.gone) {
      this.#later(peerId, FORMER_MEMBER_GRACE_MS, () => this.#leave(peerId));
    }
    this.#dialer.retarget(roster.targets);
  }

  /** To the node of one member; best effort. */
  send(member: string, message: Uint8Array): void {
    this.#links.send(member, message);
  }

  /** To all validators and observers that are connected; best effort. */
  broadcast(message: Uint8Array): void {
    this.#links.broadcast(message);
  }

  /** The one who hears what validators' nodes send. */
  onConsensus(listener: ConsensusListener): void {
    this.#links.onMessage(listener);
  }

  publishBatch(batch: Uint8Array): void {
    this.#gossip.publish(batch);
  }

  /**
   * The one who judges batches of other nodes.
   *
   * @param waits whether anything in a good batch still waits to become final
   */
  onBatch(handler: BatchHandler, waits: (batch: Uint8Array) => boolean): void {
    this.#gossip.onBatch(handler, waits);
  }

  /** Our final head changed: peers are told soon. */
  headChanged(): void {
    this.#gossip.finalMoved();
    this.#status.announce();
  }

  /** Connected peers, the heights of the final heads that they told, and how far back they go. */
  heads(): RangeHead[] {
    return this.#status.heads();
  }

  /** How high the chain is by what connected peers told; 0 where none did. */
  get heardHeight(): number {
    return this.#status.highest;
  }

  /** The highest head that a connected peer told. */
  bestHead(): { readonly peerId: string; readonly height: number } | undefined {
    return this.heads().sort((a, b) => b.height - a.height)[0];
  }

  /** Called whenever a peer told its head; returns how to stop hearing. */
  onHead(listener: () => void): () => void {
    this.#headListeners.add(listener);
    return () => this.#headListeners.delete(listener);
  }

  /** Blocks from height `from` on, ending at one with its own finalization. */
  fetch(peerId: string, from: number): Promise<Result<readonly RangeBlock[], RangeCode>> {
    const { metrics } = this.#parts;
    return fetchRange({ host: this.#host, protocol: this.#rangeProtocol, metrics }, peerId, from);
  }

  /** The same from a given peer, or from the one with the best head. */
  async fetchRange(from: number, peerId?: string): Promise<Result<readonly RangeBlock[]>> {
    const peer = peerId ?? this.bestHead()?.peerId;
    if (peer === undefined) return failure('RANGE_UNAVAILABLE', 'no peer is connected');
    return this.fetch(peer, from);
  }

  /** All members but ourselves, and everybody else who is connected. */
  peers(): PeerInfo[] {
    const ids = new Set([...this.#parts.roster.others(), ...this.#connectedPeers()]);
    return [...ids].map((peerId) => {
      const [connection] = connectionsOf(this.#host, peerId);
      const status = this.#status.of(peerId);
      return {
        peerId,
        member: this.#parts.roster.member(peerId)?.id,
        role: this.#parts.roster.role(peerId),
        connected: connection !== undefined,
        address: connection?.remoteAddr.toString(),
        direction: connection?.direction,
        head: status?.head,
        heardMs: status?.heardMs,
        clock: status?.clock,
        problem: problemOf(this.#dialer.trouble(peerId)),
        reachedUs: this.#reachedUs(peerId),
      };
    });
  }

  #reachedUs(peerId: string): boolean | undefined {
    if (this.#inbound.has(peerId)) return true;
    const told = this.#status.of(peerId)?.dialledUs ?? DIALLED.UNKNOWN;
    return told === DIALLED.UNKNOWN ? undefined : told === DIALLED.REACHED;
  }

  /** Whether others find us. */
  reach(): Reach {
    const now = performance.now();
    return {
      addresses: this.addresses(),
      inboundMs: this.#inboundAt === undefined ? undefined : now - this.#inboundAt,
      upMs: now - this.#startedAt,
      unanswered: this.#dialer.unanswered().map(({ address, trouble }) => ({
        address,
        problem: problemOf(trouble) as PeerProblem,
      })),
    };
  }

  /** Multiaddrs at which this node can be dialled, with its peer id. */
  addresses(): string[] {
    return this.#host.getMultiaddrs().map(String);
  }

  get #rangeProtocol(): string {
    return `${this.#parts.prefix}/range/1`;
  }

  async #dial({ addresses }: DialTarget): Promise<string> {
    const signal = AbortSignal.timeout(DIAL_MS_MAX);
    const connection = await this.#host.dial([...addresses], { signal });
    return connection.remotePeer.toString();
  }

  #isConnected(peerId: string): boolean {
    return connectionsOf(this.#host, peerId).length > 0;
  }

  #connectedPeers(): string[] {
    return this.#host.getPeers().map(String);
  }

  #connected(peerId: string): void {
    this.#parts.log.info({ peerId, member: this.#member(peerId) }, 'peer connected');
    this.#dialer.connected(peerId);
    this.#noteInbound(peerId);
    this.#gossip.connected(peerId);
    this.#status.connected(peerId);
    this.#parts.metrics.peers.set(this.#connectedPeers().length);
  }

  /** A further connection of a peer: the earlier may be dead, so go on over this one. */
  #moved(peer: PeerId): void {
    const peerId = peer.toString();
    this.#noteInbound(peerId);
    if (connectionsOf(this.#host, peerId).length < 2) return;
    this.#links.moved(peerId);
    this.#gossip.moved(peerId);
    this.#status.moved(peerId);
  }

  #noteInbound(peerId: string): void {
    const [newest] = connectionsOf(this.#host, peerId);
    if (newest?.direction !== 'inbound' || this.#member(peerId) === undefined) return;
    this.#inbound.add(peerId);
    this.#inboundAt = performance.now();
  }

  #lost(peerId: string): void {
    this.#links.lost(peerId);
    this.#gossip.lost(peerId);
    this.#status.lost(peerId);
    const fields = { peerId, member: this.#member(peerId) };
    if (this.#dialer.lost(peerId)) this.#parts.log.info(fields, 'peer lost');
    else this.#parts.log.warn(fields, 'peer cut us off at once: is our peer id in its p2p.allow?');
    this.#parts.metrics.peers.set(this.#connectedPeers().length);
  }

  #headHeard(): void {
    for (const listener of this.#headListeners) listener();
  }

  #wrongChain(peerId: string, chain: Uint8Array): void {
    const theirs = toHex(chain);
    if (this.#leaving.has(peerId)) return;
    this.#parts.log.warn({ peerId, member: this.#member(peerId), theirs }, 'peer on another chain');
    this.#dialer.bar(peerId);
    // Our own status is on its way: the peer shall learn why, too, and not dial again and again.
    this.#later(peerId, WRONG_CHAIN_GRACE_MS, () => this.#cutOff(peerId, 'wrong_chain'));
  }

  #later(peerId: string, ms: number, leave: () => void): void {
    clearTimeout(this.#leaving.get(peerId));
    const timer = setTimeout(() => {
      this.#leaving.delete(peerId);
      leave();
    }, ms);
    this.#leaving.set(peerId, timer);
  }

  /** Ends the connections of a peer unless something else lets it in. */
  #leave(peerId: string): void {
    if (!this.#parts.roster.welcomes(peerId)) this.#cutOff(peerId, 'removed');
  }

  #cutOff(peerId: string, reason: CloseReason): void {
    this.#parts.metrics.closed.inc({ reason });
    for (const connection of connectionsOf(this.#host, peerId)) {
      connection.abort(new Error(reason));
    }
  }

  #member(peerId: string): string | undefined {
    return this.#parts.roster.member(peerId)?.id;
  }
}

function problemOf(trouble: Trouble | undefined): PeerProblem | undefined {
  if (trouble === undefined) return undefined;
  const { code, text, at } = trouble;
  return { code, text, agoMs: performance.now() - at };
}
