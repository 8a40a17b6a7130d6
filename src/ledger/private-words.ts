/**
 * Statements whose words are private: on the ledger stands a commitment to what the asset is
 * called, and who holds the opening can show it. Pure.
 *
 * Hiding: 32 random bytes stand before the words. Binding: the commitment is a domain hash over the
 * canonical encoding, in which every field has its length; and it names publisher and asset, so
 * that nobody can take another's commitment for his own statement. The digest stays public: who has
 * the file finds the statement.
 */
import { equalBytes } from '../common/bytes.ts';
import {
  ascending,
  bytesOf,
  encode,
  type Schema,
  type TypeOf,
  tuple,
  uint,
  version,
} from '../common/codec/index.ts';
import { DOMAIN, domainHash } from '../common/hash.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { AssetAnswer } from './authenticate.ts';
import { type StatementOperation, statementFields } from './operations.ts';
import { asset, id } from './primitives.ts';
import type { Statement } from './state-values.ts';

/** As many as the hash has: guessing the salt is no easier than finding a preimage. */
export const SALT_BYTES = 32;

/** What opens a commitment: the salt, and the words in clear. */
export const openingSchema = tuple({
  salt: bytesOf(SALT_BYTES),
  name: statementFields.name,
  version: statementFields.version,
  size: statementFields.size,
  attributes: statementFields.attributes,
});
export type Opening = TypeOf<typeof openingSchema>;

const commitmentBody = tuple({
  version: version(1),
  publisher: id,
  asset,
  opening: openingSchema,
});

/** Openings of statements of a list, by position in it. */
const placedOpening = tuple({ statement: uint(), opening: openingSchema });
export type PlacedOpening = TypeOf<typeof placedOpening>;

export function openingsSchema(lengthMax: number): Schema<readonly PlacedOpening[]> {
  return ascending(placedOpening, lengthMax, (a, b) => a.statement - b.statement);
}

/** Whose words they are, and about what. */
export interface Committed {
  readonly chain: Uint8Array;
  readonly publisher: string;
  readonly asset: Uint8Array;
}

export function commitmentOf({ chain, publisher, asset }: Committed, opening: Opening): Uint8Array {
  const body = encode(commitmentBody, { version: 1, publisher, asset, opening });
  return domainHash(DOMAIN.privateWords, chain, body);
}

/** A statement with its words hidden, and what opens it. @param salt 32 random bytes, used once */
export function hiding(
  clear: StatementOperation,
  committed: Committed,
  salt: Uint8Array,
): { readonly operation: StatementOperation; readonly opening: Opening } {
  const { name, version, size, attributes } = clear;
  const opening = { salt, name, version, size, attributes };
  const commitment = commitmentOf(committed, opening);
  return { operation: { ...clear, ...PRIVATE_WORDS, commitment }, opening };
}

/** Whether the opening is that of a statement's commitment. */
export function opens(
  opening: Opening,
  committed: Committed,
  { commitment }: Pick<StatementOperation, 'commitment'>,
): boolean {
  return commitment !== null && equalBytes(commitmentOf(committed, opening), commitment);
}

/** The fields that a commitment stands for, as they are on the ledger beside it. */
export const PRIVATE_WORDS = { name: '', version: '', size: null, attributes: [] } as const;

/** Whether a statement has both a commitment and a word that it should hide. */
export function isMixed(
  fields: Pick<StatementOperation, keyof Omit<Opening, 'salt'> | 'commitment'>,
): boolean {
  const { commitment, name, version, size, attributes } = fields;
  return (
    commitment !== null && (name !== '' || version !== '' || size !== null || attributes.length > 0)
  );
}

/** An answer, and what was opened of it. */
export interface OpenedAnswer extends AssetAnswer {
  readonly openings: ReadonlyMap<Statement, Opening>;
}

/** A commitment that stands in several statements is opened once, at the first, for all of them. */
export function openAnswer(
  chain: Uint8Array,
  answer: AssetAnswer,
  openings: readonly PlacedOpening[],
): Result<OpenedAnswer, 'RECEIPT_OPENING'> {
  const opened = new Map<Statement, Opening>();
  for (const { statement: position, opening } of openings) {
    const said = answer.statements[position];
    if (said === undefined || opened.has(said) || !opensStatement(chain, opening, said)) {
      return failure('RECEIPT_OPENING', `the words given for statement ${position} are others`);
    }
    for (const each of answer.statements) {
      if (isOfSameWords(each, said)) opened.set(each, opening);
    }
  }
  return success({ ...answer, openings: opened });
}

function opensStatement(chain: Uint8Array, opening: Opening, said: Statement): boolean {
  const { publisher, statement } = said;
  return opens(opening, { chain, publisher, asset: statement.asset }, statement);
}

function isOfSameWords(one: Statement, other: Statement): boolean {
  const [a, b] = [one.statement.commitment, other.statement.commitment];
  return one.publisher === other.publisher && a !== null && b !== null && equalBytes(a, b);
}

/** Where the openings that somebody knows belong: each at the first statement that it opens. */
export function placeOpenings(
  chain: Uint8Array,
  { statements }: Pick<AssetAnswer, 'statements'>,
  known: readonly Opening[],
): PlacedOpening[] {
  const placed = known.flatMap((opening) => {
    const statement = statements.findIndex((each) => opensStatement(chain, opening, each));
    return statement < 0 ? [] : [{ statement, opening }];
  });
  return placed.sort((a, b) => a.statement - b.statement);
}
