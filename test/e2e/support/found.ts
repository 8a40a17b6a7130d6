/** A chain founded in one folder: homes made in this process, nodes that are real. */
import { rename } from 'node:fs/promises';
import { type CliAnswer, resultOf, ztc } from './cli.ts';
import { isReady, rpc } from './devnet.ts';
import { type Running, spawnZtc, until } from './processes.ts';

/** So many a node. */
export const PORTS = 3;

export interface Host {
  readonly id: string;
  /** Its folder, relative to the current one. */
  readonly home: string;
  readonly p2p: string;
  readonly rpc: string;
  readonly admin: string;
}

/** @param from its first port; three follow each other */
export function hostAt(id: string, home: string, from: number): Host {
  return {
    id,
    home,
    p2p: `/ip4/127.0.0.1/tcp/${from}`,
    rpc: `http://127.0.0.1:${from + 1}`,
    admin: `http://127.0.0.1:${from + 2}`,
  };
}

/** All are run in one folder, as by one person. */
export function run(...words: string[]): Promise<CliAnswer> {
  return ztc(words, { ZTC_TRUST: 'trust.json' });
}

export async function resulting(...words: string[]) {
  return resultOf(await run(...words, '--json'));
}

/** @returns the request for the genesis */
export async function makeHome({ id, home, p2p, rpc: url, admin }: Host): Promise<string> {
  const addressOf = (of: string): string => of.replace('http://', '');
  const listens = ['--rpc-listen', addressOf(url), '--admin-listen', addressOf(admin)];
  const name = `${id.charAt(0).toUpperCase()}${id.slice(1)} Inc.`;
  const who = ['--member', id, '--name', name, '--announce', p2p, '--p2p-listen', p2p];
  await resulting('init', ...who, ...listens, '--home', home);
  return `${home}/${id}.member.json`;
}

export function startAt({ home }: Host, ...words: string[]): Running {
  return spawnZtc(['start', '--home', home, ...words], { cwd: process.cwd() });
}

/** One after the other: starting takes a processor for itself. */
export async function answers({ home, rpc: url }: Host, node: Running): Promise<void> {
  await until(`${home} to answer`, async () => {
    if (node.ended !== undefined) throw new Error(`${home} ended\n${node.tail()}`);
    return (await rpc(url, 'chain_status').catch(() => undefined)) !== undefined;
  });
}

export async function allReady(hosts: readonly Host[], nodes: readonly Running[]): Promise<void> {
  for (const [i, host] of hosts.entries()) {
    await until(`${host.home} to be ready`, () => {
      const node = nodes[i] as Running;
      if (node.ended !== undefined) throw new Error(`${host.home} ended\n${node.tail()}`);
      return isReady(host.admin);
    });
  }
}

export interface Founding {
  readonly publishers?: readonly string[];
  /** Put the member keys aside, as ID.safe.json. */
  readonly keysAway?: boolean;
}

/** Makes the homes and signed.json, and starts all nodes. */
export async function found(
  hosts: readonly Host[],
  { publishers = [], keysAway = false }: Founding = {},
): Promise<Running[]> {
  const requests: string[] = [];
  for (const host of hosts) requests.push(await makeHome(host));
  const words = ['--name', 'trust', ...requests, ...publishers];
  await resulting('genesis', 'build', ...words);
  for (const { id, home } of hosts) {
    await resulting('genesis', 'sign', 'genesis.json', '--home', home);
    if (keysAway) await rename(`${home}/keys/member.json`, `${id}.safe.json`);
  }
  const signatures = hosts.map(({ id }) => `${id}.sig.json`);
  await resulting('genesis', 'verify', 'genesis.json', ...signatures, '-o', 'signed.json');
  const nodes: Running[] = [];
  for (const host of hosts) {
    const node = startAt(host, '--genesis', 'signed.json');
    nodes.push(node);
    await answers(host, node);
  }
  await allReady(hosts, nodes);
  return nodes;
}
