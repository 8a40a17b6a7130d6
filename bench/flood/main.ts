/** Clients that ask one node for more than it can answer, in a process of its own. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, rounded } from '../statistics.ts';
import type { Flooded, FloodOrder, FloodPlan, FloodReport, Refusals } from './plan.ts';

const OK = 200;
const REFUSALS: readonly number[] = [429, 503];
/** Of an impatient one, refused or with a broken connection: no good client, but no busy loop. */
const PAUSE_MS = 100;
const MS_PER_SECOND = 1_000;

let [began, answered, other] = [0, 0, 0];
/** How long each refusal took, in ms, by who was refused. */
let refusals = { patient: [] as number[], impatient: [] as number[] };
let over = false;

interface Answer {
  readonly status: number;
  /** In ms; undefined where it doesn't say. */
  readonly comeBackIn: number | undefined;
}

function ask({ url, body }: FloodPlan, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const asked = request(`${url}/rpc`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        const told = response.headers['retry-after'];
        const comeBackIn = told === undefined ? undefined : MS_PER_SECOND * Number(told);
        resolve({ status: response.statusCode ?? 0, comeBackIn });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function askOn(plan: FloodPlan, kind: keyof typeof refusals): Promise<void> {
  // A connection of its own: a node may mind who comes early on one.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!over) {
    const sent = performance.now();
    const broken: Answer = { status: 0, comeBackIn: undefined };
    const { status, comeBackIn } = await ask(plan, agent).catch(() => broken);
    if (status === OK) {
      answered++;
      continue;
    }
    if (REFUSALS.includes(status) && comeBackIn !== undefined) {
      refusals[kind].push(performance.now() - sent);
    } else other++;
    await sleep(kind === 'patient' ? (comeBackIn ?? PAUSE_MS) : PAUSE_MS);
  }
}

function spread(took: readonly number[]): Refusals {
  const at = (share: number): number => (took.length === 0 ? Number.NaN : percentile(took, share));
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function flooded(): Flooded {
  over = true;
  return {
    seconds: rounded((performance.now() - began) / 1_000),
    answered,
    refused: refusals.patient.length + refusals.impatient.length,
    patient: spread(refusals.patient),
    impatient: spread(refusals.impatient),
    other,
  };
}

function obey(order: FloodOrder): FloodReport {
  if (order.type === 'end') return { type: 'flooded', flooded: flooded() };
  if (order.type === 'plan') {
    for (let i = 0; i < order.plan.askers; i++) {
      void askOn(order.plan, i % 2 === 0 ? 'patient' : 'impatient');
    }
  }
  [began, answered, other] = [performance.now(), 0, 0];
  refusals = { patient: [], impatient: [] };
  return { type: 'done' };
}

process.on('message', (order: FloodOrder) => process.send?.(obey(order)));
process.on('disconnect', () => process.exit(0));
