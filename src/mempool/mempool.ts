/**
 * The mempool: transactions on their way into a block. Two doors lead in: our own RPC (`submit`)
 * and batches of other nodes (`receiveBatch`). Behind both stand the same checks, cheapest first:
 * form, the ledger's own pre-check, room, signatures.
 *
 * Invariants: what is in the pool is signed; a transaction leaves when it is final, expired or,
 * with the pool full, evicted, never merely because a block has it; memory is bounded.
 */
import type { Logger } from 'pino';
import { equalBytes, keyText } from '../common/bytes.ts';
import { type DecodeCode, decodeViews } from '../common/codec/index.ts';
import { type Failure, failure, type Result, type Success, success } from '../common/result.ts';
import type { Clock } from '../consensus/ports.ts';
import {
  BATCH_BYTES_MAX,
  BATCH_SEAL_BYTES,
  type BatchJudgement,
  batchSchema,
} from '../ledger/batch.ts';
import { leafText } from '../ledger/merkle/rfc6962.ts';
import { TRANSACTION_BYTES_CAP } from '../ledger/parameters.ts';
import { type Amount, isCovered, NOTHING, sumOf } from '../ledger/quotas.ts';
import { decodeTransaction, type ReceivedTransaction } from '../ledger/transaction.ts';
import type { TransactionVerifier } from '../signatures/verifier.ts';
import { Backlog } from './backlog.ts';
import type { Door, MempoolMetrics } from './metrics.ts';
import { Entry, POOL_LIMITS, Pool, type PoolLimits } from './pool.ts';
import { Sealer } from './sealer.ts';
import { bothOf, isAboveShare, SenderCounts } from './share.ts';

/** A pending transaction is spread again after this, twice as long each further time. */
const SPREAD_AGAIN_MS = 2_000;
/** The cap of that growth. */
const SPREAD_AGAIN_MS_MAX = 16_000;
/** At most so much is spread again at a time: gossip of new transactions goes first. */
const SPREAD_AGAIN_BYTES_MAX = 4 * BATCH_SEAL_BYTES;
/** How often expiry and spreading again are looked at; only while something waits. */
const TICK_MS = 500;
/** What waits longer has its bytes in memory of its own, and holds no batch that nobody needs. */
const SHARED_MS = 10_000;
/** Some blocks later there is room again. */
const RETRY_AFTER_MS = 500;
/**
 * A sender's transactions are looked at as if so much more of it waited, where its quota is that
 * large: what takes its place first while signatures are checked changes nothing then.
 */
const AHEAD: Amount = { operations: 1_000, bytes: 1_024 * 1_024 };
/** Transactions whose signatures are being checked: half a second of work of one core. */
const CHECKING_MAX = 10_000;
/**
 * What comes from clients is refused earlier than what others have taken already: here the sender
 * that has its share of them, at the bound above everyone.
 */
const CHECKING_RPC_MAX = CHECKING_MAX / 2;

export type MempoolLimits = PoolLimits & {
  readonly spreadAgainMs: number;
  readonly tickMs: number;
};

/** The codes of our own; those of the ledger's pre-check come through `admissible`. */
export type MempoolCode = DecodeCode | 'BAD_SIGNATURE' | 'EXPIRED' | 'MEMPOOL_FULL';

export interface SubmitFailure extends Failure {
  /** Where it could be decoded. */
  readonly id?: Uint8Array;
  /** With MEMPOOL_FULL and QUOTA_EXCEEDED: when to try again. */
  readonly retryAfterMs?: number;
}

export interface Submitted {
  readonly id: Uint8Array;
  /** Ledger time in ms. */
  readonly validUntil: number;
  /** It waits already, or is on the ledger. */
  readonly known: boolean;
}

export interface MempoolOptions {
  readonly chain: Uint8Array;
  /** The ledger's cheap pre-check on the newest final state, beside what the sender has waiting. */
  readonly admissible: (received: ReceivedTransaction, waiting: Amount) => Result<null, string>;
  readonly clock: Clock;
  readonly limits?: Partial<MempoolLimits>;
  readonly verifier: TransactionVerifier;
  readonly metrics: MempoolMetrics;
  readonly log: Logger;
}

/** Some blocks later they may be taken. */
const RETRYABLE: ReadonlySet<string> = new Set(['MEMPOOL_FULL', 'QUOTA_EXCEEDED']);

type Admission = Result<{ readonly known: boolean }, string>;

const KNOWN: Admission = success({ known: true });
const NEW: Admission = success({ known: false });

/** What a batch holds. */
interface Sorted {
  readonly known: Entry[];
  readonly news: Entry[];
  bad: string | undefined;
}

