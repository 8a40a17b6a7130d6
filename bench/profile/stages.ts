/**
 * Where a node's time goes, from the CPU profiles that V8 wrote: each sample belongs to the stage
 * of the innermost frame that has one. Shares, since time on a busy machine is not CPU time.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** By function and file; the first that fits. */
const STAGES: readonly (readonly [stage: string, frame: RegExp])[] = [
  ['idle', /^\((idle)\) /],
  ['garbage', /^\(garbage collector\) /],
  ['start', /^\w* node:internal\/modules|^evaluate |^link /],
  ['verify', /crypto_sign_verify|src\/signatures\/|@noble\/curves/],
  ['tree', /src\/state\/tree\/|merkle\/sparse/],
  ['store', /classic-level|abstract-level|src\/state\/(kv|block-writes|chain-store|lists)/],
  ['decode', /^(decode|decodeTransaction|decodeBlock) .*src\/(common|ledger)\//],
  ['execute', /src\/state\/(execution|outcome|point)/],
  ['judge', /src\/state\/(judge|reception|proposal|admission|replay-window)/],
  ['mempool', /src\/mempool\//],
  ['rpc', /src\/rpc\/|fastify|node:_http|find-my-way|light-my-request/],
  ['gossip', /\/p2p\/(gossip|recent|finality-pace)\.ts/],
  ['p2p', /libp2p|noise|yamux|multiaddr|uint8array|src\/p2p\/|it-|stream/],
  ['consensus', /src\/consensus\//],
  ['ledger', /src\/(state|ledger|node)/],
];

export interface StageShare {
  readonly stage: string;
  /** Of the samples that were not idle. */
  readonly share: number;
}

/** Of all profiles of main threads in a folder, largest first. */
export async function stageShares(dir: string): Promise<StageShare[]> {
  const times = new Map<string, number>();
  for (const file of await readdir(dir)) {
    if (!file.endsWith('.cpuprofile')) continue;
    const profile = JSON.parse(await readFile(path.join(dir, file), 'utf8')) as Profile;
    addProfile(times, profile);
  }
  times.delete('idle');
  times.delete('start');
  const total = [...times.values()].reduce((sum, each) => sum + each, 0);
  return [...times]
    .map(([stage, time]) => ({ stage, share: time / total }))
    .sort((a, b) => b.share - a.share);
}

function addProfile(times: Map<string, number>, { nodes, samples, timeDeltas }: Profile): void {
  const stages = new Map<number, string>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const walk = (node: ProfileNode, above: string): void => {
    const stage = stageOf(node) ?? above;
    stages.set(node.id, stage);
    for (const child of node.children ?? []) walk(byId.get(child) as ProfileNode, stage);
  };
  const [root] = nodes;
  if (root !== undefined) walk(root, 'other');
  for (const [i, sample] of samples.entries()) {
    const stage = stages.get(sample) ?? 'other';
    times.set(stage, (times.get(stage) ?? 0) + (timeDeltas[i] ?? 0));
  }
}

function stageOf({ callFrame }: ProfileNode): string | undefined {
  const frame = `${callFrame.functionName} ${callFrame.url}`;
  return STAGES.find(([, pattern]) => pattern.test(frame))?.[0];
}
