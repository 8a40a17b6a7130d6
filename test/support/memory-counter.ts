/** The counter beside a log, in memory. */
import type { Counter } from '../../src/consensus/ports.ts';

/** @param start 0 as made with a new key; null: it is lost */
export function memoryCounter(start: number | null = 0): Counter {
  let value = start ?? undefined;
  return {
    get value() {
      return value;
    },
    set: async (next) => {
      value = next;
    },
  };
}
