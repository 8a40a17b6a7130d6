/**
 * The one table of a node's configuration: every key with its flag, environment variable, default
 * and meaning. `config.toml`, the options of `ztc start` and `ztc config show` all come from here.
 */

/** What a value is: text, or a list of texts. */
export type ConfigValue = string | readonly string[];

interface KeySpec<V extends ConfigValue> {
  readonly default: V;
  /** One line or more, as they stand in config.toml. */
  readonly doc: readonly string[];
  /** What is wrong with one text of the value, or undefined. */
  readonly wrong: (text: string) => string | undefined;
}

/** Not below: pino's levels. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const PORT_MAX = 65_535;
const MULTIADDR_PATTERN = /^\/(ip4|ip6|dns|dns4|dns6)\/[^/\s]+\/tcp\/(\d{1,5})(\/p2p\/[^/\s]+)?$/;
/** Host names, IPv4, and IPv6 in brackets. */
const LISTEN_PATTERN = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;
/** Base58btc, as peer ids are spelled. */
const PEER_ID_PATTERN = /^[1-9A-HJ-NP-Za-km-z]{40,70}$/;

function wrongMultiaddr(text: string): string | undefined {
  const port = MULTIADDR_PATTERN.exec(text)?.[2];
  return port !== undefined && Number(port) <= PORT_MAX
    ? undefined
    : 'it is no address like /ip4/192.0.2.7/tcp/7600 or /dns4/node.example.com/tcp/7600';
}

function wrongListen(text: string): string | undefined {
  const port = LISTEN_PATTERN.exec(text)?.[2];
  return port !== undefined && Number(port) <= PORT_MAX
    ? undefined
    : 'it is no HOST:PORT like 127.0.0.1:7601';
}

function wrongOrigin(text: string): string | undefined {
  if (text === '*' || text === 'null') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.origin === text && /^https?:$/.test(url.protocol)
    ? undefined
    : 'it is no origin like https://app.example.com, nor "*" or "null"';
}

/** A positive number of calls. */
const RATE_PATTERN = /^[1-9]\d{0,6}$/;
const HOST_PATTERN = /^([a-z0-9-]+\.)*[a-z0-9-]+$|^\[[0-9a-f:.]+\]$/;
/** An address or a network of them: what fastify takes as a proxy. */
const PROXY_PATTERN = /^[0-9A-Fa-f:.]+(\/\d{1,3})?$/;

function wrongUnless(pattern: RegExp, words: string): (text: string) => string | undefined {
  return (text) => (pattern.test(text) ? undefined : words);
}

function wrongPeerId(text: string): string | undefined {
  return PEER_ID_PATTERN.test(text) ? undefined : 'it is no peer id like 12D3KooW…';
}

function wrongLevel(text: string): string | undefined {
  const known = LOG_LEVELS.some((level) => level === text);
  return known ? undefined : `it is none of ${LOG_LEVELS.join(', ')}`;
}

/** Everything, for good. */
const ARCHIVE = 'archive';
/** Two seconds of the fastest chain: who has just learnt the head still gets a proof below it. */
const STATES_MIN = 100;
/** Who was away for a moment, or a feed that broke off, goes on from here. */
const BLOCKS_MIN = 1_000;

function wrongRetention(text: string, least: number): string | undefined {
  if (text === ARCHIVE) return undefined;
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) >= least
    ? undefined
    : `it is neither "${ARCHIVE}" nor a number of blocks from ${least} on`;
}

/** A number of blocks; undefined: all. */
export function retentionOf(text: string): number | undefined {
  return text === ARCHIVE ? undefined : Number(text);
}

const spec = <V extends ConfigValue>(given: KeySpec<V>): KeySpec<V> => given;

