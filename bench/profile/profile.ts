/** CPU profiles of the nodes of a scenario, and what they say. */
import { mkdir } from 'node:fs/promises';
import { tableText } from '../table.ts';
import { stageShares } from './stages.ts';

/** From now on every node that is started writes its profile into `dir` when it stops. */
export async function profileInto(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  process.execArgv.push('--cpu-prof', `--cpu-prof-dir=${dir}`);
}

/**
 * Which part of their time the nodes spent on what, as a table.
 *
 * @param micros CPU microseconds that a transaction costs one node, where they are known
 */
export async function stageTable(dir: string, micros: number | undefined): Promise<string> {
  const head = ['stage', 'share', ...(micros === undefined ? [] : ['µs a transaction and node'])];
  const rows = (await stageShares(dir)).map(({ stage, share }) => [
    stage,
    `${(100 * share).toFixed(1)} %`,
    ...(micros === undefined ? [] : [(share * micros).toFixed(1)]),
  ]);
  return tableText([head, ...rows]);
}
