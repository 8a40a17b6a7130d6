/** Reading values and lists out of proven state. Pure. */
import { decode, type Schema } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import { verifyRange } from './merkle/range.ts';
import { type ProvenView, STATE_VALUE_BYTES_MAX } from './proven-state.ts';
import { listHeadSchema } from './state-values.ts';

export type AnswerCode =
  /** A key that the answer rests on was not shown. */
  | 'PROOF_INCOMPLETE'
  /** The items are not those of the list in state, in its order. */
  | 'PROOF_LIST'
  /** A proven value doesn't decode or contradicts its key: no honest quorum signs this. */
  | 'PROOF_VALUE';

/** The value at a key; null: it is proven to be absent. */
export function readKey<T>(
  view: ProvenView,
  key: string,
  schema: Schema<T>,
): Result<T | null, AnswerCode> {
  const value = view.get(key);
  if (value === undefined) return failure('PROOF_INCOMPLETE', `the key ${key} is not shown`);
  return value === null ? success(null) : readValue(schema, value, `the value at ${key}`);
}

export function readValue<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  what: string,
): Result<T, AnswerCode> {
  const decoded = decode(schema, bytes, STATE_VALUE_BYTES_MAX);
  return decoded.ok ? decoded : failure('PROOF_VALUE', `${what}: ${decoded.message}`);
}

/** Items of an authenticated list, and what shows where they stand. */
export interface ListPart {
  /** Position of the first one. */
  readonly from: number;
  readonly items: readonly Uint8Array[];
  /** The roots of what lies beside them, from left to right; of a whole list, nothing. */
  readonly path: readonly Uint8Array[];
}

/**
 * Checks that `part` stands in the list at `key`, whose head the view shows, and gives how many
 * items the list has; an absent list has none. A part is empty only from the list's end on.
 */
export function listPartFromProof(
  view: ProvenView,
  key: string,
  { from, items, path }: ListPart,
): Result<number, AnswerCode> {
  const head = readKey(view, key, listHeadSchema);
  if (!head.ok) return head;
  const count = head.value?.count ?? 0;
  const isEmpty = items.length === 0;
  const holds =
    head.value === null || isEmpty
      ? isEmpty && from >= count && path.length === 0
      : verifyRange(head.value.root, count, from, items, path);
  if (holds) return success(count);
  return failure('PROOF_LIST', `the items are not those of the list at ${key}, which has ${count}`);
}

/** Checks that `items` are the whole list at `key`. */
export function wholeListFromProof(
  view: ProvenView,
  key: string,
  items: readonly Uint8Array[],
): Result<null, AnswerCode> {
  const count = listPartFromProof(view, key, { from: 0, items, path: [] });
  return count.ok ? success(null) : count;
}
