/**
 * The database of a node: batches are applied in order, and one that a crash interrupted is there
 * as a whole or not at all, whatever died. Of batches that nobody synced a power cut may take any,
 * until a later sync comes to them.
 */
import { compareText, fromHex, toHex } from '../../src/common/bytes.ts';
import { ZtcError } from '../../src/common/errors.ts';
import type { KvEntry, KvRange, KvStore, KvWrite } from '../../src/state/kv/kv.ts';
import { QUICK_MS, type SimDisk } from './disk.ts';
import type { Prng } from './prng.ts';
import type { Run } from './run.ts';

export interface KvOptions {
  readonly random: Prng;
  readonly disk: SimDisk;
  readonly point: (what: string) => void;
  readonly count: (what: string) => void;
}

interface Pending {
  readonly writes: readonly KvWrite[];
  readonly durable: boolean;
  /** Whoever waits for it hears that the disk failed. */
  lost: boolean;
}

interface Applied extends Pending {
  /** What stood there. */
  readonly before: readonly (readonly [name: string, value: Uint8Array | undefined])[];
}

function write(entries: Map<string, Uint8Array>, writes: readonly KvWrite[]): void {
  for (const { key, value } of writes) {
    if (value === undefined) entries.delete(toHex(key));
    else entries.set(toHex(key), value);
  }
}

export class SimKv {
  readonly #options: KvOptions;
  #entries = new Map<string, Uint8Array>();
  /** On their way to the disk, oldest first. */
  #pending: Pending[] = [];
  /** Applied since the last sync that is known to be complete, oldest first. */
  #unsynced: Applied[] = [];

  constructor(options: KvOptions) {
    this.#options = options;
  }

  /** The process died, with or without the machine. */
  crash(death: 'process' | 'power'): void {
    const { random } = this.#options;
    while (this.#pending.length > 0 && random.chance(0.5)) this.#apply(this.#pending[0] as Pending);
    for (const batch of this.#pending) batch.lost = true;
    this.#pending = [];
    if (death === 'power') this.#loseUnsynced();
  }

  copy(): Map<string, Uint8Array> {
    return new Map(this.#entries);
  }

  replace(entries: ReadonlyMap<string, Uint8Array>): void {
    this.#entries = new Map(entries);
    this.#unsynced = [];
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(toHex(key));
  }

  open(run: Run): KvStore {
    return {
      get: (key) => this.get(key),
      iterate: (range) => this.#iterate(range),
      batch: (writes, options) =>
        this.#batch(run, { writes, durable: options?.durable ?? true, lost: false }),
      close: async () => {},
    };
  }

  async #batch(run: Run, batch: Pending): Promise<void> {
    const { random, disk, point, count } = this.#options;
    if (run.alive) point('before batch');
    if (!run.alive) return run.never();
    if (disk.full) {
      count('write without space');
      throw new ZtcError('DATABASE_FAILED', 'simulated: no space left');
    }
    this.#pending.push(batch);
    const slow = batch.durable && random.chance(disk.faults.syncSlow);
    const longest = batch.durable ? disk.batchMs : QUICK_MS;
    await run.delayed(slow ? random.between(20, 600) : random.next() * longest);
    if (!run.alive) return run.never();
    if (batch.lost || (batch.durable && random.chance(disk.faults.syncFails))) {
      if (!batch.lost) count('failed sync');
      this.crash('process');
      throw new ZtcError('DATABASE_FAILED', 'simulated: the disk failed');
    }
    // Those before it may be slower, but come first.
    while (this.#pending.includes(batch)) this.#apply(this.#pending[0] as Pending);
    point('after batch');
    return run.alive ? undefined : run.never();
  }

  #apply(batch: Pending): void {
    this.#pending = this.#pending.filter((other) => other !== batch);
    // The sync of a later file of the log doesn't always reach an earlier one.
    if (batch.durable && this.#options.random.chance(0.5)) {
      write(this.#entries, batch.writes);
      this.#unsynced = [];
      return;
    }
    const before = batch.writes.map(({ key }) => [toHex(key), this.get(key)] as const);
    write(this.#entries, batch.writes);
    this.#unsynced.push({ ...batch, before });
  }

  #loseUnsynced(): void {
    const { random, count } = this.#options;
    for (const { before } of this.#unsynced.toReversed()) {
      for (const [name, value] of before.toReversed()) {
        if (value === undefined) this.#entries.delete(name);
        else this.#entries.set(name, value);
      }
    }
    for (const { writes, durable } of this.#unsynced) {
      if (durable || random.chance(0.5)) write(this.#entries, writes);
      else count('batch lost with the power');
    }
    this.#unsynced = [];
  }

  async *#iterate({ from, to, reverse, limit }: KvRange): AsyncIterable<KvEntry> {
    const [first, end] = [toHex(from), toHex(to)];
    const found = [...this.#entries]
      .filter(([name]) => name >= first && name < end)
      .sort(([a], [b]) => (reverse ? compareText(b, a) : compareText(a, b)));
    for (const [name, value] of found.slice(0, limit)) {
      yield { key: fromHex(name) as Uint8Array, value };
    }
  }
}
