/** Who asks, as far as a connection and its headers tell: this machine, a token, or an address. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIPv6 } from 'node:net';
import type { RateLimiter } from './rate.ts';
import { bearerToken, type TokenHolder, type TokenSource } from './tokens.ts';

/** Who may read from other hosts: everybody, or whoever has a token. */
export type Access = 'public' | 'token';

export interface Client {
  /** A process of this machine, and no proxy's word for somebody else. */
  readonly local: boolean;
  readonly holder: TokenHolder | undefined;
  /** A token was given that is none of ours. */
  readonly badToken: boolean;
  /** What the client is counted under. */
  readonly name: string;
}

export interface Asking {
  /** Of the connection, or what a trusted proxy says. */
  readonly address: string;
  readonly headers: IncomingHttpHeaders;
  /** A trusted proxy named the address. */
  readonly forwarded: boolean;
}

export interface DoorOptions {
  readonly access: Access;
  readonly tokens: TokenSource;
  readonly rate: RateLimiter;
}

/** The public listener's rules about clients. */
export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  client({ address, headers, forwarded }: Asking): Client {
    const token = bearerToken(headers.authorization);
    const holder = token === undefined ? undefined : this.#options.tokens.find(token);
    // A proxy of this machine that nobody told us of speaks for strangers.
    const isProxy =
      !forwarded && ('x-forwarded-for' in headers || 'forwarded' in headers || 'via' in headers);
    const local = isLoopbackAddress(address) && !isProxy;
    const badToken = headers.authorization !== undefined && holder === undefined;
    // Not looked at more closely where it isn't counted.
    const network = local ? address : networkOf(address);
    return { local, holder, badToken, name: holder === undefined ? network : `token ${holder.id}` };
  }

  mayRead({ local, holder }: Client): boolean {
    return local || holder !== undefined || this.#options.access === 'public';
  }

  /** Lets one call in; else how many ms to wait. What this machine runs is not counted. */
  admit({ local, name }: Client): number | undefined {
    return local ? undefined : this.#options.rate.admit(name);
  }

  charge({ local, name }: Client, calls: number): void {
    if (!local) this.#options.rate.charge(name, calls);
  }
}

const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/i;

export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^127(\.\d{1,3}){3}$/.test(address.replace(MAPPED_IPV4, ''));
}

/** How many 16-bit groups of an IPv6 address one customer usually gets all of (RFC 6177). */
const IPV6_GROUPS = 4;
const IPV6_GROUPS_ALL = 8;

/** An IPv4 address, or the /64 network of an IPv6 one: its holder has all addresses in it. */
export function networkOf(address: string): string {
  const plain = address.replace(MAPPED_IPV4, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Math.max(0, IPV6_GROUPS_ALL - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  const network = groups.slice(0, IPV6_GROUPS).map((group) => Number.parseInt(group, 16));
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}
