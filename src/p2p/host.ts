/** The libp2p host: TCP, noise, yamux and identify, configured for a consortium. */
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { type Identify, identify } from '@libp2p/identify';
import type { Connection, ConnectionGater, Libp2p, Stream } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { tcp } from '@libp2p/tcp';
import { createLibp2p } from 'libp2p';
import { concat } from '../common/bytes.ts';
import { ZtcError } from '../common/errors.ts';
import type { KeyPair } from '../common/signature.ts';
import { noiseCrypto } from './noise-cipher.ts';
import { wholeWrites } from './whole-writes.ts';
import './window-updates.ts';

/** Members, observers, joiners, and as many again while connections are replaced. */
const CONNECTIONS_MAX = 512;
/** From the first byte to a known key; a member far away needs three round trips. */
const HANDSHAKE_MS_MAX = 5_000;
/** A dial, with name resolution and all addresses of a peer. */
export const DIAL_MS_MAX = 8_000;
/** Streams that a peer may have open towards us: batches, consensus, status, ranges, and slack. */
const STREAMS_PER_CONNECTION_MAX = 32;
/** No byte either way for this long: the socket is dead. Status goes out every few seconds. */
const SOCKET_INACTIVE_MS_MAX = 30_000;
/** How often each connection is tried. */
const PING_MS = 10_000;
/** Longer than a busy peer may be deaf. */
const PONG_MS_MAX = 10_000;
/** So much of a stream is under way at most: full speed at 100 Mbit/s and 80 ms. */
const STREAM_WINDOW_BYTES_MAX = 1024 * 1024;
const STREAM_WINDOW_BYTES = 256 * 1024;
/** Opening a stream on a connection that is alive. */
const STREAM_OPEN_MS_MAX = 5_000;

/** The services have to stay in step with what `createHost` starts. */
export interface HostServices extends Record<string, unknown> {
  readonly identify: Identify;
}
export type Host = Libp2p<HostServices>;

export interface HostOptions {
  readonly nodeKeys: KeyPair;
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  readonly gater: ConnectionGater;
}

/** Makes the host; it listens from `start` on. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { secretKey, publicKey } = options.nodeKeys;
  return createLibp2p<HostServices>({
    start: false,
    privateKey: privateKeyFromRaw(concat(secretKey, publicKey.subarray(1))),
    addresses: { listen: [...options.listen], announce: [...options.announce] },
    nodeInfo: { userAgent: 'ztc' },
    connectionGater: options.gater,
    connectionManager: {
      maxConnections: CONNECTIONS_MAX,
      dialTimeout: DIAL_MS_MAX,
      inboundUpgradeTimeout: HANDSHAKE_MS_MAX,
      // The gater bounds these by address, and counts what it refuses.
      maxIncomingPendingConnections: Number.MAX_SAFE_INTEGER,
      inboundConnectionThreshold: Number.MAX_SAFE_INTEGER,
    },
    // A peer that lost its power leaves a connection behind that still looks open.
    connectionMonitor: { pingInterval: PING_MS, pingTimeout: { minTimeout: PONG_MS_MAX } },
    transports: [
      tcp({
        maxConnections: CONNECTIONS_MAX,
        inboundSocketInactivityTimeout: SOCKET_INACTIVE_MS_MAX,
        outboundSocketInactivityTimeout: SOCKET_INACTIVE_MS_MAX,
        dialOpts: { noDelay: true, keepAlive: true },
        listenOpts: { noDelay: true, keepAlive: true },
      }),
    ],
    connectionEncrypters: [wholeWrites(noise({ crypto: noiseCrypto }))],
    streamMuxers: [
      yamux({
        maxInboundStreams: STREAMS_PER_CONNECTION_MAX,
        streamOptions: {
          initialStreamWindowSize: STREAM_WINDOW_BYTES,
          maxStreamWindowSize: STREAM_WINDOW_BYTES_MAX,
        },
      }),
    ],
    services: { identify: identify() },
  });
}

/** Starts listening; a taken port or a bad address is told in words. */
export async function startHost(host: Host, listen: readonly string[]): Promise<void> {
  try {
    await host.start();
  } catch (cause) {
    throw new ZtcError('P2P_LISTEN', `cannot listen on ${listen.join(', ')}`, {
      cause,
      hint: 'another process may have the port, or the address is not of this machine',
    });
  }
}

/** The peer's open connections, newest first: an older one may be dead without knowing it. */
export function connectionsOf(host: Host, peerId: string): Connection[] {
  return host
    .getConnections(peerIdFromString(peerId))
    .filter((connection) => connection.status === 'open')
    .reverse();
}

/** Opens a stream to a connected peer; rejects if it is gone or doesn't speak the protocol. */
export async function openStream(host: Host, peerId: string, protocol: string): Promise<Stream> {
  const [connection] = connectionsOf(host, peerId);
  if (connection === undefined) throw new ZtcError('P2P_NOT_CONNECTED', `${peerId} is not there`);
  return connection.newStream(protocol, { signal: AbortSignal.timeout(STREAM_OPEN_MS_MAX) });
}
