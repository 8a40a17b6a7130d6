/** An RPC server over a real ledger in memory, whose blocks are made by hand. */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { toHex } from '../../../src/common/bytes.ts';
import { failure, success } from '../../../src/common/result.ts';
import { verify } from '../../../src/common/signature.ts';
import { readSite } from '../../../src/explorer/site.ts';
import { signAttestation } from '../../../src/ledger/attestation.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { chainOf, type SignedGenesis } from '../../../src/ledger/genesis.ts';
import { genesisDocument } from '../../../src/ledger/genesis-file.ts';
import type { Operation } from '../../../src/ledger/operations.ts';
import type { Parameters } from '../../../src/ledger/parameters.ts';
import { decodeTransaction, type ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { consensusReport } from '../../../src/node/explain/report.ts';
import type { RpcContext } from '../../../src/rpc/context.ts';
import { createRpcMetrics } from '../../../src/rpc/metrics.ts';
import type { Methods } from '../../../src/rpc/schema/index.ts';
import { createRpcServer, type RpcServer, type RpcServerOptions } from '../../../src/rpc/server.ts';
import { type Ledger, openLedger } from '../../../src/state/ledger.ts';
import * as queries from '../../../src/state/queries.ts';
import { factsWith } from '../../support/facts.ts';
import { memoryKv } from '../../support/memory-kv.ts';
import { type Bench, genesisWith, keysOf, seal, signed, transaction } from '../state/fixture.ts';

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
  /** Another node, of this member or of nobody, on the same ledger; gives its address. */
  beside(member: string): Promise<string>;
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
  const servers: RpcServer[] = [];
  const serve = async (given: RpcContext): Promise<string> => {
    const server = createRpcServer({
      listen: '127.0.0.1:0',
      context: given,
      site: readSite(),
      metrics,
      log,
      ...options.server,
    });
    servers.push(server);
    return (await server.start()).url;
  };
  const url = await serve(context);
  return {
    ...ledgerTools(ledger, pool, genesis),
    ...callers(url),
    url,
    ledger,
    registry,
    genesis,
    pool,
    beside: (member) => serve({ ...context, node: nodeOf(ledger, member) }),
    stop: async () => {
      for (const server of servers) await server.stop();
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
      const { id, transaction: sent } = received.value;
      const { validUntil } = sent;
      const admissible = ledger.admissible(received.value);
      if (!admissible.ok) return { ...admissible, id };
      const good = sent.signatures.every(({ key, signature }) => verify(signature, id, key));
      if (!good) return { ...failure('BAD_SIGNATURE', 'a signature is not good'), id };
      const known = pool.has(toHex(id));
      pool.set(toHex(id), received.value);
      return success({ id, validUntil, known });
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
    heardHeight: () => 0,
    node: nodeOf(ledger, 'ada'),
    wellKnown: () => genesisDocument(ledger.genesis),
  };
}

/** What this member's node says of itself. */
export function nodeOf(ledger: Ledger, member: string): RpcContext['node'] {
  const keys = keysOf(`node ${member}`);
  return {
    attest: (attested) => ({
      nodeKey: keys.publicKey,
      signature: signAttestation(ledger.chain, attested, keys),
    }),
    member,
    role: 'validator',
    version: '0.0.0',
    peerId: '12D3KooW',
    startedAt: 0,
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
