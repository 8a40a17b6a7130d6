/** The consortium that a scenario measures: the devnet's own founding and processes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Folder, folderAt, newFolder } from '../devnet/folder.ts';
import { found, PUBLISHER } from '../devnet/found.ts';
import { MEMBER_NAMES } from '../devnet/options.ts';
import { type NodePorts, portsOf, requireFree } from '../devnet/ports.ts';
import { NodeProcess } from '../devnet/processes.ts';
import { untilReady } from '../devnet/ready.ts';
import { readSignedGenesis } from '../src/cli/home/ceremony.ts';
import { homePaths, readHomeKey } from '../src/cli/home/home.ts';
import { readKeyFile } from '../src/cli/keys/key-file.ts';
import { createClient } from '../src/client/client.ts';
import { httpTransport } from '../src/client/transport.ts';
import type { KeyPair } from '../src/common/signature.ts';
import { chainOf, type SignedGenesis } from '../src/ledger/genesis.ts';
import type { Signer } from './chain/transactions.ts';

export interface ConsortiumPlan {
  readonly basePort: number;
  readonly validators: number;
  /** Members without a vote, which come after the validators. */
  readonly observers?: number;
  /** When the chain began, in ms; by default now. */
  readonly now?: number;
}

export class Consortium {
  readonly folder: Folder;
  /** All members, validators first. */
  readonly names: readonly string[];
  readonly genesis: SignedGenesis;
  readonly signer: Signer;
  readonly #ports: ReadonlyMap<string, NodePorts>;
  readonly #running = new Map<string, NodeProcess>();

  private constructor(parts: Pick<Consortium, 'folder' | 'genesis' | 'signer'> & { ports: Ports }) {
    this.folder = parts.folder;
    this.genesis = parts.genesis;
    this.signer = parts.signer;
    this.#ports = parts.ports;
    this.names = [...parts.ports.keys()];
  }

  /** Founds one in a folder of its own, which `remove` removes. */
  static async found(plan: ConsortiumPlan): Promise<Consortium> {
    const { basePort, validators, observers = 0 } = plan;
    const names = MEMBER_NAMES.slice(0, validators + observers);
    const ports = new Map(names.map((name, i) => [name, portsOf(basePort, i)]));
    await requireFree(ports);
    const folder = folderAt(await mkdtemp(path.join(tmpdir(), 'ztc-bench-')));
    await newFolder(folder, names.length, basePort);
    await found(folder, ports, { observers: names.slice(validators), now: plan.now ?? Date.now() });
    const genesis = await readSignedGenesis(folder.genesis, []);
    const { keys } = await readKeyFile(folder.publisherKey);
    const signer = { chain: chainOf(genesis.genesis), publisher: PUBLISHER.id, keys };
    return new Consortium({ folder, genesis, signer, ports });
  }

  /** Voting keys by member. */
  async voters(): Promise<Map<string, KeyPair>> {
    const voters = new Map<string, KeyPair>();
    for (const { id, validatorKey } of this.genesis.genesis.members) {
      if (validatorKey === null) continue;
      const file = homePaths(this.folder.home(id)).keys.validator;
      voters.set(id, await readHomeKey(file, 'validator', () => {}));
    }
    return voters;
  }

  chainDir(name: string): string {
    return homePaths(this.folder.home(name)).chain;
  }

  /** Starts nodes and, unless told otherwise, waits until they are ready. */
  async start(names: readonly string[], wait = true): Promise<void> {
    const started = names.map((name) => {
      const ports = this.#ports.get(name) as NodePorts;
      const spec = { name, home: this.folder.home(name), log: this.folder.log(name), ports };
      const node = new NodeProcess(spec, (dead) => {
        process.stderr.write(`bench: node ${name} ${dead.ended}; its log is ${spec.log}\n`);
      });
      this.#running.set(name, node);
      return node;
    });
    if (wait) await untilReady(started, new AbortController().signal);
  }

  pid(name: string): number {
    return this.#running.get(name)?.pid ?? 0;
  }

  rpc(name: string): string {
    return `http://127.0.0.1:${this.#ports.get(name)?.rpc}`;
  }

  /** Of the newest final block of a running node. */
  async height(name: string): Promise<number> {
    const client = createClient({
      transport: httpTransport({ urls: [this.rpc(name)], retries: 0 }),
    });
    const { head } = await client.call('chain_status', {});
    return head.height;
  }

  /** At once and without a word, as if its machine lost its power. */
  async kill(name: string): Promise<void> {
    const node = this.#running.get(name);
    this.#running.delete(name);
    await node?.kill();
  }

  async stop(names: readonly string[] = this.names): Promise<void> {
    await Promise.all(names.map((name) => this.#running.get(name)?.stop()));
    for (const name of names) this.#running.delete(name);
  }

  /** Stops all and removes the folder. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder.dir, { recursive: true, force: true });
  }
}

type Ports = ReadonlyMap<string, NodePorts>;
