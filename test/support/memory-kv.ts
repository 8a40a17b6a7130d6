/**
 * The key-value store in memory: for tests, simulation and short replays. Values are not copied:
 * nobody changes bytes after handing them over.
 */
import { compareText, fromHex, toHex } from '../../src/common/bytes.ts';
import { ZtcError } from '../../src/common/errors.ts';
import type { KvEntry, KvRange, KvStore, KvWrite } from '../../src/state/kv/kv.ts';

/** A new, empty store. */
export function memoryKv(): KvStore {
  return new MemoryKv();
}

class MemoryKv implements KvStore {
  readonly #entries = new Map<string, Uint8Array>();
  #closed = false;

  get(key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen();
    return this.#entries.get(toHex(key));
  }

  async *iterate({ from, to, reverse, limit }: KvRange): AsyncIterable<KvEntry> {
    this.#assertOpen();
    const [first, end] = [toHex(from), toHex(to)];
    const found = [...this.#entries]
      .filter(([name]) => name >= first && name < end)
      .sort(([a], [b]) => (reverse ? compareText(b, a) : compareText(a, b)));
    for (const [name, value] of found.slice(0, limit)) {
      yield { key: fromHex(name) as Uint8Array, value };
    }
  }

  async batch(writes: readonly KvWrite[]): Promise<void> {
    this.#assertOpen();
    for (const { key, value } of writes) {
      if (value === undefined) this.#entries.delete(toHex(key));
      else this.#entries.set(toHex(key), value);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw new ZtcError('DATABASE_FAILED', 'the store is closed');
  }
}
