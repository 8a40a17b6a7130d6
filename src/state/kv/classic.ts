/** The key-value store on disk: LevelDB through classic-level. */
import { ClassicLevel } from 'classic-level';
import { ZtcError } from '../../common/errors.ts';
import type { KvEntry, KvRange, KvStore, KvWrite } from './kv.ts';
import { lockHolder } from './lock-holder.ts';

const MIB = 1024 * 1024;
/** Holds some large blocks; there are two of them, and larger ones gained nothing. */
const WRITE_BUFFER_BYTES = 16 * MIB;
/** Uncompressed blocks of recently read tables. */
const CACHE_BYTES = 32 * MIB;

type Level = ClassicLevel<Uint8Array, Uint8Array>;

export interface ClassicKvOptions {
  /** False for a store that is thrown away after use: batches stay atomic, but aren't synced. */
  readonly durable?: boolean;
}

/**
 * Opens, or creates, the store in the folder `dir`.
 *
 * @throws ZtcError DATABASE_LOCKED where another process has it open, DATABASE_FAILED otherwise
 */
export async function openClassicKv(dir: string, options: ClassicKvOptions = {}): Promise<KvStore> {
  const level: Level = new ClassicLevel(dir, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    writeBufferSize: WRITE_BUFFER_BYTES,
    cacheSize: CACHE_BYTES,
    // Snappy: hashes and signatures don't get smaller, but names and keys around them do.
    compression: true,
  });
  try {
    await level.open();
  } catch (error) {
    throw await openFailure(dir, error);
  }
  return new ClassicKv(level, options.durable ?? true);
}

async function openFailure(dir: string, error: unknown): Promise<ZtcError> {
  const cause = error instanceof Error ? error.cause : undefined;
  if ((cause as { code?: unknown } | undefined)?.code === 'LEVEL_LOCKED') {
    const holder = await lockHolder(dir);
    const who = holder === undefined ? 'another process' : `another process (${holder})`;
    return new ZtcError('DATABASE_LOCKED', `${who} has the database ${dir} open`, {
      hint: 'stop the other node of this home, or give this one a home of its own',
      cause: error,
    });
  }
  return failed(`the database ${dir} does not open`, error);
}

/** With what the system said: LevelDB's own word for it is one level down where opening failed. */
function failed(what: string, cause: unknown): ZtcError {
  const { message, cause: inner } = cause as Error;
  const said = inner instanceof Error ? inner.message : message;
  return new ZtcError('DATABASE_FAILED', `${what}: ${said}`, {
    hint: 'check the disk, its free space and the permissions; nothing final was lost',
    cause,
  });
}

/** LevelDB gives Buffers, whose `slice` shares memory where a Uint8Array's copies. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

class ClassicKv implements KvStore {
  readonly #level: Level;
  readonly #sync: boolean;

  constructor(level: Level, sync: boolean) {
    this.#level = level;
    this.#sync = sync;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    try {
      const value = this.#level.getSync(key);
      return value && plain(value);
    } catch (error) {
      throw failed('a read of the database failed', error);
    }
  }

  async *iterate({ from, to, reverse, limit }: KvRange): AsyncIterable<KvEntry> {
    const range = { gte: from, lt: to, reverse: reverse ?? false, limit: limit ?? -1 };
    try {
      for await (const [key, value] of this.#level.iterator(range)) {
        yield { key: plain(key), value: plain(value) };
      }
    } catch (error) {
      throw failed('a read of the database failed', error);
    }
  }

  async batch(writes: readonly KvWrite[], options?: { readonly durable: boolean }): Promise<void> {
    try {
      // Chained, since that takes half the time of an array of operations.
      const batch = this.#level.batch();
      for (const { key, value } of writes) {
        if (value === undefined) batch.del(key);
        else batch.put(key, value);
      }
      await batch.write({ sync: this.#sync && (options?.durable ?? true) });
    } catch (error) {
      throw failed('a write to the database failed', error);
    }
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}
