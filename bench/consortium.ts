/** The consortium that a scenario measures: the devnet's own founding and processes. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
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
import { type Client, createClient } from '../src/client/client.ts';
import { httpTransport } from '../src/client/transport.ts';
import { toHex } from '../src/common/bytes.ts';
import type { KeyPair } from '../src/common/signature.ts';
import { chainOf, type SignedGenesis } from '../src/ledger/genesis.ts';
import type { Parameters } from '../src/ledger/parameters.ts';
import type { Signer } from './chain/transactions.ts';
import type { LoadPlan } from './load/plan.ts';
import type { System } from './system.ts';

export interface ConsortiumPlan {
  readonly basePort: number;
  readonly validators: number;
  /** Members without a vote, which come after the validators. */
  readonly observers?: number;
  /** When the chain began, in ms; by default now. */
  readonly now?: number;
  /** Ids of further publishers. */
  readonly publishers?: readonly string[];
  /** What the members agreed on instead of the defaults. */
  readonly parameters?: Partial<Parameters>;
}

export class Consortium implements System {
  readonly folder: Folder;
  /** All members, validators first. */
  readonly names: readonly string[];
  readonly genesis: SignedGenesis;
  readonly signer: Signer;
  readonly #ports: ReadonlyMap<string, NodePorts>;
  readonly #running = new Map<string, NodeProcess>();
  /** Also where we are interrupted: a large state takes gigabytes. */
  readonly #forget = (): void => rmSync(this.folder.dir, { recursive: true, force: true });

  private constructor(parts: Pick<Consortium, 'folder' | 'genesis' | 'signer'> & { ports: Ports }) {
    this.folder = parts.folder;
    this.genesis = parts.genesis;
    this.signer = parts.signer;
    this.#ports = parts.ports;
    this.names = [...parts.ports.keys()];
    process.once('exit', this.#forget);
  }

  /** Founds one, for as long as `use` takes; its nodes are not started yet. */
  static async with<T>(plan: ConsortiumPlan, use: (it: Consortium) => Promise<T>): Promise<T> {
    const consortium = await Consortium.found(plan);
    try {
      return await use(consortium);
    } finally {
      await consortium.remove();
    }
  }

  /** Founds one in a folder of its own, which `remove` removes. */
  static async found(plan: ConsortiumPlan): Promise<Consortium> {
    const { basePort, validators, observers = 0 } = plan;
    const names = MEMBER_NAMES.slice(0, validators + observers);
    const ports = new Map(names.map((name, i) => [name, portsOf(basePort, i)]));
    const folder = folderAt(await mkdtemp(path.join(tmpdir(), 'ztc-bench-')));
    await newFolder(folder, names.length, basePort);
    const { now = Date.now(), publishers = [], parameters = {} } = plan;
    const observing = names.slice(validators);
    await found(folder, ports, { observers: observing, now, publishers, parameters });
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

  /**
   * Starts nodes and, unless told otherwise, waits until they are ready.
   *
   * @throws CliError PORT_TAKEN
   */
  async start(names: readonly string[], wait = true): Promise<void> {
    await requireFree(new Map(names.map((name) => [name, this.#ports.get(name) as NodePorts])));
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

  /** Of the members whose nodes run, in their order. */
  get running(): readonly string[] {
    return this.names.filter((name) => this.#running.has(name));
  }

  get pids(): readonly number[] {
    return this.running.map((name) => this.pid(name));
  }

  pid(name: string): number {
    return this.#running.get(name)?.pid ?? 0;
  }

  rpc(name: string): string {
    return `http://127.0.0.1:${this.#ports.get(name)?.rpc}`;
  }

  /** Of the newest final block of a running node, by default the first. */
  async height(name: string = this.#first): Promise<number> {
    const { head } = await this.#client(name).call('chain_status', {});
    return head.height;
  }

  /** As the first running node lists them. */
  async transactions(after: number, to: number): Promise<readonly number[]> {
    const client = this.#client(this.#first);
    const counts: number[] = [];
    let cursor: string | null = null;
    do {
      const asked = { limit: PAGE_BLOCKS, ...(cursor === null ? {} : { cursor }) };
      const page = (await client.raw('chain_listBlocks', asked)) as BlockPage;
      for (const { height, transactions } of page.items) {
        if (height > after && height <= to) counts.push(transactions);
      }
      cursor = (page.items.at(-1)?.height ?? 0) > after ? page.nextCursor : null;
    } while (cursor !== null);
    return counts;
  }

  get load(): LoadPlan {
    return this.loadOf({});
  }

  /** A load of notarizations or, where `records` is said, of so many records a transaction. */
  loadOf({ records = 0, targets = this.running, ...by }: LoadOptions): LoadPlan {
    const { chain } = this.signer;
    const { publisher = this.signer.publisher } = by;
    const keyFile = this.folder.keyOf(publisher);
    return {
      system: { kind: 'ztc', chain: toHex(chain), publisher, keyFile, records },
      targets: targets.map((name) => this.rpc(name)),
      watched: this.rpc(targets[0] ?? this.#first),
    };
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

  get #first(): string {
    return this.running[0] ?? '';
  }

  #client(name: string): Client {
    const urls = [this.rpc(name)];
    return createClient({ transport: httpTransport({ urls, timeoutMs: ANSWER_MS_MAX }) });
  }

  /** Stops all and removes the folder. */
  async remove(): Promise<void> {
    await this.stop();
    this.#forget();
    process.off('exit', this.#forget);
  }
}

type Ports = ReadonlyMap<string, NodePorts>;

export interface LoadOptions {
  readonly records?: number;
  /** Whose; by default the first publisher's. */
  readonly publisher?: string;
  /** Whose nodes take it, in turns, by default all that run; the first one says what is final. */
  readonly targets?: readonly string[];
}

/** Under overload on a slow machine, too: a measurement is not lost for a late answer. */
const ANSWER_MS_MAX = 60_000;
/** The most that a node lists at once. */
const PAGE_BLOCKS = 100;

interface BlockPage {
  readonly items: readonly { readonly height: number; readonly transactions: number }[];
  readonly nextCursor: string | null;
}
