/**
 * From proven state to answers: what must be shown for an answer, and reading it out. Pure.
 *
 *   Asset:  the node proves assetAnswerKeys(asset, publishers of the statements) and sends the
 *           items of the asset's list, oldest first;
 *           answer = authenticateFromProof({ view, asset, items });
 *           verdictOf({ ...answer.value, asked, pinned, anyPublisher }).
 *   Record: the node proves stateKey.record(namespace, key);
 *           recordFromProof({ view, namespace, key }) → the current revision, null = absent.
 *
 * `view` is what `verifyProvenState` gave. The statements are complete: their count and RFC 6962
 * root are those of the list in state. A publisher's level counts the active members whose
 * vouch for it is valid; one entry names all active members. Failures are codes; nothing throws.
 */
import { equalBytes } from '../common/bytes.ts';
import { decode, type Schema } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import { merkleRoot } from './merkle/rfc6962.ts';
import { type ProvenView, STATE_VALUE_BYTES_MAX } from './proven-state.ts';
import { levelAt } from './publishers.ts';
import { stateKey } from './state-keys.ts';
import {
  activeMembersSchema,
  type ListHead,
  listHeadSchema,
  publisherStateSchema,
  type Revision,
  revisionSchema,
  type Statement,
  statementSchema,
} from './state-values.ts';
import type { JudgedPublisher } from './verdict.ts';

export type AnswerCode =
  /** A key that the answer rests on was not shown. */
  | 'PROOF_INCOMPLETE'
  /** The items are not all those of the list in state, in its order. */
  | 'PROOF_LIST'
  /** A proven value doesn't decode or contradicts its key: no honest quorum signs this. */
  | 'PROOF_VALUE';

/** The state keys that an answer about `asset` rests on. */
export function assetAnswerKeys(asset: Uint8Array, publishers: Iterable<string>): string[] {
  const ids = [...new Set(publishers)];
  if (ids.length === 0) return [stateKey.assetStatements(asset)];
  return [
    stateKey.assetStatements(asset),
    stateKey.activeMembers,
    ...ids.map((id) => stateKey.publisher(id)),
  ];
}

/** Everything that was ever said about an asset, and by whom: a `VerdictQuestion`'s facts. */
export interface AssetAnswer {
  /** All of them, oldest first. */
  readonly statements: readonly Statement[];
  /** Who made them, by id. */
  readonly publishers: ReadonlyMap<string, JudgedPublisher>;
}

/** Reads the answer about `asset`; `items` are the bytes of its list of statements. */
export function authenticateFromProof(options: {
  readonly view: ProvenView;
  readonly asset: Uint8Array;
  readonly items: readonly Uint8Array[];
}): Result<AssetAnswer, AnswerCode> {
  const { view, asset, items } = options;
  const complete = checkList(view, stateKey.assetStatements(asset), items);
  if (!complete.ok) return complete;
  const statements: Statement[] = [];
  const publishers = new Map<string, JudgedPublisher>();
  for (const item of items) {
    const read = readValue(statementSchema, item, 'a statement');
    if (!read.ok) return read;
    const statement = read.value;
    if (!equalBytes(statement.statement.asset, asset)) {
      return failure('PROOF_VALUE', 'a statement on another asset');
    }
    statements.push(statement);
    if (publishers.has(statement.publisher)) continue;
    const judged = publisherFromProof(view, statement.publisher);
    if (!judged.ok) return judged;
    if (judged.value === null) return failure('PROOF_VALUE', 'a statement by no publisher');
    publishers.set(statement.publisher, judged.value);
  }
  return success({ statements, publishers });
}

/** Reads a publisher and its level; null: there is none of this id. */
export function publisherFromProof(
  view: ProvenView,
  id: string,
): Result<JudgedPublisher | null, AnswerCode> {
  const read = readKey(view, stateKey.publisher(id), publisherStateSchema);
  if (!read.ok) return read;
  const publisher = read.value;
  if (publisher === null) return success(null);
  if (publisher.id !== id) return failure('PROOF_VALUE', `the publisher at ${id} is another`);
  const active = readKey(view, stateKey.activeMembers, activeMembersSchema);
  if (!active.ok) return active;
  const members = active.value ?? [];
  const level = levelAt(publisher.vouches, members, view.time);
  return success({ publisher, level, active: members });
}

/** Reads the current revision of a record; null: the key is absent. */
export function recordFromProof(options: {
  readonly view: ProvenView;
  readonly namespace: string;
  readonly key: string;
}): Result<Revision | null, AnswerCode> {
  const { view, namespace, key } = options;
  const read = readKey(view, stateKey.record(namespace, key), revisionSchema);
  if (!read.ok || read.value === null) return read;
  return read.value.namespace === namespace && read.value.key === key
    ? read
    : failure('PROOF_VALUE', 'a revision of another record');
}

/** Checks that `items` are the whole list at `key`; of an absent list there are none. */
function checkList(
  view: ProvenView,
  key: string,
  items: readonly Uint8Array[],
): Result<null, AnswerCode> {
  const head = readKey<ListHead>(view, key, listHeadSchema);
  if (!head.ok) return head;
  const count = head.value?.count ?? 0;
  if (items.length !== count) {
    return failure('PROOF_LIST', `${items.length} items where the list at ${key} has ${count}`);
  }
  return head.value === null || equalBytes(merkleRoot(items), head.value.root)
    ? success(null)
    : failure('PROOF_LIST', `the items are not those of the list at ${key}`);
}

function readKey<T>(
  view: ProvenView,
  key: string,
  schema: Schema<T>,
): Result<T | null, AnswerCode> {
  const value = view.get(key);
  if (value === undefined) return failure('PROOF_INCOMPLETE', `the key ${key} is not shown`);
  return value === null ? success(null) : readValue(schema, value, `the value at ${key}`);
}

function readValue<T>(schema: Schema<T>, bytes: Uint8Array, what: string): Result<T, AnswerCode> {
  const decoded = decode(schema, bytes, STATE_VALUE_BYTES_MAX);
  return decoded.ok ? decoded : failure('PROOF_VALUE', `${what}: ${decoded.message}`);
}
