/**
 * From proven state to answers: what must be shown for an answer, and reading it out. Pure.
 *
 *   Asset:  the node proves assetAnswerKeys(asset, publishers of the statements) and sends the
 *           items of the asset's list, oldest first;
 *           answer = authenticateFromProof({ view, asset, items });
 *           verdictOf({ ...answer.value, asked, pinned, anyPublisher }).
 *           Of one publisher's word alone: `word.ts`.
 *   Record: the node proves stateKey.record(namespace, key);
 *           recordFromProof({ view, namespace, key }) → the current revision, null = absent.
 *
 * `view` is what `verifyProvenState` gave. The statements are complete: their count and RFC 6962
 * root are those of the list in state. A publisher's level counts the active members whose
 * vouch for it is valid; one entry names all active members. Failures are codes; nothing throws.
 */
import { equalBytes } from '../common/bytes.ts';
import { failure, type Result, success } from '../common/result.ts';
import { domainsAt, isDomainBinding } from './bindings.ts';
import { parametersSchema } from './parameters.ts';
import type { ProvenView } from './proven-state.ts';
import {
  type AnswerCode,
  type ListPart,
  listPartFromProof,
  readKey,
  readValue,
  wholeListFromProof,
} from './proven-value.ts';
import { levelAt } from './publishers.ts';
import { stateKey } from './state-keys.ts';
import {
  activeMembersSchema,
  type PublisherState,
  publisherStateSchema,
  type Revision,
  revisionSchema,
  type Statement,
  statementSchema,
} from './state-values.ts';
import type { JudgedPublisher } from './verdict.ts';

/** The state keys that an answer about `asset` rests on. */
export function assetAnswerKeys(
  asset: Uint8Array,
  publishers: Iterable<Pick<JudgedPublisher, 'publisher'>>,
): string[] {
  const made = [...publishers];
  if (made.length === 0) return [stateKey.assetStatements(asset)];
  return [
    stateKey.assetStatements(asset),
    stateKey.activeMembers,
    ...(made.some(({ publisher }) => hasDomain(publisher)) ? [stateKey.parameters] : []),
    ...made.map(({ publisher }) => stateKey.publisher(publisher.id)),
  ];
}

/** The state keys that an answer about a publisher rests on; `publisher` is what `id` has. */
export function publisherAnswerKeys(id: string, publisher: PublisherState | undefined): string[] {
  const keys = [stateKey.publisher(id), stateKey.activeMembers];
  return publisher !== undefined && hasDomain(publisher) ? [...keys, stateKey.parameters] : keys;
}

/** Then the parameters decide, too: how many members have to attest. */
export function hasDomain({ bindings }: PublisherState): boolean {
  return bindings.some(isDomainBinding);
}

/** Everything that was ever said about an asset, and by whom: a `VerdictQuestion`'s facts. */
export interface AssetAnswer {
  /** All of them, oldest first. */
  readonly statements: readonly Statement[];
  /** Who made them, by id. */
  readonly publishers: ReadonlyMap<string, JudgedPublisher>;
  /** Others than those that are here stated something, too. */
  readonly othersSaid?: boolean;
}

/** Reads the answer about `asset`; `items` are the bytes of its list of statements. */
export function authenticateFromProof(options: {
  readonly view: ProvenView;
  readonly asset: Uint8Array;
  readonly items: readonly Uint8Array[];
}): Result<AssetAnswer, AnswerCode> {
  const { view, asset, items } = options;
  const complete = wholeListFromProof(view, stateKey.assetStatements(asset), items);
  return complete.ok ? statementsFromProof(view, asset, items) : complete;
}

/** Reads a run of the statements on `asset`, and how many there are. */
export function historyFromProof(
  view: ProvenView,
  asset: Uint8Array,
  part: ListPart,
): Result<AssetAnswer & { readonly count: number }, AnswerCode> {
  const count = listPartFromProof(view, stateKey.assetStatements(asset), part);
  if (!count.ok) return count;
  const read = statementsFromProof(view, asset, part.items);
  return read.ok ? success({ ...read.value, count: count.value }) : read;
}

function statementsFromProof(
  view: ProvenView,
  asset: Uint8Array,
  items: readonly Uint8Array[],
): Result<AssetAnswer, AnswerCode> {
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
  const judged = { publisher, level, active: members, domains: [] };
  if (!hasDomain(publisher)) return success(judged);
  const parameters = readKey(view, stateKey.parameters, parametersSchema);
  if (!parameters.ok) return parameters;
  if (parameters.value === null) return failure('PROOF_VALUE', 'there are no parameters');
  const attesting = { needed: parameters.value.domainAttestations, active: members };
  return success({ ...judged, domains: domainsAt(publisher.bindings, attesting, view.time) });
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
