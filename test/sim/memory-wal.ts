/** A log in memory with the semantics of a disk: what was not synced may be lost in a crash. */
import type { Wal } from '../../src/consensus/ports.ts';

/** What survives a crash. */
export interface WalDisk {
  durable: readonly Uint8Array[];
  /** Written, not synced: any prefix of it may survive. */
  inFlight: readonly Uint8Array[];
}

export interface MemoryWalOptions {
  readonly disk: WalDisk;
  /** Resolves when the sync is done; never, if the node crashes first. */
  readonly sync: () => Promise<void>;
  readonly onDurable: (records: readonly Uint8Array[]) => void;
}

export function memoryWal({ disk, sync, onDurable }: MemoryWalOptions): Wal {
  const atOpen = disk.durable;
  return {
    records: () => atOpen,
    append: async (records) => {
      disk.inFlight = records;
      await sync();
      disk.inFlight = [];
      disk.durable = [...disk.durable, ...records];
      onDurable(records);
    },
    // The rename is atomic: a crash leaves the old log or the new one.
    reset: async (records) => {
      await sync();
      disk.durable = [...records];
      onDurable(records);
    },
    close: async () => {},
  };
}

/** What a crash leaves of a write that was under way. */
export function crashWal(disk: WalDisk, surviving: number): readonly Uint8Array[] {
  const survivors = disk.inFlight.slice(0, surviving);
  disk.durable = [...disk.durable, ...survivors];
  disk.inFlight = [];
  return survivors;
}
