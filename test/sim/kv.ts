/**
 * The database of a node: batches are atomic, and one that a crash interrupted is there as a whole
 * or not at all, whatever died.
 */
import { compareText, fromHex, toHex } from '../../src/common/bytes.ts';
import { ZtcError } from '../../src/common/errors.ts';
import type { KvEntry, KvRange, KvStore, KvWrite } from '../../src/state/kv/kv.ts';
import type { SimDisk } from './disk.ts';
import type { Prng } from './prng.ts';
import type { Run } from './run.ts';

export interface KvOptions {
  readonly random: Prng;
  readonly disk: SimDisk;
  readonly point: (what: string) => void;
  readonly count: (what: string) => void;
}

export class SimKv {
  readonly #options: KvOptions;
  #entries = new Map<string, Uint8Array>();
  /** On its way to the disk. */
  #pending: readonly KvWrite[] | undefined;

  constructor(options: KvOptions) {
    this.#options = options;
  }

  /** The process died, with or without the machine. */
  crash(): void {
    if (this.#pending !== undefined && this.#options.random.chance(0.5)) this.#apply(this.#pending);
    this.#pending = undefined;
  }

  copy(): Map<string, Uint8Array> {
    return new Map(this.#entries);
  }

  replace(entries: ReadonlyMap<string, Uint8Array>): void {
    this.#entries = new Map(entries);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(toHex(key));
  }

  open(run: Run): KvStore {
    return {
      get: (key) => this.get(key),
      iterate: (range) => this.#iterate(range),
      batch: (writes) => this.#batch(run, writes),
      close: async () => {},
    };
  }

  async #batch(run: Run, writes: readonly KvWrite[]): Promise<void> {
    const { random, disk, point, count } = this.#options;
    if (run.alive) point('before batch');
    if (!run.alive) return run.never();
    if (disk.full) {
      count('write without space');
      throw new ZtcError('DATABASE_FAILED', 'simulated: no space left');
    }
    this.#pending = writes;
    const slow = random.chance(disk.faults.syncSlow);
    await run.delayed(slow ? random.between(20, 600) : random.next() * 2);
    if (!run.alive) return run.never();
    if (random.chance(disk.faults.syncFails)) {
      count('failed sync');
      this.crash();
      throw new ZtcError('DATABASE_FAILED', 'simulated: the disk failed');
    }
    this.#pending = undefined;
    this.#apply(writes);
    point('after batch');
    return run.alive ? undefined : run.never();
  }

  #apply(writes: readonly KvWrite[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.#entries.delete(toHex(key));
      else this.#entries.set(toHex(key), value);
    }
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
