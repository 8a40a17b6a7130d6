/** Asks one node for as long as it is told; a process of its own, so that the node has a core. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { authenticate, createClient, http, trustGenesis } from '../../src/client/sdk.ts';
import type { Loop } from '../load/plan.ts';
import { Schedule } from '../load/schedule.ts';
import { post } from '../load/system.ts';
import { percentile, rounded } from '../statistics.ts';
import type { PostedReads, ReadsPlan, ReadsReport, ReadsSpan, VerifiedReads } from './plan.ts';

const PATH = '/rpc';
const WARM_UP_MS = 3_000;

/** Asks once, in turns for something else. @throws where the answer is none */
type Ask = () => Promise<unknown>;

const answers: { readonly at: number; readonly took: number }[] = [];
let over = false;

async function timed(ask: Ask, due: number): Promise<void> {
  await ask();
  const at = performance.now();
  answers.push({ at, took: at - due });
}

/** Each asks again once it was answered; or requests are sent when they are due, come what may. */
async function run(ask: Ask, loop: Loop): Promise<void> {
  if (loop.kind === 'closed') {
    const one = async (): Promise<void> => {
      while (!over) await timed(ask, performance.now());
    };
    await Promise.all(Array.from({ length: loop.underWay }, one));
    return;
  }
  const schedule = new Schedule(loop, performance.now());
  while (!over) {
    const { times, pauseMs } = schedule.due(performance.now(), 0);
    for (const due of times) timed(ask, due).catch(fail);
    await sleep(pauseMs);
  }
}

function posted(url: string, { bodies }: PostedReads): Ask {
  let turn = 0;
  return async () => {
    const answer = (await post(url, PATH, bodies[turn++ % bodies.length] as string)) as object;
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
  };
}

async function verified(url: string, { genesis, digests }: VerifiedReads): Promise<Ask> {
  const trust = trustGenesis(await readFile(genesis, 'utf8'));
  const client = createClient({ transport: http(url, { batch: true }), trust });
  let turn = 0;
  return async () => {
    const digest = digests[turn++ % digests.length] as string;
    const { status } = await authenticate(client, digest, { anyPublisher: true });
    if (status !== 'TRUSTED') throw new Error(`${digest} is ${status}`);
  };
}

async function measure({ url, seconds, reads }: ReadsPlan): Promise<ReadsSpan> {
  const isPosted = reads.kind === 'posted';
  const ask = isPosted ? posted(url, reads) : await verified(url, reads);
  const running = run(ask, isPosted ? reads.loop : { kind: 'closed', underWay: reads.clients });
  running.catch(fail);
  await sleep(WARM_UP_MS);
  report({ type: 'warm' });
  const [from, before] = [performance.now(), process.cpuUsage()];
  await sleep(1_000 * seconds);
  const [to, used] = [performance.now(), process.cpuUsage(before)];
  over = true;
  const took = answers.filter(({ at }) => at >= from && at < to).map((each) => each.took);
  return {
    seconds: rounded((to - from) / 1_000),
    answered: took.length,
    cpuSeconds: (used.user + used.system) / 1e6,
    p50Ms: percentile(took, 0.5),
    p99Ms: percentile(took, 0.99),
  };
}

function report(message: ReadsReport): void {
  process.send?.(message);
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}

process.on('message', (plan: ReadsPlan) => {
  measure(plan).then((span) => report({ type: 'span', span }), fail);
});
process.on('disconnect', () => process.exit(0));
