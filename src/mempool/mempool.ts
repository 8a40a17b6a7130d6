/**
 * The mempool: transactions on their way into a block. Two doors lead in: our own RPC (`submit`)
 * and batches of other nodes (`receiveBatch`). Behind both stand the same checks, cheapest first:
 * form, the ledger's own pre-check, room, signatures.
 *
 * Invariants: what is in the pool is signed; a transaction leaves when it is final, expired or,
 * with the pool full, evicted, never merely because a block has it; memory is bounded.
 */
import type { Logger } from 'pino';
import { equalBytes } from '../common/bytes.ts';
import { type DecodeCode, decode } from '../common/codec/index.ts';
import { type Failure, failure, type Result, type Success, success } from '../common/result.ts';
import type { Clock } from '../consensus/ports.ts';
import {
  BATCH_BYTES_MAX,
  BATCH_SEAL_BYTES,
  type BatchJudgement,
  batchSchema,
} from '../ledger/batch.ts';
import { TRANSACTION_BYTES_CAP } from '../ledger/parameters.ts';
import { decodeTransaction, type ReceivedTransaction } from '../ledger/transaction.ts';
import type { Door, MempoolMetrics } from './metrics.ts';
import { type Entry, keyOf, POOL_LIMITS, Pool, type PoolLimits } from './pool.ts';
import { Sealer } from './sealer.ts';
import { createVerifier, type TransactionVerifier } from './verifier.ts';

/** A pending transaction is spread again after this, twice as long each further time. */
const SPREAD_AGAIN_MS = 2_000;
/** The cap of that growth. */
const SPREAD_AGAIN_MS_MAX = 16_000;
/** At most so much is spread again at a time: gossip of new transactions goes first. */
const SPREAD_AGAIN_BYTES_MAX = 4 * BATCH_SEAL_BYTES;
/** How often expiry and spreading again are looked at; only while something waits. */
const TICK_MS = 500;
/** Some blocks later there is room again. */
const RETRY_AFTER_MS = 500;

export type MempoolLimits = PoolLimits & {
  readonly spreadAgainMs: number;
  readonly tickMs: number;
};

/** The codes of our own; those of the ledger's pre-check come through `admissible`. */
export type MempoolCode = DecodeCode | 'BAD_SIGNATURE' | 'EXPIRED' | 'MEMPOOL_FULL';

export interface SubmitFailure extends Failure {
  /** With MEMPOOL_FULL: when to try again. */
  readonly retryAfterMs?: number;
}

export interface Submitted {
  readonly id: Uint8Array;
  /** It waits already, or is on the ledger. */
  readonly known: boolean;
}

export interface MempoolOptions {
  readonly chain: Uint8Array;
  /** The ledger's cheap pre-check on the newest final state. */
  readonly admissible: (received: ReceivedTransaction) => Result<null, string>;
  readonly clock: Clock;
  readonly limits?: Partial<MempoolLimits>;
  readonly verifier?: TransactionVerifier;
  readonly metrics: MempoolMetrics;
  readonly log: Logger;
}

export type Mempool = Pick<TransactionPool, keyof TransactionPool>;

export function createMempool(options: MempoolOptions): Mempool {
  return new TransactionPool(options);
}

class TransactionPool {
  readonly #options: MempoolOptions;
  readonly #limits: MempoolLimits;
  readonly #pool: Pool;
  readonly #sealer: Sealer;
  readonly #verifier: TransactionVerifier;
  readonly #metrics: MempoolMetrics;
  readonly #batchListeners = new Set<(batch: Uint8Array) => void>();
  readonly #workListeners = new Set<() => void>();
  /** Stops the timer that is set. */
  #cancelTick: (() => void) | undefined;
  #stopped = false;