const BAD_SIGNATURE = failure('BAD_SIGNATURE', 'a signature is not good');

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
  readonly #backlog: Backlog;
  /** What batches brought or named; forgotten with a batch's bytes. */
  readonly #brought = new WeakMap<Uint8Array, readonly Entry[]>();
  /** Transactions whose signatures are being checked, from all doors. */
  #checking = 0;
  /** Those from our own RPC, by the sender that they name. */
  readonly #checkingOf = new SenderCounts();
  /** How many times something became final. */
  #finals = 0;
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
    this.#backlog = new Backlog(options.clock.now());
    this.#verifier = options.verifier;
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
    return this.#pool.has(keyText(id));
  }

  /** What waits and has not expired, in turns of one a sender. */
  candidates(): Iterable<ReceivedTransaction> {
    return this.#pool.inTurns(this.#options.clock.now());
  }

  /** Seals what has been collected, without waiting for more. */
  spread(): void {
    this.#sealer.seal();
  }

  /** A waiting transaction by its leaf hash (`leafText`); its signatures are good. */
  known = (leaf: string): ReceivedTransaction | undefined => {
    return this.#pool.find(leaf);
  };

  /** Takes a transaction from our own RPC; one that is known already is no error. */
  async submit(bytes: Uint8Array): Promise<Success<Submitted> | SubmitFailure> {
    const decoded = decodeTransaction(bytes, TRANSACTION_BYTES_CAP);
    if (!decoded.ok) return this.#refused('rpc', decoded);
    const entry = new Entry(decoded.value);
    const { id, transaction } = entry;
    const { validUntil } = transaction;
    const before = this.#lookAtDoor(entry);
    const admitted = before === NEW ? await this.#checked(entry) : before;
    if (admitted === NEW) this.#work();
    // On the ledger already: the answer to sending again is the same as to sending.
    if (admitted.ok) return success({ id, validUntil, known: admitted === KNOWN });
    if (admitted.code === 'DUPLICATE') return success({ id, validUntil, known: true });
    return { ...this.#refused('rpc', admitted), id };
  }

  #lookAtDoor(entry: Entry): Admission {
    const looked = this.#look(entry);
    if (looked !== NEW) return looked;
    const { sender } = entry;
    const checking = this.#checkingOf.crowd(sender);
    if (this.#checking >= CHECKING_MAX || isAboveShare(checking, CHECKING_RPC_MAX)) {
      return failure('MEMPOOL_FULL', 'too many signatures wait to be checked; try again later');
    }
    const coming = bothOf(this.#pool.crowd(sender), checking);
    if (!isAboveShare(coming, this.#backlog.max)) return NEW;
    return failure('MEMPOOL_FULL', 'more waits than becomes final soon; try again later');
  }

  /** Takes it where its signatures are good. */
  async #checked(entry: Entry): Promise<Admission> {
    const { sender } = entry;
    this.#checking += 1;
    this.#checkingOf.add(sender, 1);
    const [good] = await this.#verifier.verifyAtDoor([entry]);
    this.#checking -= 1;
    this.#checkingOf.add(sender, -1);
    const taken = good ? this.#take(entry, true) : BAD_SIGNATURE;
    if (taken === NEW) this.#metrics.admitted.add('rpc');
    return taken;
  }

  /**
   * Takes a batch of another node. `reject`: no honest node seals such a batch (malformed, or a bad
   * signature inside); good transactions in it are taken all the same. `ignore`: nothing in it is
   * of use here.
   *
   * @param from peer id of who gave it
   * @param adopt spread what is new as our own, because other nodes don't hear this sealer
   */
  async receiveBatch(from: string, batch: Uint8Array, adopt = false): Promise<BatchJudgement> {
    const judgement = await this.#receive(from, batch, adopt);
    this.#metrics.batches.inc({ result: judgement });
    return judgement;
  }

  /** Whether anything in a batch that was received and good still waits here. */
  waits(batch: Uint8Array): boolean {
    return this.#brought.get(batch)?.some((entry) => entry.waits) ?? false;
  }

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
    this.#finals += 1;
    let count = 0;
    for (const id of ids) {
      this.#pool.remove(keyText(id));
      count += 1;
    }
    this.#backlog.final(count, this.#options.clock.now());
    this.#measure();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTick?.();
    this.#sealer.stop();
    this.#batchListeners.clear();
    this.#workListeners.clear();
  }

  async #receive(from: string, bytes: Uint8Array, adopt: boolean): Promise<BatchJudgement> {
    const own = isMostOf(bytes.length, bytes) ? bytes : bytes.slice();
    const batch = decodeViews(batchSchema, own, BATCH_BYTES_MAX);
    if (!batch.ok || !equalBytes(batch.value.chain, this.#options.chain)) {
      return this.#rejected(from, batch.ok ? 'another chain' : batch.message);
    }
    if (this.#checking >= CHECKING_MAX) return 'ignore';
    const { known, news, bad } = this.#sorted(batch.value.transactions);
    const used = news.reduce((sum, entry) => sum + entry.bytes.length, 0);
    if (!isMostOf(used, own)) for (const entry of news) entry.keepAlone();
    const taken = await this.#takeAll(news, adopt);
    if (taken.any) this.#work();
    this.#brought.set(bytes, news.length === 0 ? known : known.concat(news));
    const reason = bad ?? taken.bad;
    if (reason !== undefined) return this.#rejected(from, reason);
    return known.length > 0 || taken.any ? 'accept' : 'ignore';
  }

  /** What waits already, what may be taken if its signatures are good, and what was bad. */
  #sorted(transactions: readonly Uint8Array[]): Sorted {
    const sorted: Sorted = { known: [], news: [], bad: undefined };
    for (const bytes of transactions) {
      const leaf = leafText(bytes);
      const waiting = this.#pool.find(leaf);
      if (waiting !== undefined) {
        sorted.known.push(waiting);
        continue;
      }
      const decoded = decodeTransaction(bytes, TRANSACTION_BYTES_CAP);
      if (!decoded.ok) {
        this.#refused('gossip', decoded);
        sorted.bad ??= decoded.message;
        continue;
      }
      decoded.value.leaf = leaf;
      const entry = new Entry(decoded.value);
      const looked = this.#look(entry);
      if (!looked.ok) this.#refused('gossip', looked);
      else if (looked === NEW) sorted.news.push(entry);
      else sorted.known.push(entry);
    }
    return sorted;
  }

  /**
   * Checks and takes what is new in a batch. The complete check comes only where the cheap one said
   * no, and not any more once something bad was found: it bounds what a hostile sealer can make us
   * compute, and loses nothing that an honest one sends.
   */
  async #takeAll(
    news: readonly Entry[],
    adopt: boolean,
  ): Promise<{ any: boolean; bad: string | undefined }> {
    if (news.length === 0) return { any: false, bad: undefined };
    this.#checking += news.length;
    const cheap = await this.#verifier.verifyAtDoor(news);
    this.#checking -= news.length;
    let count = 0;
    let bad: string | undefined;
    for (let i = 0; i < news.length; i++) {
      const entry = news[i] as Entry;
      const good = cheap[i] || (bad === undefined && (await this.#verifier.verifyAll([entry]))[0]);
      if (!good) bad ??= BAD_SIGNATURE.message;
      const taken = good ? this.#take(entry, adopt) : BAD_SIGNATURE;
      if (!taken.ok) this.#refused('gossip', taken);
      else if (taken === NEW) count += 1;
    }
    if (count > 0) this.#metrics.admitted.add('gossip', count);
    return { any: count > 0, bad };
  }

  #rejected(from: string, reason: string): BatchJudgement {
    this.#options.log.debug({ from, reason }, 'batch rejected');
    return 'reject';
  }

  /**
   * What is cheap to see about a transaction, before its signatures are checked and after; state is
   * asked again only where it has changed.
   */
  #look(entry: Entry): Admission {
    if (this.#pool.has(entry.key)) return KNOWN;
    const { sender, validUntil } = entry.transaction;
    if (validUntil < this.#options.clock.now()) {
      return failure('EXPIRED', 'validUntil lies in the past');
    }
    const waiting = this.#pool.waiting(sender);
    if (entry.lookedAt !== this.#finals || !isCovered(waiting, entry.behind)) {
      const admissible = this.#askState(entry, waiting);
      if (!admissible.ok) return admissible;
    }
    return this.#pool.fits(sender, entry.bytes.length)
      ? NEW
      : failure('MEMPOOL_FULL', 'too many transactions wait; try again later');
  }

  #askState(entry: Entry, waiting: Amount): Result<null, string> {
    let behind = sumOf(waiting, AHEAD);
    let admissible = this.#options.admissible(entry, behind);
    if (!admissible.ok && admissible.code === 'QUOTA_EXCEEDED') {
      behind = sumOf(waiting, NOTHING);
      admissible = this.#options.admissible(entry, behind);
    }
    if (!admissible.ok) return admissible;
    entry.lookedAt = this.#finals;
    entry.behind = behind;
    return admissible;
  }

  /** Takes one whose signatures are good; much may have happened while they were checked. */
  #take(entry: Entry, own: boolean): Admission {
    const looked = this.#look(entry);
    if (looked !== NEW || this.#stopped) return looked;
    entry.since = this.#options.clock.now();
    entry.own = own;
    entry.spreadAt = entry.since + this.#limits.spreadAgainMs;
    entry.spreads = 1;
    const evicted = this.#pool.add(entry);
    if (evicted.length > 0) this.#metrics.dropped.inc({ reason: 'evicted' }, evicted.length);
    if (own) this.#sealer.add(entry.bytes);
    this.#schedule();
    return NEW;
  }

  #refused(door: Door, refusal: Failure): SubmitFailure {
    this.#metrics.refused.inc({ door, code: refusal.code });
    return RETRYABLE.has(refusal.code) ? { ...refusal, retryAfterMs: RETRY_AFTER_MS } : refusal;
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
    for (const entry of this.#pool.entries()) {
      if (entry.transaction.validUntil >= now) {
        if (entry.since < now - SHARED_MS) entry.keepAlone();
        continue;
      }
      this.#pool.remove(entry.key);
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
      bytes += entry.bytes.length;
      this.#sealer.add(entry.bytes);
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

/** Whether so many bytes are most of the memory that these are in. */
function isMostOf(used: number, { buffer }: Uint8Array): boolean {
  return 2 * used >= buffer.byteLength;
}
