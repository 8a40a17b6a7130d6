/** A crowd of clients of one node's feed, in a process of its own. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../statistics.ts';
import { Watch } from '../watch.ts';
import type { Heard, ListenOrder, ListenPlan, ListenReport } from './plan.ts';

/** What is still on its way then is late. */
const SETTLE_MS = 3_000;
/** Connections that are opened at a stretch. */
const TOGETHER = 50;
const BLOCK = /^id: (\d+)-0$/gm;
const EVENT = /^id: /gm;

const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
/** When each height was heard of first, by anybody. */
const first = new Map<number, number>();
let measuring = false;
let clients: Client[] = [];

/** One stream; what comes is not parsed further than it takes to know which blocks it tells of. */
class Client {
  readonly blocks = new Map<number, number>();
  events = 0;
  lost = false;
  #rest = '';

  async open(url: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const asked = request(`${url}/api/v1/events`, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}`));
      response.setEncoding('utf8');
      response.on('data', (text: string) => this.#read(text));
      response.on('close', () => {
        this.lost = true;
      });
      resolve();
    });
    asked.on('error', reject);
    asked.end();
    await promise;
  }

  #read(text: string): void {
    if (!measuring) return;
    const at = performance.now();
    const end = text.lastIndexOf('\n') + 1;
    const lines = this.#rest + text.slice(0, end);
    this.#rest = text.slice(end);
    this.events += lines.match(EVENT)?.length ?? 0;
    for (const [, height] of lines.matchAll(BLOCK)) {
      this.blocks.set(Number(height), at);
      told(Number(height), at);
    }
  }
}

function told(height: number, at: number): void {
  first.set(height, Math.min(first.get(height) ?? at, at));
}

async function open({ url, clients: count, others }: ListenPlan): Promise<void> {
  for (const other of others) {
    new Watch(other, ({ height, at }) => {
      if (measuring) told(height, at);
    });
  }
  clients = Array.from({ length: count }, () => new Client());
  for (let i = 0; i < count; i += TOGETHER) {
    await Promise.all(clients.slice(i, i + TOGETHER).map((client) => client.open(url)));
  }
}

/** Of the blocks that somebody heard of between `begin` and now. */
async function heard(): Promise<Heard> {
  const heights = [...first.keys()];
  await sleep(SETTLE_MS);
  measuring = false;
  const behind = clients.flatMap(({ blocks }) =>
    heights.flatMap((height) => {
      const at = blocks.get(height);
      return at === undefined ? [] : [at - (first.get(height) as number)];
    }),
  );
  return {
    blocks: heights.length,
    p50Ms: percentile(behind, 0.5),
    p99Ms: percentile(behind, 0.99),
    latestMs: percentile(behind, 1),
    events: clients.reduce((sum, { events }) => sum + events, 0),
    missed: clients.length * heights.length - behind.length,
    lost: clients.filter(({ lost }) => lost).length,
  };
}

async function obey(order: ListenOrder): Promise<ListenReport> {
  if (order.type === 'plan') await open(order.plan);
  else if (order.type === 'end') return { type: 'heard', heard: await heard() };
  else measuring = true;
  return { type: 'done' };
}

process.on('message', (order: ListenOrder) => {
  obey(order)
    .then((report) => process.send?.(report))
    .catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
});
process.on('disconnect', () => process.exit(0));
