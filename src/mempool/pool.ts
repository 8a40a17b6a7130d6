/**
 * The transactions that wait, by sender. Bounded in count and bytes, for all and for each sender;
 * when it is full, the sender that holds most makes room for one that holds less, so that nobody's
 * flood keeps out somebody else's release. Knows nothing of signatures, time or the network.
 */

import { DigestMap, SECRET_WORDS } from '../common/digest-map.ts';
import { invariant } from '../common/errors.ts';
import { type Amount, NOTHING } from '../ledger/quotas.ts';
import { decodeAgain, keyOf, leafOf, type ReceivedTransaction } from '../ledger/transaction.ts';
import type { Crowd } from './share.ts';

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

/** A transaction on its way in, and then while it waits; with what is known of it, one object. */
export class Entry implements ReceivedTransaction {
  transaction: ReceivedTransaction['transaction'];
  bytes: Uint8Array;
  readonly id: Uint8Array;
  readonly key: string;
  readonly leaf: string;
  /** It is in the pool. */
  waits = false;
  /** This node spreads it: it was submitted here, or came from one that others don't hear. */
  own = false;
  /** Since when it waits, in ms. */
  since = 0;
  /** When it is sealed into a batch again, in ms; meaningful for own ones. */
  spreadAt = 0;
  /** How often it was sealed. */
  spreads = 0;
  /** At which state it was found admissible: how many times something had become final. */
  lookedAt = -1;
  /** Behind how much of its sender it was found admissible there. */
  behind = NOTHING;
  /** Of the same sender: what came after it, and before. */
  next: Entry | undefined;
  previous: Entry | undefined;

  constructor(received: ReceivedTransaction) {
    this.transaction = received.transaction;
    this.bytes = received.bytes;
    this.id = received.id;
    this.key = keyOf(received);
    this.leaf = leafOf(received);
  }

  get sender(): string {
    return this.transaction.sender;
  }

  /** Moves its bytes out of the memory of what it came with. */
  keepAlone(): void {
    if (this.bytes.buffer.byteLength === this.bytes.length) return;
    this.bytes = this.bytes.slice();
    this.transaction = decodeAgain(this.bytes);
  }
}

/** What one sender holds, oldest first. */
class SenderEntries {
  first: Entry | undefined;
  last: Entry | undefined;
  size = 0;
  bytes = 0;
  operations = 0;

  add(entry: Entry): void {
    entry.previous = this.last;
    if (this.last === undefined) this.first = entry;
    else this.last.next = entry;
    this.last = entry;
    this.#count(entry, 1);
  }

  remove(entry: Entry): void {
    const { previous, next } = entry;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    // One that is gone would keep all that came after it from the collector.
    entry.previous = undefined;
    entry.next = undefined;
    this.#count(entry, -1);
  }

  #count({ bytes, transaction }: Entry, by: 1 | -1): void {
    this.size += by;
    this.bytes += by * bytes.length;
    this.operations += by * transaction.operations.length;
  }
}

const SECRET = crypto.getRandomValues(new Uint32Array(SECRET_WORDS));

export class Pool {
  readonly #limits: PoolLimits;
  readonly #byKey = new DigestMap<Entry>(SECRET);
  readonly #byLeaf = new DigestMap<Entry>(SECRET);
  /** In order of turns: the first is next. */
  readonly #senders = new Map<string, SenderEntries>();
  #bytes = 0;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(key: string): boolean {
    return this.#byKey.get(key) !== undefined;
  }

  /** By what names all bytes (`leafOf`): not another one of the same id, otherwise signed. */
  find(leaf: string): Entry | undefined {
    return this.#byLeaf.get(leaf);
  }

  /** All, one of each sender in turn; what was given may be removed meanwhile. */
  entries(): Iterable<Entry> {
    return this.#turns(0);
  }

  /** What a sender has here. */
  waiting(sender: string): Amount {
    return this.#senders.get(sender) ?? NOTHING;
  }

  /** How many transactions a sender has here, beside all others. */
  crowd(sender: string): Crowd {
    const own = this.#senders.get(sender)?.size ?? 0;
    return { own, all: this.#byKey.size, senders: this.#senders.size };
  }

  /** Whether `add` would take a transaction of `sender` with that many bytes. */
  fits(sender: string, bytes: number): boolean {
    const limits = this.#limits;
    const held = this.#senders.get(sender);
    if ((held?.size ?? 0) >= limits.senderTransactionsMax) return false;
    if ((held?.bytes ?? 0) + bytes > limits.senderBytesMax) return false;
    return this.#hasRoom(bytes) || this.#giver(sender, bytes) !== undefined;
  }

  /** Adds what fits; returns those that had to make room. */
  add(entry: Entry): Entry[] {
    const evicted: Entry[] = [];
    const bytes = entry.bytes.length;
    const giver = this.#hasRoom(bytes) ? undefined : this.#giver(entry.sender, bytes);
    while (!this.#hasRoom(bytes)) {
      const newest = giver?.last;
      invariant(newest !== undefined, 'only what fits is added');
      this.remove(newest.key);
      evicted.push(newest);
    }
    const held = this.#senders.get(entry.sender) ?? new SenderEntries();
    this.#senders.set(entry.sender, held);
    held.add(entry);
    entry.waits = true;
    this.#byKey.set(entry.key, entry);
    this.#byLeaf.set(entry.leaf, entry);
    this.#bytes += bytes;
    return evicted;
  }

  remove(key: string): Entry | undefined {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return undefined;
    entry.waits = false;
    this.#byKey.delete(key);
    this.#byLeaf.delete(entry.leaf);
    this.#bytes -= entry.bytes.length;
    const held = this.#senders.get(entry.sender) as SenderEntries;
    held.remove(entry);
    if (held.size === 0) this.#senders.delete(entry.sender);
    return entry;
  }

  /**
   * What is valid at `time`: one of each sender in turn, each sender's oldest first; every call
   * begins one sender later.
   */
  inTurns(time: number): Iterable<ReceivedTransaction> {
    const [first] = this.#senders;
    if (first !== undefined) {
      this.#senders.delete(first[0]);
      this.#senders.set(...first);
    }
    return this.#turns(time);
  }

  #turns(time: number): Iterable<Entry> {
    const heads = Array.from(this.#senders.values(), (held) => held.first as Entry);
    return { [Symbol.iterator]: () => new Turns([...heads], time) };
  }

  #hasRoom(bytes: number): boolean {
    return (
      this.#byKey.size < this.#limits.transactionsMax &&
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

/** No generator: a loop over this one makes no object for each step. */
class Turns implements Iterator<Entry> {
  /** Of each sender, what is next. */
  readonly #heads: Entry[];
  readonly #time: number;
  #turn = 0;

  constructor(heads: Entry[], time: number) {
    this.#heads = heads;
    this.#time = time;
  }

  next(): IteratorResult<Entry> {
    for (;;) {
      if (this.#turn >= this.#heads.length) this.#turn = 0;
      const entry = this.#heads[this.#turn];
      if (entry === undefined) return { done: true, value: undefined };
      if (entry.next === undefined) this.#heads.splice(this.#turn, 1);
      else this.#heads[this.#turn++] = entry.next;
      if (entry.transaction.validUntil >= this.#time) return { done: false, value: entry };
    }
  }
}