export const CONFIG_KEYS = {
  'p2p.listen': spec<readonly string[]>({
    default: ['/ip4/0.0.0.0/tcp/7600'],
    doc: ['Addresses on which other nodes reach this one (multiaddrs, TCP).'],
    wrong: wrongMultiaddr,
  }),
  'p2p.announce': spec<readonly string[]>({
    default: [],
    doc: ['Addresses told to other nodes, where they differ from p2p.listen (behind NAT).'],
    wrong: wrongMultiaddr,
  }),
  'p2p.peers': spec<readonly string[]>({
    default: [],
    doc: [
      'Addresses of other nodes, with or without /p2p/PEER-ID. With it they replace what the',
      'genesis says of that peer, which is a first contact only.',
    ],
    wrong: wrongMultiaddr,
  }),
  'p2p.allow': spec<readonly string[]>({
    default: [],
    doc: [
      'Peer ids that may connect though they are no members: observers and joiners. They get',
      'blocks and batches and are never heard in consensus.',
    ],
    wrong: wrongPeerId,
  }),
  'state.retention': spec<string>({
    default: ARCHIVE,
    doc: [
      `"${ARCHIVE}", or of how many of the newest blocks the state after them can be read and`,
      `proven: "${STATES_MIN}" or more. Old receipts verify in any case.`,
    ],
    wrong: (text) => wrongRetention(text, STATES_MIN),
  }),
  'blocks.retention': spec<string>({
    default: ARCHIVE,
    doc: [
      `"${ARCHIVE}", or how many of the newest blocks are kept with their transactions, results`,
      `and finalizations: "${BLOCKS_MIN}" or more; headers always are. Who joins or audits needs`,
      'all blocks from somebody: some members have to keep them.',
    ],
    wrong: (text) => wrongRetention(text, BLOCKS_MIN),
  }),
  'rpc.listen': spec<string>({
    default: '127.0.0.1:7601',
    doc: [
      'HOST:PORT of the public listener: JSON-RPC, feed, explorer. Who may read is rpc.access.',
    ],
    wrong: wrongListen,
  }),
  'rpc.access': spec<string>({
    default: 'public',
    doc: [
      'Who may read from other hosts: "public" (whoever can connect) or "token" (holders of one',
      'that `ztc token create` made). Writing needs none: transactions are signed.',
    ],
    wrong: wrongUnless(/^(public|token)$/, 'it is neither public nor token'),
  }),
  'rpc.rate': spec<string>({
    default: '1000',
    doc: [
      'Calls a second that one client of another host gets answered (five seconds’ worth at once);',
      'more is told when to come back. A client is a token, an IPv4 address or an IPv6 /64.',
    ],
    wrong: wrongUnless(RATE_PATTERN, 'it is no number of calls a second'),
  }),
  'rpc.hosts': spec<readonly string[]>({
    default: [],
    doc: [
      'Names by which browsers may ask for this node, beside those of loopback, as',
      '"ledger.example.com": others are refused, against DNS rebinding. Where rpc.listen is no',
      'loopback address and this is empty, all are taken.',
    ],
    wrong: wrongUnless(HOST_PATTERN, 'it is no host name in lower case, without a port'),
  }),
  'rpc.proxies': spec<readonly string[]>({
    default: [],
    doc: [
      'Addresses (or networks) of proxies whose X-Forwarded-For tells who the client is. Through a',
      'proxy of this machine that is not listed here all count as one client of another host.',
    ],
    wrong: wrongUnless(PROXY_PATTERN, 'it is no address like 127.0.0.1 or 10.0.0.0/8'),
  }),
  'rpc.tls-cert': spec<string>({
    default: '',
    doc: ['PEM file of the certificate chain; with it and rpc.tls-key the listener speaks HTTPS.'],
    wrong: () => undefined,
  }),
  'rpc.tls-key': spec<string>({
    default: '',
    doc: ['PEM file of the private key of rpc.tls-cert.'],
    wrong: () => undefined,
  }),
  'rpc.cors': spec<readonly string[]>({
    default: ['*'],
    doc: [
      'Origins whose web pages may read from this node in the browsers of those who can connect:',
      '"*" is any, also pages opened from disk such as verify.html. Use [] where a browser that',
      'can connect also visits pages that must not read this chain.',
    ],
    wrong: wrongOrigin,
  }),
  'admin.listen': spec<string>({
    default: '127.0.0.1:7602',
    doc: [
      'HOST:PORT of the admin listener: /metrics, /livez, /readyz, and admin_* methods, which',
      'need the token in the file admin-token.',
    ],
    wrong: wrongListen,
  }),
  'log.level': spec<string>({
    default: 'info',
    doc: [`One of ${LOG_LEVELS.join(', ')}. Logs are JSON lines on standard output.`],
    wrong: wrongLevel,
  }),
} as const;

export type ConfigKey = keyof typeof CONFIG_KEYS;
/** All values in effect. */
export type Config = {
  readonly [K in ConfigKey]: (typeof CONFIG_KEYS)[K] extends KeySpec<infer V> ? V : never;
};

export const CONFIG_KEY_NAMES = Object.keys(CONFIG_KEYS) as readonly ConfigKey[];

export function specOf(key: ConfigKey): KeySpec<ConfigValue> {
  return CONFIG_KEYS[key] as KeySpec<ConfigValue>;
}

/** `p2p.listen` → `p2p-listen`, to be used after two dashes. */
export function flagOf(key: ConfigKey): string {
  return key.replaceAll('.', '-');
}

/** `p2p.listen` → `ZTC_P2P_LISTEN`; lists are separated by commas or spaces. */
export function variableOf(key: ConfigKey): string {
  return `ZTC_${key.replaceAll(/[.-]/g, '_').toUpperCase()}`;
}
