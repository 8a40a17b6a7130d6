/**
 * A peer's configuration: what four nodes on one machine need, a mempool and batches with room for
 * the load, and no wait after a commit. Tuned, it is what an expert would run: no recheck, gossip
 * and flush timers of milliseconds, no limit on sending, blocks only where there is work.
 */

export interface NodePlace {
  readonly p2p: number;
  readonly rpc: number;
}

export const HOST = '127.0.0.1';

type Settings = Readonly<Record<string, string>>;

const COMMON: Settings = {
  proxy_app: '"kvstore"',
  log_level: '"error"',
  addr_book_strict: 'false',
  allow_duplicate_ip: 'true',
  timeout_commit: '"0s"',
  'mempool.size': '50000',
  max_request_batch_size: '100',
};

const TUNED: Settings = {
  recheck: 'false',
  send_rate: '512000000',
  recv_rate: '512000000',
  flush_throttle_timeout: '"1ms"',
  peer_gossip_sleep_duration: '"5ms"',
  create_empty_blocks: 'false',
};

export interface CometBftConfig {
  readonly place: NodePlace;
  /** `id@host:port` of all nodes. */
  readonly peers: readonly string[];
  readonly tuned: boolean;
}

/**
 * Changes the values of a `config.toml`. A setting that it lacks is an error: another version would
 * be measured otherwise than said.
 */
export function configured(toml: string, { place, peers, tuned }: CometBftConfig): string {
  const settings: Settings = {
    ...COMMON,
    ...(tuned ? TUNED : {}),
    'rpc.laddr': `"tcp://${HOST}:${place.rpc}"`,
    'p2p.laddr': `"tcp://${HOST}:${place.p2p}"`,
    persistent_peers: `"${peers.join(',')}"`,
  };
  const missing = new Set(Object.keys(settings));
  let section = '';
  const lines = toml.split('\n').map((line) => {
    section = /^\[(\w+)\]/.exec(line)?.[1] ?? section;
    const name = /^([\w-]+) = /.exec(line)?.[1];
    const key = [`${section}.${name}`, `${name}`].find((each) => settings[each] !== undefined);
    if (key === undefined) return line;
    missing.delete(key);
    return `${name} = ${settings[key]}`;
  });
  if (missing.size > 0) throw new Error(`config.toml has no ${[...missing].join(', ')}`);
  return lines.join('\n');
}
