/** CPU profiles of the nodes of a scenario, and what they say. */
import { mkdir } from 'node:fs/promises';
import { stageShares } from './stages.ts';

/** From now on every node that is started writes its profile into `dir` when it stops. */
export async function profileInto(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  process.execArgv.push('--cpu-prof', `--cpu-prof-dir=${dir}`);
}

/** Which part of their time the nodes spent on what, as a table. */
export async function stageTable(dir: string): Promise<string> {
  const head = ['stage', 'share'];
  const rows = (await stageShares(dir)).map(({ stage, share }) => [
    stage,
    `${(100 * share).toFixed(1)} %`,
  ]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
