/**
 * The transactions that wait, by sender. Bounded in count and bytes, for all and for each sender;
 * when it is full, the sender that holds most makes room for one that holds less, so that nobody's
 * flood keeps out somebody else's release. Knows nothing of signatures, time or the network.
 */
import { keyText } from '../common/bytes.ts';
import { invariant } from '../common/errors.ts';
import type { Amount } from '../ledger/quotas.ts';
import { leafOf, type ReceivedTransaction } from '../ledger/transaction.ts';

export interface PoolLimits {
  readonly transactionsMax: number;
  readonly bytesMax: number;
  readonly senderTransactionsMax: number;
  readonly senderBytesMax: number;
}

/** About a minute of full load; a transaction costs about three times its bytes in memory. */
export const POOL_LIMITS: PoolLimits = {
  transactionsMax: 100_000,
  bytesMax: 64 * 1024 * 1024,
  senderTransactionsMax: 25_000,
  senderBytesMax: 16 * 1024 * 1024,
};

export interface Entry {
  readonly received: ReceivedTransaction;
  /** Of the id. */
  readonly key: string;
  readonly sender: string;
  /** This node spreads it: it was submitted here, or came from one that others don't hear. */
  readonly own: boolean;
  /** When it is sealed into a batch again, in ms; meaningful for own ones. */
  spreadAt: number;
  /** How often it was sealed. */
  spreads: number;
}

/** What one sender holds, oldest first, and where it ends. */
class SenderEntries {
  readonly entries = new Map<string, Entry>();
  bytes = 0;
  operations = 0;
  /** In order of arrival; those that left stay until they are at the end or more than half. */
  #arrived: Entry[] = [];

  add(entry: Entry): void {
    this.entries.set(entry.key, entry);
    this.bytes += entry.received.bytes.length;
    this.operations += entry.received.transaction.operations.length;
    if (this.#arrived.length > 2 * this.entries.size + ARRIVED_SLACK) {
      this.#arrived = [...this.entries.values()];
    } else {
      this.#arrived.push(entry);
    }
  }

  remove(entry: Entry): void {
    this.entries.delete(entry.key);
    this.bytes -= entry.received.bytes.length;
    this.operations -= entry.received.transaction.operations.length;
  }

  newest(): Entry | undefined {
    for (;;) {
      const last = this.#arrived.at(-1);
      if (last === undefined || this.entries.get(last.key) === last) return last;
      this.#arrived.pop();
    }
  }
}

const NOTHING: Amount = { operations: 0, bytes: 0 };

/** Below this a tidy list is not worth making. */
const ARRIVED_SLACK = 64;

export class Pool {
  readonly #limits: PoolLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #byLeaf = new Map<string, Entry>();
  /** In order of turns: the first is next. */
  readonly #senders = new Map<string, SenderEntries>();
  #bytes = 0;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** By what names all bytes (`leafOf`): not another one of the same id, otherwise signed. */
  find(leaf: string): Entry | undefined {
    return this.#byLeaf.get(leaf);
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** What a sender has here. */
  waiting(sender: string): Amount {
    return this.#senders.get(sender) ?? NOTHING;
  }

  /** Whether `add` would take a transaction of `sender` with that many bytes. */
  fits(sender: string, bytes: number): boolean {
    const limits = this.#limits;
    const held = this.#senders.get(sender);
    if ((held?.entries.size ?? 0) >= limits.senderTransactionsMax) return false;
    if ((held?.bytes ?? 0) + bytes > limits.senderBytesMax) return false;
    return this.#hasRoom(bytes) || this.#giver(sender, bytes) !== undefined;
  }

  /** Adds what fits; returns those that had to make room. */
  add(entry: Entry): Entry[] {
    const evicted: Entry[] = [];
    const bytes = entry.received.bytes.length;
    const giver = this.#hasRoom(bytes) ? undefined : this.#giver(entry.sender, bytes);
    while (!this.#hasRoom(bytes)) {
      const newest = giver?.newest();
      invariant(newest !== undefined, 'only what fits is added');
      this.remove(newest.key);
      evicted.push(newest);
    }
    const held = this.#senders.get(entry.sender) ?? new SenderEntries();
    this.#senders.set(entry.sender, held);
    held.add(entry);
    this.#entries.set(entry.key, entry);
    this.#byLeaf.set(leafOf(entry.received), entry);
    this.#bytes += bytes;
    return evicted;
  }

  remove(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const bytes = entry.received.bytes.length;
    this.#entries.delete(key);
    this.#byLeaf.delete(leafOf(entry.received));
    this.#bytes -= bytes;
    const held = this.#senders.get(entry.sender) as SenderEntries;
    held.remove(entry);
    if (held.entries.size === 0) this.#senders.delete(entry.sender);
    return entry;
  }

  /**
   * What is valid at `time`: one of each sender in turn, each sender's oldest first; every call
   * begins one sender later.
   */
  *inTurns(time: number): Generator<ReceivedTransaction> {
    const [first] = this.#senders;
    if (first !== undefined) {
      this.#senders.delete(first[0]);
      this.#senders.set(...first);
    }
    const turns = [...this.#senders.values()].map(({ entries }) => entries.values());
    for (let left = turns.length; left > 0; ) {
      let still = 0;
      for (let i = 0; i < left; i++) {
        const turn = turns[i] as MapIterator<Entry>;
        const next = turn.next();
        if (next.done) continue;
        turns[still++] = turn;
        const { received } = next.value;
        if (received.transaction.validUntil >= time) yield received;
      }
      left = still;
    }
  }

  #hasRoom(bytes: number): boolean {
    return (
      this.#entries.size < this.#limits.transactionsMax &&
      this.#bytes + bytes <= this.#limits.bytesMax
    );
  }

  /**
   * The sender that holds most, if after making room for `bytes` of `sender` it would still hold
   * as much as that one then does.
   */
  #giver(sender: string, bytes: number): SenderEntries | undefined {
    let most: SenderEntries | undefined;
    for (const held of this.#senders.values()) {
      if (most === undefined || held.bytes > most.bytes) most = held;
    }
    const own = (this.#senders.get(sender)?.bytes ?? 0) + bytes;
    const missing = Math.max(this.#bytes + bytes - this.#limits.bytesMax, 1);
    return most !== undefined && most.bytes - missing >= own ? most : undefined;
  }
}

/** The form of an id as a key. */
export function keyOf(id: Uint8Array): string {
  return keyText(id);
}
