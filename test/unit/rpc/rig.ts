/** An RPC server over a real ledger in memory, whose blocks are made by hand. */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { toHex } from '../../../src/common/bytes.ts';
import { failure, success } from '../../../src/common/result.ts';
import { verify } from '../../../src/common/signature.ts';
import { readExplorerPage } from '../../../src/explorer/page.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { chainOf, type SignedGenesis } from '../../../src/ledger/genesis.ts';
import type { Operation } from '../../../src/ledger/operations.ts';
import type { Parameters } from '../../../src/ledger/parameters.ts';
import { decodeTransaction, type ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { consensusReport } from '../../../src/node/explain/report.ts';
import type { RpcContext } from '../../../src/rpc/context.ts';
import { genesisDocument } from '../../../src/rpc/genesis-document.ts';
import { createRpcMetrics } from '../../../src/rpc/metrics.ts';
import type { Methods } from '../../../src/rpc/schema/index.ts';
import { createRpcServer, type RpcServerOptions } from '../../../src/rpc/server.ts';
import { type Ledger, openLedger } from '../../../src/state/ledger.ts';
import * as queries from '../../../src/state/queries.ts';
import { factsWith } from '../../support/facts.ts';
import { memoryKv } from '../../support/memory-kv.ts';
import { type Bench, genesisWith, seal, signed, transaction } from '../state/fixture.ts';

export interface Rig {
  readonly url: string;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly genesis: SignedGenesis;
  /** What the next block will hold. */
  readonly pool: Map<string, ReceivedTransaction>;
  readonly sign: Bench['make'];
  make(operations: readonly Operation[], sender?: string): ReceivedTransaction;
  /** Makes the pool's transactions final, a millisecond after the head or at `time`. */
  seal(time?: number): Promise<Block>;
  /** Puts the operations of one transaction on the ledger. */
  put(operations: readonly Operation[], sender?: string): Promise<ReceivedTransaction>;
  call<M extends keyof Methods>(method: M, params: object): Promise<Methods[M]['result']>;
  /** The error object of a call that fails. */
  fail(method: string, params?: unknown): Promise<RpcFailure>;
  post(body: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

export interface RpcFailure {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly code: string; readonly retryable: boolean; readonly field?: string };
}

export interface RigOptions {
  readonly parameters?: Partial<Parameters>;
  readonly server?: Partial<RpcServerOptions>;
  readonly context?: Partial<RpcContext>;
  /** Ledger time in ms at which the chain starts. */
  readonly genesisTime?: number;
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const plain = genesisWith(options.parameters);
  const genesis = signed({ ...plain, time: options.genesisTime ?? plain.time });
  const pool = new Map<string, ReceivedTransaction>();
  const ledger = await openLedger({
    store: memoryKv(),
    genesis,
    now: () => 0,
    source: { candidates: () => pool.values() },
    verifyTransaction: () => true,
  });
  const registry = new Registry();
  const log = pino({ level: 'silent' });
  const metrics = createRpcMetrics(registry);
  const context = { ...contextOf(ledger, pool), ...options.context };
  const server = createRpcServer({
    listen: '127.0.0.1:0',
    context,
    page: readExplorerPage(),
    metrics,
    log,
    ...options.server,
  });
  const { url } = await server.start();
  return {
    ...ledgerTools(ledger, pool, genesis),
    ...callers(url),
    url,
    ledger,
    registry,
    genesis,
    pool,
    stop: async () => {
      await server.stop();
      await ledger.close();
    },
  };
}

function contextOf(ledger: Ledger, pool: Map<string, ReceivedTransaction>): RpcContext {
  return {
    ledger,
    queries,
    submit: async (bytes) => {
      const received = decodeTransaction(bytes, bytes.length);
      if (!received.ok) return received;
      const admissible = ledger.admissible(received.value);
      if (!admissible.ok) return admissible;
      const { id, transaction: sent } = received.value;
      const good = sent.signatures.every(({ key, signature }) => verify(signature, id, key));
      if (!good) return failure('BAD_SIGNATURE', 'a signature is not good');
      const known = pool.has(toHex(id));
      pool.set(toHex(id), received.value);
      return success({ id, known });
    },
    pending: (id) => pool.has(toHex(id)),
    consensus: () => ({
      epoch: 1,
      view: 7,
      leader: 'ada',
      height: ledger.head.header.height,
      unfinalized: 0,
      voting: true,
      diverged: false,
    }),
    explain: () => consensusReport(factsWith()),
    evidence: () => [],
    peers: () => [{ peerId: '12D3KooWtest', connected: false }],
    node: { member: 'ada', role: 'validator', version: '0.0.0', peerId: '12D3KooW', startedAt: 0 },
    wellKnown: () => genesisDocument(ledger.genesis),
  };
}

function ledgerTools(
  ledger: Ledger,
  pool: Map<string, ReceivedTransaction>,
  genesis: SignedGenesis,
): Pick<Rig, 'sign' | 'make' | 'seal' | 'put'> {
  const chain = chainOf(genesis.genesis);
  const sign: Rig['sign'] = (operations, parts) => {
    const validUntil = ledger.head.header.time + 60_000;
    return transaction({ chain, operations, validUntil, really: true, ...parts });
  };
  const make: Rig['make'] = (operations, sender = 'acme') => sign(operations, { sender });
  const sealed: Rig['seal'] = async (time) => {
    const at = time ?? ledger.head.header.time + 1;
    const block = await seal(ledger, { time: at, empty: pool.size === 0 });
    pool.clear();
    return block;
  };
  return {
    sign,
    make,
    seal: sealed,
    put: async (operations, sender) => {
      const made = make(operations, sender);
      pool.set(toHex(made.id), made);
      await sealed();
      return made;
    },
  };
}

function callers(url: string): Pick<Rig, 'call' | 'fail' | 'post'> {
  const post: Rig['post'] = async (body, init = {}) =>
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      ...init,
    });
  const send = async (method: string, params: unknown) => {
    const response = await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    return (await response.json()) as { result?: unknown; error?: RpcFailure };
  };
  return {
    post,
    call: async (method, params) => {
      const { result, error } = await send(method, params);
      if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
      return result as never;
    },
    fail: async (method, params) => {
      const { error } = await send(method, params);
      if (error === undefined) throw new Error(`${method} did not fail`);
      return error;
    },
  };
}
