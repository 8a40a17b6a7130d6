/** Clients that ask one node for more than it can answer, in a process of its own. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, rounded } from '../statistics.ts';
import type { Flooded, FloodOrder, FloodPlan, FloodReport } from './plan.ts';

const OK = 200;
const REFUSALS: readonly number[] = [429, 503];
/** Of one that was refused or whose connection broke: it is no good client, but no busy loop. */
const PAUSE_MS = 100;

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
let [began, answered, other] = [0, 0, 0];
/** How long each refusal took, in ms. */
let refusals: number[] = [];
let over = false;

interface Answer {
  readonly status: number;
  readonly tellsWhen: boolean;
}

function ask({ url, body }: FloodPlan): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const asked = request(`${url}/rpc`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        const tellsWhen = response.headers['retry-after'] !== undefined;
        resolve({ status: response.statusCode ?? 0, tellsWhen });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function askOn(plan: FloodPlan): Promise<void> {
  while (!over) {
    const sent = performance.now();
    const { status, tellsWhen } = await ask(plan).catch(() => ({ status: 0, tellsWhen: false }));
    if (status === OK) {
      answered++;
      continue;
    }
    if (REFUSALS.includes(status) && tellsWhen) refusals.push(performance.now() - sent);
    else other++;
    await sleep(PAUSE_MS);
  }
}

function flooded(): Flooded {
  over = true;
  return {
    seconds: rounded((performance.now() - began) / 1_000),
    answered,
    refused: refusals.length,
    refusedP50Ms: percentile(refusals, 0.5),
    refusedP99Ms: percentile(refusals, 0.99),
    other,
  };
}

function obey(order: FloodOrder): FloodReport {
  if (order.type === 'end') return { type: 'flooded', flooded: flooded() };
  if (order.type === 'plan') {
    for (let i = 0; i < order.plan.askers; i++) void askOn(order.plan);
  }
  [began, answered, other, refusals] = [performance.now(), 0, 0, []];
  return { type: 'done' };
}

process.on('message', (order: FloodOrder) => process.send?.(obey(order)));
process.on('disconnect', () => process.exit(0));
