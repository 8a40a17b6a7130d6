/**
 * Hostile input to a real node: each gets a typed error or is cut off, is counted, and changes
 * nothing else. The node that is attacked keeps its state, its peers and its speed.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { generateKeyPair, readKeyFile } from '../../src/cli/keys/key-file.ts';
import { fromHex, toBase64url } from '../../src/common/bytes.ts';
import { parseGenesisFile } from '../../src/ledger/genesis-file.ts';
import { OPERATION, STATUS } from '../../src/ledger/operations.ts';
import { assetOf } from '../../src/ledger/primitives.ts';
import { SALT_BYTES, signTransaction } from '../../src/ledger/transaction.ts';
import { createP2pMetrics } from '../../src/p2p/metrics.ts';
import { createP2p } from '../../src/p2p/p2p.ts';
import { type DevnetNode, metric, type Ready, rpc, startDevnet } from './support/devnet.ts';
import { freePorts, isAlive, killAll, type Running, until, within } from './support/processes.ts';

let dir: string;
let devnet: Running;
let ready: Ready;
let node: DevnetNode;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ztc-bad-'));
  const base = String(await freePorts(40));
  ({ devnet, ready } = await startDevnet(['--dir', path.join(dir, 'net'), '--base-port', base]));
  node = ready.nodes[0] as DevnetNode;
});
after(async () => {
  await killAll();
  await rm(dir, { recursive: true });
});

const status = () => rpc(node.rpc, 'chain_status');
const counted = (name: string, labels = '') => metric(node.admin, name, labels);

/** Posts a body as it is; HTTP status and JSON-RPC error. */
async function post(
  body: string | Uint8Array,
): Promise<{ http: number; code: unknown; data: unknown }> {
  const response = await fetch(`${node.rpc}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const { error } = JSON.parse((await response.text()) || '{}');
  return { http: response.status, code: error?.code, data: error?.data?.code };
}

const call = (method: string, params: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

async function rpcGarbage(): Promise<void> {
  const deep = '['.repeat(100_000);
  for (const [body, code] of [
    ['{"jsonrpc":', -32_700],
    ['', -32_700],
    [deep, -32_700],
    ['[]', -32_600],
    ['{"method":1}', -32_600],
    [call('chain_destroy', {}), -32_601],
    [call('chain_getHeader', { at: 'yesterday' }), -32_602],
    [call('chain_getHeader', { at: 1, also: 2 }), -32_602],
    [call('tx_submit', { tx: 7 }), -32_602],
    [call('tx_submit', { tx: '***' }), -32_602],
  ] as const) {
    assert.equal((await post(body)).code, code, body.slice(0, 60));
  }
  assert.equal((await post(randomBytes(1000))).code, -32_700);
  const rejected = await counted('ztc_rpc_rejected_total');
  // Answered before all of it was read: the answer may be lost with the connection.
  const large = await post(new Uint8Array(9 * 1024 * 1024).fill(32)).catch(() => undefined);
  assert.equal(large?.http ?? 413, 413);
  assert.ok((await counted('ztc_rpc_rejected_total')) > rejected);
}

/** Transactions that no node may take, and one good one twice. */
async function badTransactions(): Promise<void> {
  const { keys } = await readKeyFile(ready.publishers[0]?.key as string);
  const chain = fromHex(ready.chain.slice(2)) as Uint8Array;
  const operation = {
    op: OPERATION.STATEMENT,
    asset: assetOf(new Uint8Array(randomBytes(32))),
    status: STATUS.TRUSTED,
    name: 'x',
    version: '',
    kind: 'file',
    size: null,
    attributes: [],
    reason: '',
    commitment: null,
    detached: null,
  } as const;
  const make = (change: object, signer = keys): Uint8Array =>
    signTransaction(
      {
        version: 1,
        chain,
        sender: 'acme',
        salt: new Uint8Array(randomBytes(SALT_BYTES)),
        validUntil: Date.now() + 60_000,
        operations: [operation],
        ...change,
      },
      [signer],
    ).bytes;
  const submit = (bytes: Uint8Array) => post(call('tx_submit', { tx: toBase64url(bytes) }));
  const good = make({});
  const flipped = good.slice();
  flipped[flipped.length - 1] = (flipped[flipped.length - 1] as number) ^ 1;
  for (const [bytes, data] of [
    [flipped, 'BAD_SIGNATURE'],
    [make({ validUntil: Date.now() - 60_000 }), 'EXPIRED'],
    [make({ validUntil: Date.now() + 3_600_000 }), 'VALIDITY_TOO_LONG'],
    [make({ chain: new Uint8Array(32) }), 'WRONG_CHAIN'],
    [make({ sender: 'nobody' }), 'UNKNOWN_SENDER'],
    [make({}, generateKeyPair()), 'UNAUTHORISED_KEY'],
    [make({ operations: [] }), 'NO_OPERATIONS'],
    [new Uint8Array([...good, 0]), 'CODEC_NOT_CANONICAL'],
    // A map: nothing of ours is one.
    [Uint8Array.of(0x81, ...randomBytes(300)), 'CODEC_NOT_CANONICAL'],
  ] as const) {
    const answer = await submit(bytes);
    assert.deepEqual([answer.code, answer.data], [-32_003, data]);
  }
  // All at the mempool's door, where they are decoded, once.
  assert.equal(await counted('ztc_mempool_refused_total', 'door="rpc"'), 9);
  for (let i = 0; i < 2; i++) assert.equal((await submit(good)).code, undefined, 'no error twice');
}

/** Bytes that are no libp2p, many times over. */
async function noiseOnThePort(): Promise<void> {
  const port = Number(node.p2p.split('/').at(-1));
  const before = await counted('ztc_p2p_inbound_refused_total');
  for (let i = 0; i < 20; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(randomBytes(64 * 1024));
    setTimeout(() => socket.destroy(), 2_000).unref();
    await within('the socket to close', closed);
  }
  await until(
    'the noise to be counted',
    async () => (await counted('ztc_p2p_inbound_refused_total')) > before,
  );
}

/** A libp2p host whose key nobody listed. */
async function strangerOnThePort(): Promise<void> {
  const before = await counted('ztc_p2p_inbound_refused_total', 'stranger');
  const stranger = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
  const dialled = await stranger.dial(multiaddr(node.p2p)).catch(() => undefined);
  await until(
    'the stranger to be counted',
    async () => (await counted('ztc_p2p_inbound_refused_total', 'stranger')) > before,
  );
  await until(
    'the stranger to be cut off',
    () => dialled === undefined || dialled.status !== 'open',
  );
  await stranger.stop();
}

/** A member's own node key in the hands of somebody who sends garbage. */
async function garbageFromMember(): Promise<void> {
  const last = ready.nodes[3] as DevnetNode;
  process.kill(last.pid, 'SIGKILL');
  await until('the member to be gone', () => !isAlive(last.pid));
  const genesis = parseGenesisFile(await readFile(ready.genesis, 'utf8'));
  assert.ok(genesis.ok);
  const { chain, genesis: founded } = genesis.value;
  const p2p = await createP2p({
    nodeKeys: (await readKeyFile(path.join(last.home, 'keys', 'node.json'))).keys,
    chain,
    members: founded.members.map(({ id, nodeKey, role, announce }) => ({
      id,
      nodeKey,
      role,
      votes: true,
      addresses: announce,
    })),
    allow: [],
    listen: [last.p2p],
    announce: [],
    peers: [],
    head: () => ({ height: 1_000_000, hash: new Uint8Array(32), oldest: 0 }),
    blocks: { range: () => [{ block: randomBytes(99), certificate: randomBytes(99) }] },
    metrics: createP2pMetrics(new Registry()),
    log: pino({ level: 'silent' }),
  });
  await p2p.start();
  const names = [
    'ztc_consensus_dropped_total',
    'ztc_mempool_batches_total',
    'ztc_p2p_sync_penalties_total',
  ];
  const before = await Promise.all(names.map((name) => counted(name)));
  await until('garbage of every kind to be counted', async () => {
    p2p.broadcast(randomBytes(500));
    p2p.publishBatch(randomBytes(500));
    const now = await Promise.all(names.map((name) => counted(name)));
    return now.every((count, i) => count > (before[i] as number));
  });
  await p2p.stop();
}

test('hostile input is refused, counted, and changes nothing', async () => {
  const { stateRoot } = await status();
  await rpcGarbage();
  await noiseOnThePort();
  await strangerOnThePort();
  assert.equal((await status()).stateRoot, stateRoot, 'the same state after all of it');
  await badTransactions();
  await garbageFromMember();
  // Alive, and of one mind with the others: a heartbeat makes new blocks from here on.
  const { height } = (await status()).head;
  await until('the chain to go on', async () => (await status()).head.height > height);
  const roots = await Promise.all(
    ready.nodes.slice(0, 3).map(async ({ rpc: url }) => (await rpc(url, 'chain_status')).stateRoot),
  );
  assert.equal(new Set(roots).size, 1);
  for (const { pid } of ready.nodes.slice(0, 3)) assert.ok(isAlive(pid));
  assert.equal(await counted('ztc_consensus_voting'), 1);
  assert.equal(devnet.stderr.match(/restart it with/g)?.length, 1, 'only the one that we killed');
});
