/**
 * The verdict rule: from all statements on an asset to one answer. Pure, so that a node, a client,
 * a browser and an auditor come to the same one.
 */

import { equalBytes } from '../common/bytes.ts';
import type { DetachedCheck } from './detached.ts';
import { STATUS, type Status, type StatusName, statusName } from './operations.ts';
import { isKeyValidAt, levelAt, type PublisherKey } from './publishers.ts';
import type { PublisherState, Statement } from './state-values.ts';

export type VerdictStatus = StatusName | 'UNKNOWN';
export type VerdictReason =
  | 'KEY_COMPROMISED'
  | 'KEY_INVALID'
  | 'PUBLISHER_MISMATCH'
  | 'PUBLISHER_NOT_PINNED';

/** Why a statement does not count; null when it does. */
export type Invalidity = 'KEY_COMPROMISED' | 'KEY_INVALID' | null;

export interface JudgedPublisher {
  readonly publisher: PublisherState;
  /** Number of distinct active members that vouch now. */
  readonly level: number;
  /** Ids of the active members: whose vouches count at any time. */
  readonly active: readonly string[];
  /** Its domains that count now. */
  readonly domains: readonly string[];
}

/** The level at the ledger time of a statement: what counts; it may be another one now. */
export function levelThen({ time }: Statement, { publisher, active }: JudgedPublisher): number {
  return levelAt(publisher.vouches, active, time);
}

export interface VerdictQuestion {
  /** All statements on the asset, oldest first. */
  readonly statements: readonly Statement[];
  /** Every publisher that made one of them, by id. */
  readonly publishers: ReadonlyMap<string, JudgedPublisher>;
  /** Others stated something that is not among them: whoever is asked for decides without it. */
  readonly othersSaid?: boolean;
  /** The publisher asked for by name, if any. */
  readonly asked: string | undefined;
  /** Publishers pinned in the trust file. */
  readonly pinned: readonly string[];
  /** The asker accepts whoever it was. */
  readonly anyPublisher: boolean;
}

export interface Verdict {
  readonly status: VerdictStatus;
  readonly reason: VerdictReason | null;
  /** The publisher whose word decided. */
  readonly publisher: string | null;
  /** The statement that decided. */
  readonly statement: Statement | null;
}

/** A verdict together with what was found about the statement's detached signature. */
export interface SignedVerdict extends Omit<Verdict, 'reason'> {
  readonly reason: VerdictReason | SignatureReason | null;
}
/** Bad; or asked for, and not good by a key that is bound to the publisher. */
export type SignatureReason = 'SIGNATURE_BAD' | 'SIGNATURE_MISSING';

/**
 * A detached signature takes from a TRUSTED, and never gives: the publisher's own signature on the
 * transaction is what counts, and one that is bad beside it says that something is wrong.
 */
export function withSignature(
  verdict: Verdict,
  check: DetachedCheck | null,
  required: boolean,
): SignedVerdict {
  if (verdict.status !== 'TRUSTED') return verdict;
  if (check?.result === 'bad') return { ...verdict, reason: 'SIGNATURE_BAD' };
  const isEnough = !required || (check?.result === 'good' && check.bound);
  return isEnough ? verdict : { ...verdict, reason: 'SIGNATURE_MISSING' };
}

/** How severe a status is: at equal standing the most severe counts. */
const SEVERITY: Readonly<Record<Status, number>> = {
  [STATUS.UNTRUSTED]: 3,
  [STATUS.UNSUPPORTED]: 2,
  [STATUS.TRUSTED]: 1,
};

/** Whether the key that signed was good at the statement's ledger time. */
export function invalidity(statement: Statement, publisher: PublisherState): Invalidity {
  const key = publisher.keys.find((candidate) => equalBytes(candidate.key, statement.key));
  if (key === undefined) return 'KEY_INVALID';
  return keyInvalidity(key, statement.time);
}

function keyInvalidity(key: PublisherKey, at: number): Invalidity {
  if (isKeyValidAt(key, at)) return null;
  const isCompromised = key.compromisedSince !== null && at >= key.compromisedSince;
  return isCompromised ? 'KEY_COMPROMISED' : 'KEY_INVALID';
}

/** One publisher's word: its last valid statement, or why none counts. */
interface Word {
  readonly publisher: string;
  readonly level: number;
  readonly status: Status;
  readonly reason: VerdictReason | null;
  readonly statement: Statement;
}

function wordOf(statements: readonly Statement[], judged: JudgedPublisher): Word | undefined {
  const own = statements.filter((statement) => statement.publisher === judged.publisher.id);
  const last = own.at(-1);
  if (last === undefined) return undefined;
  const { publisher } = judged;
  const valid = own.findLast((statement) => invalidity(statement, publisher) === null);
  const statement = valid ?? last;
  const base = { publisher: publisher.id, level: levelThen(statement, judged), statement };
  return valid !== undefined
    ? { ...base, status: valid.statement.status, reason: null }
    : { ...base, status: STATUS.UNTRUSTED, reason: invalidity(last, publisher) };
}

function wordsOf({ statements, publishers }: Pick<VerdictQuestion, 'statements' | 'publishers'>) {
  return [...publishers.values()].flatMap((judged) => {
    const word = wordOf(statements, judged);
    return word === undefined ? [] : [word];
  });
}

/** Of each publisher the statement that stands for its word: whatever is asked, one decides. */
export function decidingStatements(
  facts: Pick<VerdictQuestion, 'statements' | 'publishers'>,
): Statement[] {
  return wordsOf(facts).map(({ statement }) => statement);
}

/** The answer to "may I trust this file?"; the order of the rules is the order of the code. */
export function verdictOf(question: VerdictQuestion): Verdict {
  const words = wordsOf(question);
  if (words.length === 0 && question.othersSaid !== true) return nothing(null);
  if (question.asked !== undefined) {
    const word = words.find(({ publisher }) => publisher === question.asked);
    return word === undefined ? nothing('PUBLISHER_MISMATCH') : decided(word);
  }
  const pinned = mostSevere(words.filter(({ publisher }) => question.pinned.includes(publisher)));
  if (pinned !== undefined && (!question.anyPublisher || pinned.status === STATUS.UNTRUSTED)) {
    return decided(pinned);
  }
  // Nobody who decides is here: those who are not may never be taken for nobody.
  if (words.length === 0) return nothing('PUBLISHER_MISMATCH');
  const highest = words.reduce((level, word) => Math.max(level, word.level), 0);
  const word = mostSevere(words.filter(({ level }) => level === highest)) as Word;
  if (question.anyPublisher || word.status !== STATUS.TRUSTED) return decided(word);
  return { ...decided(word), reason: 'PUBLISHER_NOT_PINNED' };
}

function nothing(reason: VerdictReason | null): Verdict {
  return { status: 'UNKNOWN', reason, publisher: null, statement: null };
}

function decided(word: Word): Verdict {
  const { status, reason, publisher, statement } = word;
  return { status: statusName(status), reason, publisher, statement };
}

/** The first of the most severe. */
function mostSevere(words: readonly Word[]): Word | undefined {
  return words.reduce<Word | undefined>(
    (worst, word) =>
      worst === undefined || SEVERITY[word.status] > SEVERITY[worst.status] ? word : worst,
    undefined,
  );
}
