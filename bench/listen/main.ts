/**
 * A crowd of clients of one node's feed, in a process of its own. It shares the cores of the nodes,
 * so it does as little as it can for each: bare sockets with one buffer for all of them.
 */
import { connect } from 'node:net';
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
const OK = 'HTTP/1.1 200 ';
const MICROS_PER_MS = 1_000;
const BUFFER_BYTES = 64 * 1024;

const buffer = Buffer.alloc(BUFFER_BYTES);
/** When each height was heard of first, by anybody. */
const first = new Map<number, number>();
let measuring = false;
let [began, used] = [0, process.cpuUsage()];
let clients: Client[] = [];

/** What whole lines of a stream tell; the same again, most often, for all clients of the crowd. */
let lately = { lines: '', events: 0, heights: [] as readonly number[] };

function readLines(lines: string): typeof lately {
  if (lines === lately.lines) return lately;
  const heights = [...lines.matchAll(BLOCK)].map(([, height]) => Number(height));
  lately = { lines, events: lines.match(EVENT)?.length ?? 0, heights };
  return lately;
}

/** One stream; HTTP's chunks begin and end with lines of their own, which are passed over. */
class Client {
  readonly blocks = new Map<number, number>();
  events = 0;
  lost = false;
  #rest = '';

  async open(url: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { hostname, port, host } = new URL(url);
    let isOpen = false;
    const callback = (bytes: number): boolean => {
      const text = buffer.toString('latin1', 0, bytes);
      if (isOpen) this.#read(text);
      else if (text.startsWith(OK)) resolve();
      else reject(new Error(text));
      isOpen = true;
      return true;
    };
    const socket = connect({ host: hostname, port: Number(port), onread: { buffer, callback } });
    socket.on('error', reject).on('close', () => {
      this.lost = true;
    });
    socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    await promise;
  }

  #read(text: string): void {
    if (!measuring) return;
    const at = performance.now();
    const end = text.lastIndexOf('\n') + 1;
    const { events, heights } = readLines(this.#rest + text.slice(0, end));
    this.#rest = text.slice(end);
    this.events += events;
    for (const height of heights) {
      this.blocks.set(height, at);
      told(height, at);
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
  const { user, system } = process.cpuUsage(used);
  const cores = (user + system) / (MICROS_PER_MS * (performance.now() - began));
  await sleep(SETTLE_MS);
  measuring = false;
  const behind = clients.flatMap(({ blocks }) =>
    heights.flatMap((height) => {
      const at = blocks.get(height);
      return at === undefined ? [] : [at - (first.get(height) as number)];
    }),
  );
  return {
    cores,
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
  else {
    measuring = true;
    [began, used] = [performance.now(), process.cpuUsage()];
  }
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
