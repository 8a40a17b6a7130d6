/** Four CometBFT validators with the key-value store in their own process, on this machine. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LoadPlan } from '../../load/plan.ts';
import type { System } from '../../system.ts';
import { configured, HOST, type NodePlace } from './config.ts';

const VALIDATORS = 4;
/** As ours. */
const TRANSACTION_BYTES = 250;
const START_MS_MAX = 60_000;
const POLL_MS = 200;
const STOP_MS = 3_000;
/** The most that a node lists at once. */
const PAGE_BLOCKS = 20;

const run = promisify(execFile);

interface Node {
  readonly place: NodePlace;
  readonly child: ChildProcess;
  readonly exit: Promise<void>;
}

interface BlockMeta {
  readonly header: { readonly height: string };
  readonly num_txs: string;
}

export class CometBftNetwork implements System {
  readonly #nodes: readonly Node[];

  private constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  /** Runs one in a folder of its own, for as long as `use` takes. */
  static async with<T>(
    { program, tuned, basePort }: { program: string; tuned: boolean; basePort: number },
    use: (network: CometBftNetwork) => Promise<T>,
  ): Promise<T> {
    const dir = await mkdtemp(path.join(tmpdir(), 'ztc-bench-cometbft-'));
    let network: CometBftNetwork | undefined;
    try {
      const places = await configure(program, dir, tuned, basePort);
      network = new CometBftNetwork(places.map((place, i) => start(program, dir, place, i)));
      await network.#makesBlocks(tuned);
      return await use(network);
    } finally {
      if (network !== undefined) await network.#stop();
      await rm(dir, { recursive: true, force: true });
    }
  }

  get pids(): readonly number[] {
    return this.#nodes.map(({ child }) => child.pid ?? 0);
  }

  get load(): LoadPlan {
    const targets = this.#nodes.map(({ place }) => address(place));
    const system = { kind: 'cometbft', bytes: TRANSACTION_BYTES } as const;
    return { system, targets, watched: targets[0] as string };
  }

  async height(): Promise<number> {
    const { sync_info } = (await this.#get('status')) as {
      sync_info: { latest_block_height: string };
    };
    return Number(sync_info.latest_block_height);
  }

  async transactions(after: number, to: number): Promise<readonly number[]> {
    const counts: number[] = [];
    for (let from = after + 1; from <= to; from += PAGE_BLOCKS) {
      const last = Math.min(to, from + PAGE_BLOCKS - 1);
      const page = await this.#get(`blockchain?minHeight=${from}&maxHeight=${last}`);
      const { block_metas } = page as { block_metas: BlockMeta[] };
      counts.push(...block_metas.map(({ num_txs }) => Number(num_txs)));
    }
    if (counts.length !== to - after) throw new Error('blocks are missing in what a node lists');
    return counts;
  }

  async #get(what: string): Promise<unknown> {
    const response = await fetch(`${address((this.#nodes[0] as Node).place)}/${what}`);
    const { result } = (await response.json()) as { result: unknown };
    return result;
  }

  /** A tuned one makes empty blocks at its start only. */
  async #makesBlocks(tuned: boolean): Promise<void> {
    const deadline = performance.now() + START_MS_MAX;
    while ((await this.height().catch(() => 0)) < (tuned ? 1 : 2)) {
      if (performance.now() > deadline) throw new Error('CometBFT makes no blocks');
      await sleep(POLL_MS);
    }
  }

  async #stop(): Promise<void> {
    for (const { child } of this.#nodes) child.kill('SIGTERM');
    const timer = setTimeout(() => {
      for (const { child } of this.#nodes) child.kill('SIGKILL');
    }, STOP_MS);
    await Promise.all(this.#nodes.map(({ exit }) => exit));
    clearTimeout(timer);
  }
}

function address({ rpc }: NodePlace): string {
  return `http://${HOST}:${rpc}`;
}

function homeOf(dir: string, i: number): string {
  return path.join(dir, `node${i}`);
}

async function configure(
  program: string,
  dir: string,
  tuned: boolean,
  basePort: number,
): Promise<NodePlace[]> {
  const places = Array.from({ length: VALIDATORS }, (_, i) => {
    return { p2p: basePort + 2 * i, rpc: basePort + 2 * i + 1 };
  });
  const words = ['--v', String(VALIDATORS), '--o', dir, '--starting-ip-address', '127.0.0.2'];
  await run(program, ['testnet', ...words]);
  const ids = places.map(async ({ p2p }, i) => {
    const { stdout } = await run(program, ['show-node-id', '--home', homeOf(dir, i)]);
    return `${stdout.trim()}@${HOST}:${p2p}`;
  });
  const peers = await Promise.all(ids);
  for (const [i, place] of places.entries()) {
    const file = path.join(homeOf(dir, i), 'config', 'config.toml');
    await writeFile(file, configured(await readFile(file, 'utf8'), { place, peers, tuned }));
  }
  return places;
}

function start(program: string, dir: string, place: NodePlace, i: number): Node {
  const log = openSync(path.join(dir, `node${i}.log`), 'a');
  const child = spawn(program, ['start', '--home', homeOf(dir, i)], {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exit = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => {
      process.off('exit', kill);
      resolve();
    });
  });
  return { place, child, exit };
}
