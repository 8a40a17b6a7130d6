/**
 * Receipts: one file that proves an answer years later, with the network gone. Pure.
 *
 *   const receipt = readReceipt(text);
 *   const checked = checkReceipt({ trust: trustOf(genesis), receipt: receipt.value, verify });
 *
 * A receipt holds the state that the answer rests on as of a height, under a header with its
 * finalization; the links from the genesis (or a checkpoint) to the validators that signed it; and
 * the transactions by which it came about, with the signatures of those who made them. An absence
 * is an answer, too. Everything in a receipt is checked, and nothing may stand in it unused.
 */
import { equalBytes, toHex } from '../common/bytes.ts';
import {
  bytesUpTo,
  decode,
  encode,
  fromJson,
  list,
  literal,
  nullable,
  type Schema,
  type TypeOf,
  tagged,
  toJson,
  tuple,
  uint,
  version,
} from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import {
  type AssetAnswer,
  assetAnswerKeys,
  authenticateFromProof,
  recordFromProof,
} from './authenticate.ts';
import { decodeHeader } from './block.ts';
import { asObject, parseJson } from './document.ts';
import type { ChainTrust } from './finality.ts';
import {
  INCLUSION_BYTES_MAX,
  type IncludedTransaction,
  type InclusionCode,
  verifyTransaction,
} from './inclusion.ts';
import { RANGE_PATH_MAX } from './merkle/range.ts';
import { namespace, OPERATION, type Operation, operationSchema, recordKey } from './operations.ts';
import { asset, hash, id } from './primitives.ts';
import { type OpenedAnswer, openAnswer, openingsSchema } from './private-words.ts';
import {
  PROVEN_STATE_BYTES_MAX,
  type ProvenStateCode,
  type ProvenView,
  provenStateSchema,
  STATE_VALUE_BYTES_MAX,
  verifyProvenState,
} from './proven-state.ts';
import type { AnswerCode } from './proven-value.ts';
import { stateKey } from './state-keys.ts';
import type { Revision, Statement } from './state-values.ts';
import {
  followLinks,
  type LinkCode,
  VALIDATOR_LINK_BYTES_MAX,
  type ValidatorLink,
  validatorLinkSchema,
} from './validator-links.ts';
import { decidingStatements } from './verdict.ts';
import { type WordAnswer, wordFromProof, wordKeys } from './word.ts';

export const RECEIPT_SCHEMA = 'ztc.receipt/v1';
/** Most have 8 KB; this fits a transaction of the largest size in base64url, and more. */
export const RECEIPT_TEXT_MAX = 16 * 1024 * 1024;
/** A change of validators every week for twenty years. */
export const RECEIPT_LINKS_MAX = 1024;
/** As many statements as a node proves in one answer. */
export const RECEIPT_ITEMS_MAX = 2_000;

/** What a receipt is about. */
export const SUBJECT = { ASSET: 1, RECORD: 2, WORD: 3 } as const;

const assetSubject = tuple({
  kind: literal(SUBJECT.ASSET),
  asset,
  /** All statements on it, oldest first: the whole list in state. */
  statements: list(bytesUpTo(STATE_VALUE_BYTES_MAX), RECEIPT_ITEMS_MAX),
});
const recordSubject = tuple({ kind: literal(SUBJECT.RECORD), namespace, key: recordKey });
/** One publisher's word on an asset: nothing of what others say, or only that they do. */
const wordSubject = tuple({
  kind: literal(SUBJECT.WORD),
  asset,
  publisher: id,
  /** A run of its acts, from its last statement that counts to its current one, which doesn't. */
  acts: nullable(
    tuple({
      from: uint(),
      items: list(bytesUpTo(STATE_VALUE_BYTES_MAX), RECEIPT_ITEMS_MAX),
      path: list(hash, RANGE_PATH_MAX),
    }),
  ),
});
export type ReceiptSubject =
  | TypeOf<typeof assetSubject>
  | TypeOf<typeof recordSubject>
  | TypeOf<typeof wordSubject>;
const subjectSchema: Schema<ReceiptSubject> = tagged('kind', {
  [SUBJECT.ASSET]: assetSubject,
  [SUBJECT.RECORD]: recordSubject,
  [SUBJECT.WORD]: wordSubject,
});

/** The parts are canonical bytes, so that in JSON each is one string of base64url. */
export const receiptSchema = tuple({
  version: version(1),
  chain: hash,
  subject: subjectSchema,
  /** `provenStateSchema` */
  state: bytesUpTo(PROVEN_STATE_BYTES_MAX),
  /** `validatorLinkSchema`, in order. */
  links: list(bytesUpTo(VALIDATOR_LINK_BYTES_MAX), RECEIPT_LINKS_MAX),
  /** `inclusionSchema`: of each publisher the statement that stands for its word; the revision. */
  transactions: list(bytesUpTo(INCLUSION_BYTES_MAX), RECEIPT_ITEMS_MAX),
  /** Of private statements, where its maker knows them: by position in `statements`. */
  openings: openingsSchema(RECEIPT_ITEMS_MAX),
});
export type Receipt = TypeOf<typeof receiptSchema>;

