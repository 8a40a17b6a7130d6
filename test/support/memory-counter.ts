/** The counter beside a log, in memory. */
import type { Counter } from '../../src/consensus/ports.ts';

export function memoryCounter(start = 0): Counter {
  let value = start;
  return {
    get value() {
      return value;
    },
    set: async (next) => {
      value = next;
    },
  };
}
