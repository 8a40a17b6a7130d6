/** Are the ports of a node free, or taken, and by whom? */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Finding } from '../../common/finding.ts';
import type { Config } from '../home/config-table.ts';

const CONNECT_MS_MAX = 2_000;

export interface Listener {
  /** The configuration key. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** Where a node of this configuration listens. */
export function listenersOf(config: Config): Listener[] {
  const p2p = config['p2p.listen'].map((address) => {
    const [, , host = '', , port = ''] = address.split('/');
    return { key: 'p2p.listen', host, port: Number(port) };
  });
  const others = (['rpc.listen', 'admin.listen'] as const).map((key) => {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(config[key]) ?? [];
    return { key, host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  });
  // Port 0 takes whatever is free.
  return [...p2p, ...others].filter(({ port }) => port > 0);
}

/** For a node that doesn't run: it could take all its ports now. */
export async function portFindings(listeners: readonly Listener[]): Promise<Finding[]> {
  const findings = await Promise.all(listeners.map(tryToTake));
  return findings.filter((finding) => finding !== undefined);
}

/** For a node that runs: it answers at all its ports. */
export async function deafFindings(listeners: readonly Listener[]): Promise<Finding[]> {
  const findings = await Promise.all(
    listeners.map(async (listener): Promise<Finding[]> => {
      if (await answers(listener)) return [];
      const { key, host, port } = listener;
      const text = `nothing listens at ${host}:${port} (${key}) although the node runs`;
      const remedy = 'its configuration changed since it started, or it is stopping: see its log';
      return [{ code: 'NOT_LISTENING', severity: 'error', text, remedy }];
    }),
  );
  return findings.flat();
}

function tryToTake(listener: Listener): Promise<Finding | undefined> {
  const { host, port } = listener;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(untakable(listener, error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function untakable(
  { key, host, port }: Listener,
  { code, message }: NodeJS.ErrnoException,
): Promise<Finding> {
  if (code === 'EADDRINUSE') {
    const owner = await portOwner(port);
    return {
      code: 'PORT_TAKEN',
      severity: 'error',
      text: `${host}:${port} (${key}) is taken by ${owner ?? 'another process'}`,
      remedy: `stop that process, or choose another port by ${key}`,
    };
  }
  const text = `${host}:${port} (${key}) can't be listened on: ${message}`;
  const remedy = `set ${key} to an address of this machine, such as 0.0.0.0`;
  return { code: 'LISTEN_FAILED', severity: 'error', text, remedy };
}

/** An address for everybody is reached by the loopback one. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function answers({ host, port }: Listener): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: reachableHost(host), port, timeout: CONNECT_MS_MAX });
    const end = (good: boolean): void => {
      socket.destroy();
      resolve(good);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** State of a listening socket in `/proc/net/tcp` (proc(5)). */
const LISTEN = '0A';

/** Id and name of the process that listens on a port; undefined where the system doesn't tell. */
async function portOwner(port: number): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n');
    for (const line of lines) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      const taken = Number.parseInt(local.split(':').at(-1) ?? '', 16) === port;
      if (taken && state === LISTEN && inode !== undefined) inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (!(await hasAny(pid, inodes))) continue;
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    return `process ${pid} (${name.trim()})`;
  }
  return undefined;
}

/** Those of other users can't be looked into. */
async function hasAny(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => ''));
  return (await Promise.all(links)).some((link) => inodes.has(link));
}
