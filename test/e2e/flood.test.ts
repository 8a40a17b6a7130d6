/**
 * One node is asked for more than it can answer: it says so at once, to whom and until when, and
 * goes on with the others; what is written through it meanwhile becomes final everywhere. And a
 * publisher that uses up at once what its quota gives it for a burst keeps nobody waiting.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { readKeyFile } from '../../src/cli/keys/key-file.ts';
import { buildTransaction } from '../../src/client/submit.ts';
import { fromHex, toBase64url, utf8 } from '../../src/common/bytes.ts';
import type { KeyPair } from '../../src/common/signature.ts';
import { OPERATION, type Operation } from '../../src/ledger/operations.ts';
import { REQUESTS_MAX } from '../../src/rpc/limits.ts';
import { SUBMIT_MANY_MAX } from '../../src/rpc/schema/transactions.ts';
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
/** Of one publisher at once, within its quota: some blocks' worth, in requests of as many as go. */
const BURST_REQUESTS = 8;
const VALID_MS = 120_000;
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

async function keysIn(file: string): Promise<KeyPair> {
  return (await readKeyFile(file)).keys;
}

/** No block has as many transactions. */
const PLACES = 1e6;

/** Where it is final, in the order of the whole ledger; waits for it. */
async function placeOf(url: string, hash: string): Promise<number> {
  const { height, index } = await until(`${hash} to be final`, () => rpc(url, 'tx_get', { hash }));
  return height * PLACES + index;
}

test('a publisher that uses its burst at once keeps nobody waiting behind it', async () => {
  const [{ rpc: url, home }, { rpc: other }] = ready.nodes as [DevnetNode, DevnetNode];
  const [{ id: publisher, key }] = ready.publishers as [(typeof ready.publishers)[number]];
  const chain = fromHex((await rpc(url, 'chain_status')).chain.slice(2)) as Uint8Array;
  const signed = (sender: string, operation: Operation, keys: KeyPair): string => {
    const validUntil = Date.now() + VALID_MS;
    const plan = { chain, sender, operations: [operation], validUntil, keys };
    return toBase64url(buildTransaction(plan).bytes);
  };
  const own = await keysIn(key);
  const burst = Array.from({ length: BURST_REQUESTS }, (_, request) =>
    Array.from({ length: SUBMIT_MANY_MAX }, (_each, i) => {
      const where = { namespace: `${publisher}/burst`, key: `${request}-${i}` };
      const record = { op: OPERATION.RECORD_PUT, ...where, value: utf8('1'), ifRevision: null };
      return signed(publisher, record, own);
    }),
  );
  const vouch = { op: OPERATION.VOUCH, publisher, until: null };
  const word = signed('member:alpha', vouch, await keysIn(path.join(home, 'keys', 'member.json')));
  // Without a quorum nothing becomes final, so that all of it waits when the word comes.
  const still = ready.nodes.slice(2).map(({ pid }) => pid);
  for (const pid of still) process.kill(pid, 'SIGSTOP');
  const answers = await Promise.all(burst.map((txs) => rpc(url, 'tx_submitMany', { txs })));
  const { hash } = await rpc(other, 'tx_submit', { tx: word });
  for (const pid of still) process.kill(pid, 'SIGCONT');
  const taken = answers.map(({ items }) =>
    items.filter(({ status }: { status: string }) => status !== 'refused'),
  );
  const count = taken.flat().length;
  assert.ok(count > SUBMIT_MANY_MAX, `${count} of the burst were taken`);
  const ends = taken.flatMap((items) => items.slice(-1));
  const last = Math.max(...(await Promise.all(ends.map((end) => placeOf(url, end.hash)))));
  const place = await placeOf(url, hash);
  // The burst may fit into one block; who was there later is before its end all the same.
  assert.ok(place < last, `sent after the burst: at ${place}, whose end is at ${last}`);
});