  constructor(options: MempoolOptions) {
    this.#options = options;
    this.#metrics = options.metrics;
    this.#limits = {
      ...POOL_LIMITS,
      spreadAgainMs: SPREAD_AGAIN_MS,
      tickMs: TICK_MS,
      ...options.limits,
    };
    this.#pool = new Pool(this.#limits);
    this.#verifier = options.verifier ?? createVerifier(options.metrics);
    this.#sealer = new Sealer({
      chain: options.chain,
      after: (ms, callback) => options.clock.after(ms, callback),
      sealed: (batch) => this.#sealed(batch),
    });
  }

  get size(): number {
    return this.#pool.size;
  }

  get bytes(): number {
    return this.#pool.bytes;
  }

  /** Whether a transaction with this id waits. */
  has(id: Uint8Array): boolean {
    return this.#pool.has(keyOf(id));
  }

  /** What waits and has not expired, in turns of one a sender. */
  *candidates(): Generator<ReceivedTransaction> {
    const now = this.#options.clock.now();
    for (const { received } of this.#pool.inTurns()) {
      if (received.transaction.validUntil >= now) yield received;
    }
  }

  /** Takes a transaction from our own RPC; one that is known already is no error. */
  async submit(bytes: Uint8Array): Promise<Success<Submitted> | SubmitFailure> {
    const decoded = decodeTransaction(bytes, TRANSACTION_BYTES_CAP);
    if (!decoded.ok) return this.#refused('rpc', decoded);
    const received = decoded.value;
    const admitted = this.#admit(received, 'rpc', true);
    if (admitted.ok) {
      if (!admitted.value.known) this.#work();
      return success({ id: received.id, known: admitted.value.known });
    }
    // On the ledger already: the answer to sending again is the same as to sending.
    if (admitted.code === 'DUPLICATE') return success({ id: received.id, known: true });
    return this.#refused('rpc', admitted);
  }

  /**
   * Takes a batch of another node. `reject`: no honest node seals such a batch (malformed, or a bad
   * signature inside); good transactions in it are taken all the same. `ignore`: nothing in it is
   * of use here.
   *
   * @param from peer id of the sealer
   * @param adopt spread what is new as our own, because other nodes don't hear this sealer
   */
  receiveBatch(from: string, batch: Uint8Array, adopt = false): BatchJudgement {
    const judgement = this.#receive(from, batch, adopt);
    this.#metrics.batches.inc({ result: judgement });
    return judgement;
  }

  /** Whether all signatures are good under the consensus rule; checked once, then remembered. */
  verifyTransaction = (received: ReceivedTransaction): boolean => this.#verifier.verify(received);

  /** Hears every sealed batch of what this node spreads; returns how to stop hearing. */
  onBatch(listener: (batch: Uint8Array) => void): () => void {
    this.#batchListeners.add(listener);
    return () => this.#batchListeners.delete(listener);
  }

  /** Called when something new waits; returns how to stop hearing. */
  onWork(listener: () => void): () => void {
    this.#workListeners.add(listener);
    return () => this.#workListeners.delete(listener);
  }

  /** Drops what became final. */
  finalized(ids: Iterable<Uint8Array>): void {
    for (const id of ids) this.#pool.remove(keyOf(id));
    this.#measure();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTick?.();
    this.#sealer.stop();
    this.#batchListeners.clear();
    this.#workListeners.clear();
  }

  #receive(from: string, bytes: Uint8Array, adopt: boolean): BatchJudgement {
    const batch = decode(batchSchema, bytes, BATCH_BYTES_MAX);
    if (!batch.ok || !equalBytes(batch.value.chain, this.#options.chain)) {
      return this.#rejected(from, batch.ok ? 'another chain' : batch.message);
    }
    let useful = false;
    let news = false;
    let bad: string | undefined;
    for (const each of batch.value.transactions) {
      const decoded = decodeTransaction(each, TRANSACTION_BYTES_CAP);
      // Once something bad was found, the rest gets the cheap check only: it bounds what a
      // hostile sealer can make us compute, and loses nothing that an honest one sends.
      const admitted = decoded.ok
        ? this.#admit(decoded.value, 'gossip', adopt, bad !== undefined)
        : decoded;
      if (admitted.ok) {
        useful = true;
        news ||= !admitted.value.known;
        continue;
      }
      this.#refused('gossip', admitted);
      if (!decoded.ok || admitted.code === 'BAD_SIGNATURE') bad ??= admitted.message;
    }
    if (news) this.#work();
    if (bad !== undefined) return this.#rejected(from, bad);
    return useful ? 'accept' : 'ignore';
  }

  #rejected(from: string, reason: string): BatchJudgement {
    this.#options.log.debug({ from, reason }, 'batch rejected');
    return 'reject';
  }

  #admit(
    received: ReceivedTransaction,
    door: Door,
    own: boolean,
    cheaply = door === 'rpc',
  ): Result<{ known: boolean }, string> {
    const key = keyOf(received.id);
    if (this.#pool.has(key)) return success({ known: true });
    const { sender, validUntil } = received.transaction;
    const now = this.#options.clock.now();
    if (validUntil < now) return failure('EXPIRED', 'validUntil lies in the past');
    const admissible = this.#options.admissible(received);
    if (!admissible.ok) return admissible;
    if (!this.#pool.fits(sender, received.bytes.length)) {
      return failure('MEMPOOL_FULL', 'too many transactions wait; try again later');
    }
    const good = cheaply ? this.#verifier.verifyAtDoor(received) : this.#verifier.verify(received);
    if (!good) return failure('BAD_SIGNATURE', 'a signature is not good');
    const spreadAt = now + this.#limits.spreadAgainMs;
    const evicted = this.#pool.add({ received, key, sender, own, spreadAt, spreads: 1 });
    this.#metrics.dropped.inc({ reason: 'evicted' }, evicted.length);
    this.#metrics.admitted.inc({ door });
    this.#measure();
    if (own) this.#sealer.add(received.bytes);
    this.#schedule();
    return success({ known: false });
  }

  #refused(door: Door, refusal: Failure): SubmitFailure {
    this.#metrics.refused.inc({ door, code: refusal.code });
    return refusal.code === 'MEMPOOL_FULL' ? { ...refusal, retryAfterMs: RETRY_AFTER_MS } : refusal;
  }

  #work(): void {
    for (const listener of this.#workListeners) listener();
  }

  #sealed(batch: Uint8Array): void {
    this.#metrics.batches.inc({ result: 'sealed' });
    for (const listener of this.#batchListeners) listener(batch);
  }

  #schedule(): void {
    if (this.#stopped || this.#pool.size === 0) return;
    this.#cancelTick ??= this.#options.clock.after(this.#limits.tickMs, () => {
      this.#cancelTick = undefined;
      this.#expire();
      this.#spreadAgain();
      this.#schedule();
    });
  }

  #expire(): void {
    const now = this.#options.clock.now();
    for (const { received, key } of this.#pool.entries()) {
      if (received.transaction.validUntil >= now) continue;
      this.#pool.remove(key);
      this.#metrics.dropped.inc({ reason: 'expired' });
    }
    this.#measure();
  }

  /** Gossip may lose a batch; what nobody finalized may have reached nobody. */
  #spreadAgain(): void {
    const now = this.#options.clock.now();
    let bytes = 0;
    for (const entry of this.#pool.entries()) {
      if (!entry.own || entry.spreadAt > now) continue;
      if (bytes >= SPREAD_AGAIN_BYTES_MAX) return;
      bytes += entry.received.bytes.length;
      this.#sealer.add(entry.received.bytes);
      entry.spreadAt = now + this.#pause(entry);
      entry.spreads += 1;
    }
  }

  #pause({ spreads }: Entry): number {
    return Math.min(this.#limits.spreadAgainMs * 2 ** spreads, SPREAD_AGAIN_MS_MAX);
  }

  #measure(): void {
    this.#metrics.transactions.set(this.#pool.size);
    this.#metrics.bytes.set(this.#pool.bytes);
  }
}
