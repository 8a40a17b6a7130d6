/**
 * Who may connect. Inbound: only node keys that state or the operator lists, and before a key is
 * known only so many at a time, so that whoever sends noise to the port costs a bounded amount.
 * Everything cut off is counted.
 */
import type { ConnectionGater, MultiaddrConnection } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { InboundRefusal, P2pMetrics } from './metrics.ts';
import { type RateLimit, RateLimiter } from './rate-limit.ts';
import type { DialTarget } from './roster.ts';

/** Connections whose handshake is not done: a consortium starting at the same moment fits. */
const PENDING_MAX = 128;
/** Of one address: many nodes of a test on one machine fit. */
const PENDING_PER_ADDRESS_MAX = 16;
/** New connections of one address; a member reconnects now and then, all of a devnet at once. */
const CONNECTIONS_PER_ADDRESS: RateLimit = { burst: 64, perSecond: 8 };
/** Both ends dialling at the same time make two; more help nobody. */
const CONNECTIONS_PER_PEER_MAX = 4;

export interface GaterOptions {
  readonly admits: (peerId: string) => boolean;
  /** Connections that a peer has. */
  readonly connections: (peerId: string) => number;
  /** Whose addresses may be dialled, now. */
  readonly targets: () => readonly DialTarget[];
  readonly metrics: P2pMetrics;
}

export function createGater(options: GaterOptions): ConnectionGater {
  const pending = new PendingConnections(options.metrics);
  const isTarget = (address: Multiaddr): boolean =>
    options
      .targets()
      .some(({ addresses }) => addresses.map(withoutPeer).includes(withoutPeer(address)));
  return {
    denyDialMultiaddr: (address) => !isTarget(address),
    denyInboundConnection: (connection) => !pending.admit(connection),
    denyInboundEncryptedConnection: (peer, connection) => {
      const peerId = peer.toString();
      pending.done(connection);
      if (!options.admits(peerId)) return pending.refuse('stranger');
      if (options.connections(peerId) < CONNECTIONS_PER_PEER_MAX) return false;
      return pending.refuse('duplicates');
    },
  };
}

/** The transport part of an address, which is what gets dialled. */
function withoutPeer(address: Multiaddr): string {
  return address.toString().replace(/\/p2p\/[^/]+$/, '');
}

/** Inbound connections whose key is not known yet. */
class PendingConnections {
  readonly #metrics: P2pMetrics;
  readonly #connections = new Map<MultiaddrConnection, string>();
  readonly #perAddress = new Map<string, number>();
  readonly #rate = new RateLimiter(CONNECTIONS_PER_ADDRESS);

  constructor(metrics: P2pMetrics) {
    this.#metrics = metrics;
  }

  admit(connection: MultiaddrConnection): boolean {
    const address = hostOf(connection.remoteAddr);
    if (!this.#rate.take(address)) return !this.refuse('address_rate');
    const count = this.#perAddress.get(address) ?? 0;
    if (this.#connections.size >= PENDING_MAX || count >= PENDING_PER_ADDRESS_MAX) {
      return !this.refuse('pending');
    }
    this.#connections.set(connection, address);
    this.#perAddress.set(address, count + 1);
    connection.addEventListener('close', () => {
      if (this.done(connection)) this.refuse('handshake');
    });
    return true;
  }

  /** Counts a refusal; true, as the gater's word for no. */
  refuse(reason: InboundRefusal): true {
    this.#metrics.inboundRefused.inc({ reason });
    return true;
  }

  /** The key is known or the connection gone; false if it was no longer pending. */
  done(connection: MultiaddrConnection): boolean {
    const address = this.#connections.get(connection);
    if (address === undefined) return false;
    this.#connections.delete(connection);
    const count = (this.#perAddress.get(address) ?? 1) - 1;
    if (count === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, count);
    return true;
  }
}

function hostOf(address: Multiaddr): string {
  return address.getComponents()[0]?.value ?? '';
}
