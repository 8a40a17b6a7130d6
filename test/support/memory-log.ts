/** A log in an array. */
import type { Wal } from '../../src/consensus/ports.ts';

export function memoryLog(records: Uint8Array[]): Wal {
  return {
    records: () => [...records],
    append: async (more) => void records.push(...more),
    reset: async (all) => void records.splice(0, records.length, ...all),
    close: async () => {},
  };
}
