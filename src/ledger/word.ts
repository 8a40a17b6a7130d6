/**
 * What one publisher says about an asset, and nothing of what others say: however often strangers
 * state something on it, the proof of this word doesn't grow. Pure.
 *
 * Its current statement is the leaf of (asset, publisher). Where its key was declared compromised
 * before it, an earlier one counts: that is shown by a run of the publisher's own acts, which
 * begins with its last statement on the asset that counts, or with its first act, and ends with the
 * current one. Where it said nothing, the head of the asset's list tells whether others did.
 */
import { equalBytes } from '../common/bytes.ts';
import { failure, type Result, success } from '../common/result.ts';
import { type AssetAnswer, hasDomain, publisherFromProof } from './authenticate.ts';
import type { ProvenView } from './proven-state.ts';
import {
  type AnswerCode,
  type ListPart,
  listPartFromProof,
  readKey,
  readValue,
} from './proven-value.ts';
import { stateKey } from './state-keys.ts';
import { listHeadSchema, type Statement, statementSchema } from './state-values.ts';
import { invalidity, type JudgedPublisher } from './verdict.ts';

/** The statements of one publisher that its word rests on, oldest first. */
export interface WordAnswer extends AssetAnswer {
  /** It said nothing, and others did. */
  readonly othersSaid: boolean;
}

/** Whose word, and about what. */
export interface WordSubject {
  readonly asset: Uint8Array;
  readonly publisher: string;
  /** Null where the current statement counts, or there is none. */
  readonly acts: ListPart | null;
}

/** The state keys that an answer about a publisher's word rests on, in order. */
export function wordKeys({ asset, publisher: id, acts }: WordSubject, answer: AssetAnswer) {
  const leaf = stateKey.assetStatement(asset, id);
  const by = answer.publishers.get(id);
  if (by === undefined) return [leaf, stateKey.assetStatements(asset)];
  return [
    leaf,
    stateKey.activeMembers,
    ...(hasDomain(by.publisher) ? [stateKey.parameters] : []),
    stateKey.publisher(id),
    ...(acts === null ? [] : [stateKey.publisherActs(id)]),
  ];
}

/** Reads what `publisher` says about `asset`. */
export function wordFromProof(
  view: ProvenView,
  subject: WordSubject,
): Result<WordAnswer, AnswerCode> {
  const { asset, publisher: id, acts } = subject;
  const value = view.get(stateKey.assetStatement(asset, id));
  if (value === undefined) return failure('PROOF_INCOMPLETE', `what ${id} says is not shown`);
  if (value === null) return silence(view, subject);
  const current = readOwn(value, id);
  if (!current.ok) return current;
  if (!equalBytes(current.value.statement.asset, asset)) {
    return failure('PROOF_VALUE', 'a statement on another asset');
  }
  const judged = publisherFromProof(view, id);
  if (!judged.ok) return judged;
  if (judged.value === null) return failure('PROOF_VALUE', 'a statement by no publisher');
  const by = judged.value;
  const publishers = new Map([[id, by]]);
  if (invalidity(current.value, by.publisher) === null) {
    return acts === null
      ? success({ statements: [current.value], publishers, othersSaid: false })
      : failure('PROOF_LIST', 'the current statement counts: earlier acts have no place here');
  }
  if (acts === null) {
    return failure('PROOF_INCOMPLETE', 'its current statement is bad, and no earlier one is shown');
  }
  const statements = earlier(view, subject, acts, value, by);
  return statements.ok
    ? success({ statements: statements.value, publishers, othersSaid: false })
    : statements;
}

function silence(view: ProvenView, { asset, acts }: WordSubject): Result<WordAnswer, AnswerCode> {
  if (acts !== null) return failure('PROOF_LIST', 'acts of one who said nothing');
  const list = readKey(view, stateKey.assetStatements(asset), listHeadSchema);
  if (!list.ok) return list;
  const othersSaid = list.value !== null && list.value.count > 0;
  return success({ statements: [], publishers: new Map(), othersSaid });
}

/** The statements on the asset from the last that counts on, or all where none does. */
function earlier(
  view: ProvenView,
  { asset, publisher: id }: WordSubject,
  acts: ListPart,
  current: Uint8Array,
  { publisher }: JudgedPublisher,
): Result<Statement[], AnswerCode> {
  const run = listPartFromProof(view, stateKey.publisherActs(id), acts);
  if (!run.ok) return run;
  const last = acts.items.at(-1);
  if (last === undefined || !equalBytes(last, current)) {
    return failure('PROOF_LIST', 'the acts do not end with the current statement');
  }
  const said: Statement[] = [];
  for (const item of acts.items) {
    const read = readOwn(item, id);
    if (!read.ok) return read;
    said.push(read.value);
  }
  const own = said.filter(({ statement }) => equalBytes(statement.asset, asset));
  const counting = own.filter((statement) => invalidity(statement, publisher) === null);
  const begins = counting.length === 0 ? acts.from === 0 : counting[0] === said[0];
  return begins && counting.length <= 1
    ? success(own)
    : failure('PROOF_LIST', 'the acts do not begin with the last statement that counts');
}

function readOwn(item: Uint8Array, id: string): Result<Statement, AnswerCode> {
  const read = readValue(statementSchema, item, 'a statement');
  if (!read.ok || read.value.publisher === id) return read;
  return failure('PROOF_VALUE', `a statement of another publisher in the place of ${id}'s`);
}

/** Whose word is asked for. */
export interface AskedFor {
  readonly asked: string | undefined;
  readonly pinned: readonly string[];
  readonly anyPublisher: boolean;
}

/**
 * Whether a publisher's word alone answers the question: it was asked for by name, or is the only
 * one that is pinned, and said something. Of several pinned ones the most severe word decides.
 */
export function decidesAlone(
  publisher: string,
  { statements }: Pick<AssetAnswer, 'statements'>,
  { asked, pinned, anyPublisher }: AskedFor,
): boolean {
  if (asked !== undefined) return asked === publisher;
  const isOnly = pinned.length > 0 && pinned.every((id) => id === publisher);
  return isOnly && !anyPublisher && statements.length > 0;
}
