/**
 * Who is who: the members as state lists them now, those that the operator allows, and where to
 * dial them. State fixes peer ids; the operator's addresses win over those that members announce.
 */
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { equalBytes } from '../common/bytes.ts';
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

/** What a new list of members means for peers that may be connected. */
export interface RosterChange {
  /** They were members' nodes, and nothing lets them in any more. */
  readonly gone: readonly string[];
  /** They are heard in consensus where they weren't, or the other way round. */
  readonly revoiced: readonly string[];
}

export class Roster {
  /** By peer id. */
  #members: ReadonlyMap<string, P2pMember> = new Map();
  /** Peer ids by member id. */
  #peers: ReadonlyMap<string, string> = new Map();
  #targets: readonly DialTarget[] = [];
  readonly #allow: ReadonlySet<string>;
  readonly #self: string;
  /** The operator's addresses: of known peers, and of whoever answers there. */
  readonly #configured = new Map<string, readonly Multiaddr[]>();
  readonly #anonymous: DialTarget[] = [];

  constructor(options: RosterOptions) {
    this.#self = options.self;
    this.#allow = new Set(options.allow);
    for (const peer of options.peers) {
      const address = parse(peer);
      const peerId = peerIdIn(address);
      if (peerId === undefined) this.#anonymous.push({ peerId, addresses: [address] });
      else this.#configured.set(peerId, [...(this.#configured.get(peerId) ?? []), address]);
    }
    this.update(options.members);
  }

  /** Takes the members as state lists them now; undefined where nothing changed. */
  update(members: readonly P2pMember[]): RosterChange | undefined {
    const before = this.#members;
    const now = new Map(members.map((member) => [peerIdOf(member.nodeKey), member]));
    const same = (peerId: string): boolean => sameMember(before.get(peerId), now.get(peerId));
    if (before.size === now.size && [...now.keys()].every(same)) return undefined;
    this.#members = now;
    this.#peers = new Map([...now].map(([peerId, { id }]) => [id, peerId]));
    this.#targets = this.#dialTargets();
    return {
      gone: [...before.keys()].filter((peerId) => !this.welcomes(peerId)),
      revoiced: [...now].flatMap(([peerId, { votes }]) => {
        const voted = before.get(peerId)?.votes ?? false;
        return peerId !== this.#self && votes !== voted ? [peerId] : [];
      }),
    };
  }

  /** Whom to keep connected to, by what is known now. */
  get targets(): readonly DialTarget[] {
    return this.#targets;
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

  /** Whether a connection with it may go on, whoever dialled. */
  welcomes(peerId: string): boolean {
    return this.admits(peerId) || this.#configured.has(peerId) || peerId === this.#self;
  }

  role(peerId: string): PeerRole {
    const member = this.#members.get(peerId);
    if (member !== undefined) return member.role === ROLE.VALIDATOR ? 'validator' : 'observer';
    return this.#allow.has(peerId) ? 'allowed' : 'configured';
  }

  #dialTargets(): DialTarget[] {
    const addresses = new Map(this.#configured);
    for (const [peerId, member] of this.#members) {
      if (addresses.has(peerId) || member.addresses.length === 0) continue;
      addresses.set(peerId, member.addresses.flatMap(announced(peerId)));
    }
    addresses.delete(this.#self);
    const named = [...addresses].map(([peerId, found]) => ({ peerId, addresses: found }));
    return [...named, ...this.#anonymous].filter((target) => target.addresses.length > 0);
  }
}

function sameMember(a: P2pMember | undefined, b: P2pMember | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const same = a.id === b.id && a.role === b.role && a.votes === b.votes;
  const sameAddresses =
    a.addresses.length === b.addresses.length &&
    a.addresses.every((each, i) => each === b.addresses[i]);
  return same && sameAddresses && equalBytes(a.nodeKey, b.nodeKey);
}

/** Whether two targets mean the same peer at the same addresses. */
export function sameTarget(a: DialTarget, b: DialTarget): boolean {
  return a.peerId === b.peerId && a.addresses.map(String).join() === b.addresses.map(String).join();
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

/** What a member announces may be wrong without anybody here being able to help it. */
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
