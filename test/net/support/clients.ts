/**
 * Clients that write and read records through the nodes, one thing at a time each, and note what
 * they were told. Half of them keep to one node, half go on to the next with the same bytes.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../../../src/client/client.ts';
import { buildTransaction, submitAndWait } from '../../../src/client/submit.ts';
import { httpTransport } from '../../../src/client/transport.ts';
import { fromBase64url } from '../../../src/common/bytes.ts';
import { ZtcError } from '../../../src/common/errors.ts';
import { OPERATION } from '../../../src/ledger/operations.ts';
import type { Prng } from '../../sim/prng.ts';
import { type Cluster, PUBLISHER } from './cluster.ts';
import type { Operation } from './history.ts';

export const NAMESPACE = `${PUBLISHER}/net`;
/** Compare-and-set by revision, and plain appends. */
export const KEYS = { registers: ['register-0', 'register-1'], append: 'append' } as const;
/** Long enough for most faults; what takes longer is `unknown`. */
const WRITE_MS_MAX = 20_000;
const VALID_MS = 120_000;
const READ_MS_MAX = 8_000;
const PAUSE_MS = { least: 40, most: 160 };
const utf8 = new TextEncoder();
const text = new TextDecoder();

export class Workload {
  readonly operations = new Map<string, Operation[]>();
  readonly #cluster: Cluster;
  readonly #prng: Prng;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  /** The highest block that anybody was told of: reads ask for no older state. */
  #seen = 0;
  #count = 0;

  constructor(cluster: Cluster, prng: Prng) {
    this.#cluster = cluster;
    this.#prng = prng;
  }

  start(): void {
    const loops = this.#cluster.hosts.flatMap((_, i) => {
      const register = KEYS.registers[i % KEYS.registers.length] as string;
      return [
        this.#loop(`cas-${i}`, (client, name) => this.#compareAndSet(client, name, register), i),
        this.#loop(`append-${i}`, (client, name) => this.append(client, name), i),
      ];
    });
    this.#running = Promise.all(loops);
  }

  /** Ends when every client has its last answer. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** How many writes were final up to now. */
  get finalCount(): number {
    const all = [...this.operations.values()].flat();
    return all.filter(({ kind, outcome }) => kind === 'write' && outcome === 'ok').length;
  }

  clientOf(i: number, isLoyal = true): Client {
    const urls = this.#cluster.hosts.map(({ rpc }) => rpc);
    const own = urls[i] as string;
    const others = isLoyal ? [] : urls.filter((url) => url !== own);
    return createClient({ transport: httpTransport({ urls: [own, ...others], retries: 0 }) });
  }

  async #loop(
    name: string,
    step: (client: Client, name: string) => Promise<unknown>,
    i: number,
  ): Promise<void> {
    const prng = this.#prng.fork(name);
    const client = this.clientOf(i, prng.chance(0.5));
    while (!this.#stop.signal.aborted) {
      await step(client, name);
      await sleep(prng.between(PAUSE_MS.least, PAUSE_MS.most));
    }
  }

  async #compareAndSet(client: Client, name: string, key: string): Promise<void> {
    const revision = await this.read(client, name, key);
    if (revision !== undefined) await this.#write(client, name, { key, revision });
  }

  /** Adds a value to the append history; whether it is final. */
  append(client: Client, name: string): Promise<boolean> {
    return this.#write(client, name, { key: KEYS.append, revision: null });
  }

  /** The current revision; undefined where the node can't say in time. */
  async read(client: Client, name: string, key: string): Promise<number | undefined> {
    const invoked = performance.now();
    const asked = { namespace: NAMESPACE, key, minHeight: this.#seen };
    try {
      const record = await client.call('record_get', asked, { timeoutMs: READ_MS_MAX });
      const value = record === null ? null : readValue(record.value);
      const revision = record?.revision ?? 0;
      this.#note(key, { client: name, kind: 'read', value, revision, invoked, outcome: 'ok' });
      this.#seen = Math.max(this.#seen, record?.height ?? 0);
      return revision;
    } catch (error) {
      if (!(error instanceof ZtcError)) throw error;
      return undefined;
    }
  }

  async #write(
    client: Client,
    name: string,
    { key, revision }: { readonly key: string; readonly revision: number | null },
  ): Promise<boolean> {
    const value = `${name}:${this.#count++}`;
    const put = {
      op: OPERATION.RECORD_PUT,
      namespace: NAMESPACE,
      key,
      ifRevision: revision,
    } as const;
    const transaction = buildTransaction({
      chain: this.#cluster.chain,
      sender: PUBLISHER,
      operations: [{ ...put, value: utf8.encode(value) }],
      validUntil: Date.now() + VALID_MS,
      keys: this.#cluster.keys,
    });
    const invoked = performance.now();
    const operation = { client: name, kind: 'write', value, revision, invoked } as const;
    try {
      const options = { timeoutMs: WRITE_MS_MAX, now: () => Date.now() };
      const fate = await submitAndWait(client, transaction, options);
      const isDone = fate.status === 'final' || fate.status === 'rejected';
      const outcome = { final: 'ok', rejected: 'failed' } as const;
      this.#note(key, { ...operation, outcome: isDone ? outcome[fate.status] : 'unknown' });
      if (isDone) this.#seen = Math.max(this.#seen, fate.height ?? 0);
      return fate.status === 'final';
    } catch (error) {
      if (!(error instanceof ZtcError)) throw error;
      // Whatever the node said: another one may have taken it before.
      this.#note(key, { ...operation, outcome: 'unknown' });
      return false;
    }
  }

  #note(key: string, operation: Omit<Operation, 'completed'>): void {
    const known = this.operations.get(key) ?? [];
    const isOver = operation.outcome !== 'unknown';
    const completed = isOver ? performance.now() : Number.POSITIVE_INFINITY;
    known.push({ ...operation, completed });
    this.operations.set(key, known);
  }
}

export function readValue(base64url: string): string {
  return text.decode(fromBase64url(base64url));
}
