/** The machine's clocks, for the parts that take time as a port. */
import type { Clock } from '../consensus/ports.ts';

const after: Clock['after'] = (ms, callback) => {
  // A timer waits for a millisecond at least.
  if (ms <= 0) {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

/** What people may set: compared with ledger time. */
export const systemClock: Clock = { now: () => Date.now(), after };

/** Never goes back: for pauses and penalties. */
export const elapsedClock: Clock = { now: () => performance.now(), after };
