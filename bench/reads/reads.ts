/** Asking a node, as a scenario sees it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { cpuSeconds } from '../process-facts.ts';
import { rounded } from '../statistics.ts';
import type { ReadsPlan, ReadsReport, ReadsSpan } from './plan.ts';

export interface MeasuredReads extends ReadsSpan {
  readonly perSecond: number;
  /** CPU microseconds of the node, with all that it does beside, for each answer. */
  readonly cpuMicros: number;
  /** The same of who asks. */
  readonly askerMicros: number;
  /** How much of one core the node used. */
  readonly cores: number;
}

/** @param pid of the node that is asked */
export async function measureReads(plan: ReadsPlan, pid: number): Promise<MeasuredReads> {
  const child = fork(path.join(import.meta.dirname, 'main.ts'), {
    // Profiles are of nodes.
    execArgv: process.execArgv.filter((word) => !/^--(cpu-prof|max-semi-space)/.test(word)),
  });
  const exit = once(child, 'exit');
  const heard = async (): Promise<ReadsReport> => {
    const [report] = (await Promise.race([once(child, 'message'), exit])) as [ReadsReport | number];
    if (typeof report !== 'object') throw new Error('the process that asks ended');
    return report;
  };
  try {
    child.send(plan);
    await heard();
    const before = await cpuSeconds(pid);
    const report = await heard();
    const used = (await cpuSeconds(pid)) - before;
    if (report.type !== 'span') throw new Error('the process that asks reported something else');
    const { span } = report;
    return {
      ...span,
      perSecond: rounded(span.answered / span.seconds),
      cpuMicros: rounded((1e6 * used) / span.answered),
      askerMicros: rounded((1e6 * span.cpuSeconds) / span.answered),
      cores: rounded(used / span.seconds),
    };
  } finally {
    if (child.connected) child.disconnect();
    await exit;
  }
}
