/** Asking a node, as a scenario sees it. */
import { Child } from '../child.ts';
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
  return await Child.with<ReadsPlan, ReadsReport, MeasuredReads>('reads', async (child) => {
    await child.ask(plan);
    const before = await cpuSeconds(pid);
    const report = await child.heard();
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
  });
}
