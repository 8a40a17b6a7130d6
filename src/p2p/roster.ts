/**
 * Who is who: the members that state lists, those that the operator allows, and where to dial
 * them. State fixes peer ids; addresses are configuration.
 */
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { ZtcError } from '../common/errors.ts';
import { ROLE } from '../ledger/genesis.ts';
import { peerIdOf } from '../ledger/peer-id.ts';

/** A member as far as p2p is concerned. */
export interface P2pMember {
  readonly id: string;
  readonly nodeKey: Uint8Array;
  readonly role: number;
  /** Whether it votes in this epoch, did in the last or will in the next: then it is heard. */
  readonly votes: boolean;
  /** Multiaddrs without peer id, from its entry. */
  readonly addresses: readonly string[];
}

/** `allowed`: by the operator's list; `configured`: dialled at an address of the operator. */
export type PeerRole = 'validator' | 'observer' | 'allowed' | 'configured';

/** Where a peer is dialled; without peer id whoever answers there is welcome. */
export interface DialTarget {
  readonly peerId: string | undefined;
  readonly addresses: readonly Multiaddr[];
}

export interface RosterOptions {
  readonly self: string;
  readonly members: readonly P2pMember[];
  /** Peer ids. */
  readonly allow: readonly string[];
  /** Multiaddrs with or without /p2p/…; one with it replaces that member's own addresses. */
  readonly peers: readonly string[];
}

export class Roster {
  readonly #members = new Map<string, P2pMember>();
  readonly #peers = new Map<string, string>();
  readonly #allow: ReadonlySet<string>;
  readonly #self: string;
  readonly targets: readonly DialTarget[];

  constructor(options: RosterOptions) {
    this.#self = options.self;
    this.#allow = new Set(options.allow);
    for (const member of options.members) {
      const peerId = peerIdOf(member.nodeKey);
      this.#members.set(peerId, member);
      this.#peers.set(member.id, peerId);
    }
    this.targets = this.#dialTargets(options.peers);
  }

  member(peerId: string): P2pMember | undefined {
    return this.#members.get(peerId);
  }

  /** Peer ids of all members but this node's. */
  others(): string[] {
    return [...this.#members.keys()].filter((peerId) => peerId !== this.#self);
  }

  /** Peer id of a member's node. */
  peerOf(member: string): string | undefined {
    return this.#peers.get(member);
  }

  /** The member that a peer speaks for in consensus; undefined where it has no voice. */
  voice(peerId: string): string | undefined {
    const member = this.#members.get(peerId);
    return member?.votes ? member.id : undefined;
  }

  /** Whether an inbound connection of that node key is let in. */
  admits(peerId: string): boolean {
    return this.#members.has(peerId) || this.#allow.has(peerId);
  }

  role(peerId: string): PeerRole {
    const member = this.#members.get(peerId);
    if (member !== undefined) return member.role === ROLE.VALIDATOR ? 'validator' : 'observer';
    return this.#allow.has(peerId) ? 'allowed' : 'configured';
  }

  #dialTargets(peers: readonly string[]): DialTarget[] {
    const addresses = new Map<string, Multiaddr[]>();
    const anonymous: DialTarget[] = [];
    for (const peer of peers) {
      const address = parse(peer);
      const peerId = peerIdIn(address);
      if (peerId === undefined) anonymous.push({ peerId, addresses: [address] });
      else addresses.set(peerId, [...(addresses.get(peerId) ?? []), address]);
    }
    for (const [peerId, member] of this.#members) {
      if (addresses.has(peerId) || member.addresses.length === 0) continue;
      addresses.set(peerId, member.addresses.flatMap(announced(peerId)));
    }
    addresses.delete(this.#self);
    const named = [...addresses].map(([peerId, found]) => ({ peerId, addresses: found }));
    return [...named, ...anonymous].filter((target) => target.addresses.length > 0);
  }
}

/** Peer id at the end of a multiaddr, if there is one. */
export function peerIdIn(address: Multiaddr): string | undefined {
  return address.getComponents().findLast(({ name }) => name === 'p2p')?.value;
}

function parse(text: string): Multiaddr {
  try {
    return multiaddr(text);
  } catch (cause) {
    throw new ZtcError('P2P_ADDRESS', `not a multiaddr: ${text}`, {
      cause,
      hint: 'write it like /ip4/192.0.2.1/tcp/7801 or /dns4/ledger.example.org/tcp/7801/p2p/12D…',
    });
  }
}

/** What a genesis announces may be wrong without anybody here being able to help it. */
function announced(peerId: string): (text: string) => Multiaddr[] {
  return (text) => {
    try {
      const address = multiaddr(text);
      if (peerIdIn(address) === undefined) return [multiaddr(`${text}/p2p/${peerId}`)];
      return peerIdIn(address) === peerId ? [address] : [];
    } catch {
      return [];
    }
  };
}
