/**
 * A consortium whose nodes run each on a machine of its own, founded by the ceremony that members
 * go through. Processes are killed, paused and started again as an operator or a bad day would.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { readKeyFile } from '../../../src/cli/keys/key-file.ts';
import type { KeyPair } from '../../../src/common/signature.ts';
import { at, initAt, type MemberHost, send } from '../../e2e/support/consortium.ts';
import { isReady, rpc } from '../../e2e/support/devnet.ts';
import { ROOT, Running, until } from '../../e2e/support/processes.ts';
import { addressOf, namespaceOf, TestNetwork } from './network.ts';

/** A whole consortium on a busy machine; nothing is measured by it. */
export const RECOVERY_MS_MAX = 120_000;
export const PUBLISHER = 'acme';
const PORTS = { p2p: 7600, rpc: 7601, admin: 7602 };
const IDS = ['acme', 'bolt', 'cobalt', 'dune', 'echo', 'flint', 'gale'];
const CLI = path.join(ROOT, 'src', 'cli', 'main.ts');

export class Cluster {
  readonly network: TestNetwork;
  readonly hosts: readonly MemberHost[];
  readonly dir: string;
  readonly keys: KeyPair;
  readonly chain: Uint8Array;
  readonly #nodes: (Running | undefined)[];
  readonly #paused = new Set<number>();

  constructor(
    network: TestNetwork,
    dir: string,
    hosts: readonly MemberHost[],
    made: { readonly keys: KeyPair; readonly chain: string },
  ) {
    this.network = network;
    this.dir = dir;
    this.hosts = hosts;
    this.keys = made.keys;
    this.chain = new Uint8Array(Buffer.from(made.chain.replace('0x', ''), 'hex'));
    this.#nodes = hosts.map(() => undefined);
  }

  get genesisFile(): string {
    return path.join(this.host(0).dir, 'genesis.json');
  }

  host(i: number): MemberHost {
    return this.hosts[i] as MemberHost;
  }

  node(i: number): Running {
    return this.#nodes[i] as Running;
  }

  /** A process in the machine of node `i`, in its member's folder. */
  runAt(i: number, words: readonly string[]): Running {
    const command = [process.execPath, '--disable-warning=ExperimentalWarning', CLI, ...words];
    // `ip` becomes the command, so signals reach it.
    const inside = ['netns', 'exec', namespaceOf(i), ...command];
    return new Running(this.host(i).id, 'ip', inside, { cwd: this.host(i).dir });
  }

  start(i: number): void {
    const signatures = this.hosts.map(({ id }) => `${id}.sig.json`);
    const first = ['--genesis', 'genesis.json', '--signatures', ...signatures];
    this.#nodes[i] = this.runAt(i, ['start', '--home', 'home', ...first]);
  }

  async kill(i: number): Promise<void> {
    this.#paused.delete(i);
    await this.node(i).end('SIGKILL');
  }

  pause(i: number): void {
    this.node(i).kill('SIGSTOP');
    this.#paused.add(i);
  }

  /** Undoes whatever was done to network and processes, and waits until all are ready. */
  async heal(): Promise<void> {
    this.network.heal();
    for (const i of this.#paused) this.node(i).kill('SIGCONT');
    this.#paused.clear();
    for (const i of this.hosts.keys()) if (this.node(i).ended !== undefined) this.start(i);
    await this.ready();
  }

  async ready(): Promise<void> {
    await Promise.all(
      this.hosts.map(({ id, admin }, i) =>
        until(
          `${id} to be ready`,
          () => {
            const { ended } = this.node(i);
            if (ended !== undefined) throw new Error(`${id} ended\n${this.node(i).tail()}`);
            return isReady(admin);
          },
          RECOVERY_MS_MAX,
        ),
      ),
    );
  }

  /** The chain's head as node `i` has it. */
  async head(i: number): Promise<{ readonly height: number; readonly hash: string }> {
    return (await rpc(this.host(i).rpc, 'chain_status')).head;
  }

  tails(): string {
    return this.#nodes.map((node) => node?.tail() ?? '').join('\n');
  }
}

/** Founds a consortium; nothing runs yet. `dirOf` may place a member's folder elsewhere. */
export async function foundCluster(
  size: number,
  dirOf?: (id: string, dir: string) => string,
): Promise<Cluster> {
  const network = new TestNetwork(size);
  // Memory of the stage's own: gone with it.
  const dir = await mkdtemp('/run/ztc-');
  const hosts = IDS.slice(0, size).map((id, i) => ({
    id,
    dir: dirOf?.(id, dir) ?? path.join(dir, id),
    home: path.join(dirOf?.(id, dir) ?? path.join(dir, id), 'home'),
    p2p: `/ip4/${addressOf(i)}/tcp/${PORTS.p2p}`,
    rpc: `http://${addressOf(i)}:${PORTS.rpc}`,
    admin: `http://${addressOf(i)}:${PORTS.admin}`,
  }));
  const first = hosts[0] as MemberHost;
  for (const host of hosts) await mkdir(host.dir, { recursive: true });
  await Promise.all(hosts.map((host) => initAt(host)));
  await at(first, 'key', 'new', 'acme.key', '--publisher', PUBLISHER);
  const asked = ['--id', PUBLISHER, '--name', 'ACME', '--key', 'acme.key'];
  await at(first, 'publisher', 'request', ...asked);
  for (const host of hosts) await send(host, `home/${host.id}.member.json`, [first]);
  const requests = hosts.map(({ id }) => `${id}.member.json`);
  const words = ['--name', 'trust', ...requests, '--publisher', 'acme.publisher.json'];
  const { chain } = await at(first, 'genesis', 'build', ...words);
  await send(first, 'genesis.json', hosts);
  await Promise.all(
    hosts.map(async (host) => {
      await at(host, 'genesis', 'sign', 'genesis.json', '--home', 'home');
      await send(host, `${host.id}.sig.json`, hosts);
    }),
  );
  const { keys } = await readKeyFile(path.join(first.dir, 'acme.key'));
  const cluster = new Cluster(network, dir, hosts, { keys, chain });
  assert.equal(cluster.chain.length, 32);
  return cluster;
}