/** The text of a receipt file. */
export function formatReceipt(receipt: Receipt): string {
  const { version: _, ...members } = toJson(receiptSchema, receipt) as { readonly version: 1 };
  return `${JSON.stringify({ schema: RECEIPT_SCHEMA, ...members })}\n`;
}

/** Reads a receipt file; nothing in it is checked yet. */
export function readReceipt(text: string): Result<Receipt, 'RECEIPT_FILE' | 'CODEC_VERSION'> {
  if (text.length > RECEIPT_TEXT_MAX) return failure('RECEIPT_FILE', 'it is too large');
  const document = parseJson(text);
  if (document === undefined) return failure('RECEIPT_FILE', 'it is no JSON');
  const object = asObject(document);
  if (object?.schema !== RECEIPT_SCHEMA) {
    const named = object?.schema;
    return typeof named === 'string' && named.startsWith('ztc.receipt/')
      ? failure('CODEC_VERSION', `it is of another version than ${RECEIPT_SCHEMA}`)
      : failure('RECEIPT_FILE', 'it is no receipt of ztc');
  }
  const { schema: _, ...members } = object;
  const read = fromJson(receiptSchema, { version: 1, ...members });
  return read.ok ? read : failure('RECEIPT_FILE', read.message);
}

export type ReceiptCode =
  | LinkCode
  | ProvenStateCode
  | AnswerCode
  | InclusionCode
  /** A part doesn't decode. */
  | 'RECEIPT_FILE'
  /** Entries that the answer doesn't need, or not in order. */
  | 'RECEIPT_ENTRIES'
  /** Not exactly the transactions that the answer rests on, or they say something else. */
  | 'RECEIPT_TRANSACTIONS'
  /** An opening that opens no statement's commitment: its salt or its words are others. */
  | 'RECEIPT_OPENING';

/** What a receipt proves. */
export type CheckedReceipt = {
  readonly view: ProvenView;
  /** Those that the answer rests on, with their signatures. */
  readonly transactions: readonly IncludedTransaction[];
} & (
  | {
      readonly kind: 'asset';
      readonly asset: Uint8Array;
      /** Whose word alone it is; undefined: everything that was said. `decidesAlone` says when. */
      readonly publisher: string | undefined;
      /** With the private words that the receipt opens. */
      readonly answer: OpenedAnswer;
    }
  | {
      readonly kind: 'record';
      readonly namespace: string;
      readonly key: string;
      /** Null: the key is proven to be absent. */
      readonly answer: Revision | null;
    }
);

/** Checks everything that a receipt claims, under what the reader trusts. */
export function checkReceipt(options: {
  readonly trust: ChainTrust;
  readonly receipt: Receipt;
  readonly verify: Verify;
}): Result<CheckedReceipt, ReceiptCode> {
  const { trust, receipt, verify } = options;
  if (!equalBytes(receipt.chain, trust.chain)) {
    return failure('PROOF_CHAIN', 'the receipt is of another chain');
  }
  const known = trustAtEnd(trust, receipt.links, verify);
  if (!known.ok) return known;
  const proven = decode(provenStateSchema, receipt.state, PROVEN_STATE_BYTES_MAX);
  if (!proven.ok) return failure('RECEIPT_FILE', `state: ${proven.message}`);
  const view = verifyProvenState({ trust: known.value, proven: proven.value, verify });
  if (!view.ok) return view;
  const answered = readAnswer(receipt.subject, view.value);
  if (!answered.ok) return answered;
  const { keys, rests, ...answer } = answered.value;
  const shown = proven.value.entries.map(({ key }) => key);
  if (shown.length !== keys.length || shown.some((key, i) => key !== keys[i])) {
    return failure('RECEIPT_ENTRIES', 'the entries are not those that the answer needs');
  }
  const transactions = checkTransactions(view.value, receipt.transactions, answered.value, verify);
  if (!transactions.ok) return transactions;
  const checked = { view: view.value, transactions: transactions.value };
  if (answer.kind === 'record') {
    return receipt.openings.length === 0
      ? success({ ...answer, ...checked })
      : failure('RECEIPT_OPENING', 'a record has no private words');
  }
  const opened = openAnswer(view.value.chain, answer.answer, receipt.openings);
  return opened.ok ? success({ ...answer, ...checked, answer: opened.value }) : opened;
}

/** Follows the links; those to sets that the reader has left behind are passed over. */
function trustAtEnd(
  trust: ChainTrust,
  parts: readonly Uint8Array[],
  verify: Verify,
): Result<ChainTrust, ReceiptCode> {
  const links: ValidatorLink[] = [];
  for (const bytes of parts) {
    const link = decode(validatorLinkSchema, bytes, VALIDATOR_LINK_BYTES_MAX);
    if (!link.ok) return failure('RECEIPT_FILE', `links: ${link.message}`);
    const header = decodeHeader(trust.chain, link.value.header);
    const isBehind = links.length === 0 && header.ok && header.value.epoch < trust.epoch;
    if (!isBehind) links.push(link.value);
  }
  const followed = followLinks({ trust, links, verify });
  return followed.ok ? success(followed.value.at(-1) ?? trust) : followed;
}

