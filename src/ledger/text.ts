/** How hashes and times are written in JSON and on terminals, by nodes and by who checks them. */
import { toHex } from '../common/bytes.ts';

/** The last millisecond that a Date can hold; ledger times may be any 53-bit integer. */
const DATE_MS_MAX = 8.64e15;

/** A ledger time in ms as RFC 3339 in UTC. */
export function timeText(ms: number): string {
  return new Date(Math.min(ms, DATE_MS_MAX)).toISOString();
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : timeText(ms);
}

/** A hash of ours. */
export function hashText(hash: Uint8Array): string {
  return `0x${toHex(hash)}`;
}
