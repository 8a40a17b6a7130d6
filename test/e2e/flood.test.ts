/**
 * One node is asked for more than it can answer: it says so at once, to whom and until when, and
 * goes on with the others; what is written through it meanwhile becomes final everywhere.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { REQUESTS_MAX } from '../../src/rpc/limits.ts';
import { ztc } from './support/cli.ts';
import { type DevnetNode, isReady, type Ready, rpc, startDevnet } from './support/devnet.ts';
import { freePorts, killAll, until } from './support/processes.ts';

const PORTS = 40;
/** Sockets that ask again as soon as they are answered: half more than may be under way. */
const ASKERS = REQUESTS_MAX * 1.5;
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'asset_authenticate',
  params: { digest: '00'.repeat(32), prove: true },
});
const batchOf = (calls: number): string => `[${Array.from({ length: calls }, () => CALL).join()}]`;
/** Far less work to send than to answer. */
const DEAR = batchOf(10);
/** Of one client from elsewhere: more calls than it has for a burst. */
const BATCHES = 60;
const BATCH = batchOf(100);

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
let dir: string;
let ready: Ready;

function ask(url: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = { 'content-type': 'application/json', ...headers };
    const asked = request(`${url}/rpc`, { method: 'POST', agent, headers: all }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers: given } = response;
        resolve({ status, retryAfter: given['retry-after'], body: text });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Asks without a pause until it is told to end; how often each status came. */
class Flood {
  readonly counts = new Map<number, number>();
  readonly refusals: Answer[] = [];
  #ended = false;
  readonly #askers: Promise<unknown>;

  constructor(url: string) {
    const one = async (): Promise<void> => {
      while (!this.#ended) this.#note(await ask(url, DEAR));
    };
    this.#askers = Promise.all(Array.from({ length: ASKERS }, one));
    this.#askers.catch(() => undefined);
  }

  #note(answer: Answer): void {
    this.counts.set(answer.status, (this.counts.get(answer.status) ?? 0) + 1);
    if (answer.status !== 200 && this.refusals.length < ASKERS) this.refusals.push(answer);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#askers;
  }
}

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-flood-'));
  const base = String(await freePorts(PORTS));
  ({ ready } = await startDevnet(['--dir', path.join(dir, 'net'), '--base-port', base]));
});
after(async () => {
  agent.destroy();
  await killAll();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

/** Through the node that is asked too much, or another one where it refuses. */
async function notarizeMeanwhile(urls: readonly string[]): Promise<void> {
  const file = path.join(dir, 'written.bin');
  await writeFile(file, 'meanwhile');
  const nodes = urls.flatMap((url) => ['--rpc', url]);
  const words = ['notarize', file, ...nodes, '--genesis', ready.genesis];
  const key = ready.publishers[0]?.key ?? '';
  const { exit, stderr } = await ztc([...words, '--key', key], { HOME: dir });
  assert.equal(exit, 0, stderr);
}

test('a node that is asked too much says when to come back; the chain goes on', async () => {
  const [asked, ...others] = ready.nodes as [DevnetNode, ...DevnetNode[]];
  const { head } = await rpc(asked.rpc, 'chain_status');
  const flood = new Flood(asked.rpc);
  try {
    await until('the first refusal', () => flood.refusals.length > 0);
    await notarizeMeanwhile(ready.nodes.map((node) => node.rpc));
    for (const { rpc: url } of others) {
      const { head: now } = await rpc(url, 'chain_status');
      assert.ok(now.height > head.height, 'blocks became final meanwhile');
    }
    assert.ok(await isReady(asked.admin), 'its operator’s listener answers');
  } finally {
    await flood.end();
  }
  assert.deepEqual([...flood.counts.keys()].toSorted(), [200, 503]);
  for (const { retryAfter, body } of flood.refusals) {
    assert.match(retryAfter ?? '', /^[1-9]\d*$/);
    assert.equal(JSON.parse(body).error.data.code, 'BUSY');
  }
  assert.equal((await ask(asked.rpc, CALL)).status, 200, 'afterwards everybody is answered');
});

test('a client from elsewhere that asks too often is told when to come back', async () => {
  const url = ready.nodes[0]?.rpc ?? '';
  // Who comes over a proxy is no process of this machine.
  const elsewhere = { 'x-forwarded-for': '203.0.113.9' };
  const greedy = () =>
    Promise.all(Array.from({ length: BATCHES }, () => ask(url, BATCH, elsewhere)));
  // What a request costs is known when it was read: those of the first wave are let in together.
  const [first, second] = [await greedy(), await greedy()];
  assert.ok(first.some(({ status }) => status === 200));
  const refused = second.filter(({ status }) => status === 429);
  assert.ok(refused.length > BATCHES / 2, `${refused.length} refused`);
  for (const { retryAfter, body } of refused) {
    assert.match(retryAfter ?? '', /^[1-9]\d*$/);
    assert.equal(JSON.parse(body).error.data.code, 'RATE_LIMITED');
  }
  assert.equal((await ask(url, CALL)).status, 200, 'processes of this machine are not limited');
});