/** Something in state that a transaction brought about, with the operation that it must hold. */
interface Effect {
  readonly made: Pick<Statement, 'transaction' | 'operation' | 'height' | 'time'>;
  readonly sender: string;
  /** The key that signed, where state names one. */
  readonly key: Uint8Array | undefined;
  isBy(operation: Operation): boolean;
}

type Answered = { readonly keys: readonly string[]; readonly rests: readonly Effect[] } & (
  | {
      readonly kind: 'asset';
      readonly asset: Uint8Array;
      readonly publisher: string | undefined;
      readonly answer: AssetAnswer;
    }
  | {
      readonly kind: 'record';
      readonly namespace: string;
      readonly key: string;
      readonly answer: Revision | null;
    }
);

function readAnswer(subject: ReceiptSubject, view: ProvenView): Result<Answered, AnswerCode> {
  if (subject.kind === SUBJECT.RECORD) {
    const { namespace, key } = subject;
    const answer = recordFromProof({ view, namespace, key });
    if (!answer.ok) return answer;
    const keys = [stateKey.record(namespace, key)];
    const rests = answer.value === null ? [] : [effectOfRevision(answer.value)];
    return success({ kind: 'record', namespace, key, answer: answer.value, keys, rests });
  }
  const { asset } = subject;
  const isWord = subject.kind === SUBJECT.WORD;
  const answer: Result<AssetAnswer | WordAnswer, AnswerCode> = isWord
    ? wordFromProof(view, subject)
    : authenticateFromProof({ view, asset, items: subject.statements });
  if (!answer.ok) return answer;
  const keys = isWord
    ? wordKeys(subject, answer.value)
    : assetAnswerKeys(asset, answer.value.publishers.values());
  const rests = decidingStatements(answer.value).map(effectOfStatement);
  const publisher = isWord ? subject.publisher : undefined;
  return success({ kind: 'asset', asset, publisher, answer: answer.value, keys, rests });
}

function effectOfStatement(statement: Statement): Effect {
  const said = encode(operationSchema, { op: OPERATION.STATEMENT, ...statement.statement });
  return {
    made: statement,
    sender: statement.publisher,
    key: statement.key,
    isBy: (operation) => equalBytes(encode(operationSchema, operation), said),
  };
}

function effectOfRevision(revision: Revision): Effect {
  const { namespace, key, value } = revision;
  return {
    made: revision,
    sender: namespace.slice(0, namespace.indexOf('/')),
    key: undefined,
    isBy: (put) =>
      put.op === OPERATION.RECORD_PUT &&
      put.namespace === namespace &&
      put.key === key &&
      equalBytes(put.value, value),
  };
}

/** Whose inclusions a receipt about a proven answer must hold, in this order. */
export function receiptTransactions(answer: AssetAnswer | Revision | null): Uint8Array[] {
  if (answer === null) return [];
  const ids = 'statements' in answer ? decidingStatements(answer) : [answer];
  const unique = new Map(ids.map(({ transaction }) => [toHex(transaction), transaction]));
  return [...unique.values()];
}

function checkTransactions(
  view: ProvenView,
  parts: readonly Uint8Array[],
  { answer, rests }: Answered,
  verify: Verify,
): Result<readonly IncludedTransaction[], ReceiptCode> {
  const ids = receiptTransactions(answer).map(toHex);
  if (parts.length !== ids.length) {
    return failure('RECEIPT_TRANSACTIONS', `${ids.length} transactions were expected`);
  }
  const included: IncludedTransaction[] = [];
  for (const [i, bytes] of parts.entries()) {
    const checked = verifyTransaction({ final: view.header, bytes, verify });
    if (!checked.ok) return checked;
    const id = toHex(checked.value.received.id);
    const own = rests.filter(({ made }) => toHex(made.transaction) === id);
    if (id !== ids[i] || !own.every((effect) => isMadeBy(effect, checked.value))) {
      return failure('RECEIPT_TRANSACTIONS', 'a transaction is another than state says');
    }
    included.push(checked.value);
  }
  return success(included);
}

function isMadeBy(effect: Effect, { received, header, code }: IncludedTransaction): boolean {
  const { sender, operations, signatures } = received.transaction;
  const operation = operations[effect.made.operation];
  const signer = signatures[0]?.key;
  return (
    code === '' &&
    sender === effect.sender &&
    header.height === effect.made.height &&
    header.time === effect.made.time &&
    operation !== undefined &&
    effect.isBy(operation) &&
    (effect.key === undefined || (signer !== undefined && equalBytes(signer, effect.key)))
  );
}
