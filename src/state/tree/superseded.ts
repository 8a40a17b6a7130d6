/**
 * What a block made superfluous in the store, once no state before it has to be read. A record
 * names the one that it takes the place of, and the values that are gone with it: so nothing has to
 * be searched for, and what is pruned is as much as was written.
 */
import { kvKey } from '../kv/buckets.ts';
import type { KvStore, KvWrite } from '../kv/kv.ts';
import { NO_PLACE } from './place.ts';
import { readHeader } from './record.ts';

/**
 * Adds to `deletions` what the record at `place` makes superfluous; false where none lies there,
 * as behind the last one of a block. A full record takes the place of all that its predecessor is
 * made of; one of changes still needs that.
 */
export function addSuperseded(store: KvStore, place: number, deletions: KvWrite[]): boolean {
  const bytes = store.get(kvKey.treeRecord(place));
  if (bytes === undefined) return false;
  const { isFull, before, dropped } = readHeader(bytes, place);
  for (const value of dropped) deletions.push({ key: kvKey.stateValue(value), value: undefined });
  if (!isFull) return true;
  for (let at = before; at !== NO_PLACE; ) {
    const key = kvKey.treeRecord(at);
    const older = store.get(key);
    // What lies before a full one went when that was looked at.
    if (older === undefined) break;
    deletions.push({ key, value: undefined });
    const header = readHeader(older, at);
    at = header.isFull ? NO_PLACE : header.before;
  }
  return true;
}
