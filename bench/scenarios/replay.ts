/**
 * An auditor's replay: `ztc audit replay` against one node that serves a chain made without a
 * network (`chain/generate.ts`). Every signature is checked, every transaction executed.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cleanEnvironment, ztcArguments } from '../../devnet/processes.ts';
import { foundedFor, makeChain } from '../chain/make.ts';
import { notarization } from '../chain/transactions.ts';
import { Consortium } from '../consortium.ts';
import { cpuSeconds, memoryOf } from '../process-facts.ts';
import { roundsOf } from '../rounds.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
const PER_BLOCK = 1_000;
const TRANSACTIONS = 100_000;
const POLL_MS = 250;

interface Round {
  readonly perSecond: number;
  /** Of the replaying process, for each transaction. */
  readonly cpuMicros: number;
  /** At the end of the first quarter and at the end, in MiB: flat, or not. */
  readonly early: number;
  readonly last: number;
}

export const replay: Scenario = {
  name: 'replay',
  summary: `ztc audit replay over blocks of ${PER_BLOCK} transactions`,
  rounds: 3,
  async run(options) {
    const { basePort, rounds, say, transactions = TRANSACTIONS } = options;
    const blocks = Math.ceil(transactions / PER_BLOCK);
    const plan = { basePort, validators: VALIDATORS, now: foundedFor(blocks) };
    return Consortium.with(plan, async (consortium) => {
      say(`making ${blocks} blocks of ${PER_BLOCK} transactions`);
      const [name] = consortium.names as [string];
      const shape = { blocks, perBlock: PER_BLOCK, make: notarization };
      await makeChain(consortium, consortium.chainDir(name), shape);
      await consortium.start([name], false);
      await reachable(consortium, name);
      const measured = await roundsOf({ rounds, say }, () => replayOnce(consortium, name, blocks));
      return figuresOf(measured);
    });
  },
};

async function reachable(consortium: Consortium, name: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const height = await consortium.height(name).catch(() => undefined);
    if (height !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${name} does not answer`);
}

interface ReplayDocument {
  readonly result: { readonly transactions: number; readonly rate: number; readonly to: number };
}

async function replayOnce(consortium: Consortium, name: string, blocks: number): Promise<Round> {
  const home = await mkdtemp(path.join(tmpdir(), 'ztc-bench-replay-'));
  const words = ['--rpc', consortium.rpc(name), '--genesis', consortium.folder.genesis, '--json'];
  const child = spawn(process.execPath, ztcArguments('audit', 'replay', ...words), {
    env: { ...cleanEnvironment(), ZTC_TRUST: path.join(home, 'trust.json') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const pid = child.pid ?? 0;
    const memory: number[] = [];
    let cpu = 0;
    const look = async (): Promise<void> => {
      cpu = await cpuSeconds(pid).catch(() => cpu);
      const { anonymous } = await memoryOf(pid).catch(() => ({ anonymous: Number.NaN }));
      // One that has just ended has no memory any more, but a place in the list of processes.
      if (anonymous > 0) memory.push(anonymous);
    };
    const poll = setInterval(() => void look(), POLL_MS);
    let text = '';
    for await (const part of child.stdout) text += String(part);
    clearInterval(poll);
    const { result } = JSON.parse(text) as ReplayDocument;
    if (result.to !== blocks) throw new Error(`the replay came to block ${result.to}`);
    return {
      perSecond: result.rate,
      cpuMicros: (1e6 * cpu) / result.transactions,
      early: Math.max(0, ...memory.slice(0, Math.ceil(memory.length / 4))),
      last: Math.max(0, ...memory.slice(-Math.ceil(memory.length / 4))),
    };
  } finally {
    child.kill();
    await rm(home, { recursive: true, force: true });
  }
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const of = (value: (round: Round) => number) => rounds.map(value);
  return [
    figure(
      'replayed transactions',
      'tx/s',
      of(({ perSecond }) => perSecond),
      {
        name: 'rate',
        must: { atLeast: 20_000 },
      },
    ),
    figure(
      'CPU of the replaying process',
      'µs/tx',
      of(({ cpuMicros }) => cpuMicros),
      {
        name: 'cpuMicrosPerTx',
      },
    ),
    figure(
      'its own memory in the first quarter (RssAnon)',
      'MiB',
      of(({ early }) => early),
      {
        name: 'memoryEarlyMiB',
      },
    ),
    figure(
      'the same in the last quarter',
      'MiB',
      of(({ last }) => last),
      { name: 'memoryMiB' },
    ),
  ];
}
