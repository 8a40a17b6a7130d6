/** Answers as programs get them: a verdict or a record, as of when, and that it was proven. */
import type { AssetAnswer } from '../ledger/authenticate.ts';
import { type DetachedCheck, uncheckedSignature } from '../ledger/detached.ts';
import { assetToText } from '../ledger/primitives.ts';
import type { OpenedAnswer } from '../ledger/private-words.ts';
import type { ProvenView } from '../ledger/proven-state.ts';
import { vouchersAt } from '../ledger/publishers.ts';
import type { Revision } from '../ledger/state-values.ts';
import {
  type JudgedPublisher,
  type SignatureReason,
  type SignedVerdict,
  type Verdict,
  type VerdictReason,
  type VerdictStatus,
  verdictOf,
  withSignature,
} from '../ledger/verdict.ts';
import {
  type RecordView,
  recordView,
  type StatementView,
  statementView,
  timeText,
} from './views.ts';

/** Whose word counts. */
export interface Asked {
  /** Only this publisher's. */
  readonly publisher?: string | undefined;
  /** Those that are trusted anyway: theirs, where they said anything. */
  readonly pinned?: readonly string[] | undefined;
  /** Whoever it was. */
  readonly anyPublisher?: boolean | undefined;
  /** A TRUSTED counts only with a good PGP or X.509 signature by a key bound to the publisher. */
  readonly requireSignature?: boolean | undefined;
}

/** How far an answer can be believed. */
export interface Standing {
  /** As of the state after this block. */
  readonly height: number;
  /** Ledger time at which a quorum said that this state was the current one. */
  readonly time: string;
  readonly trust: 'given';
  /** Nothing is ever returned unproven: what doesn't prove itself is thrown. */
  readonly verified: true;
}

/** May I trust this? Discriminated by `status`; a TRUSTED may have a `reason` not to count. */
export interface AssetVerdict extends Standing {
  readonly asset: string;
  readonly status: VerdictStatus;
  readonly reason: VerdictReason | SignatureReason | null;
  /** Whose word decided. */
  readonly publisher: PublisherSummary | null;
  readonly statement: StatementView | null;
  /** Of the PGP or X.509 signature that the statement carries; null: it carries none. */
  readonly detached: DetachedCheck | null;
  /**
   * Oldest first: all that was ever said about it; where a publisher was asked for by name, or the
   * receipt is of its word alone, those that its word rests on.
   */
  readonly statements: readonly StatementView[];
}

/** A record's current revision; null: it is proven to be absent. */
export interface VerifiedRecord extends Standing {
  readonly namespace: string;
  readonly key: string;
  readonly record: RecordView | null;
}

/** Who it is, as far as an answer has to say. */
export interface PublisherSummary {
  readonly id: string;
  readonly name: string;
  /** How many active members vouch. */
  readonly level: number;
  /** Who they are. */
  readonly vouchers: readonly string[];
  /** Domains whose DNS names it, as enough members attest now. */
  readonly domains: readonly string[];
}

/** As of a ledger time. */
export function publisherSummary(
  { publisher, level, active, domains }: JudgedPublisher,
  time: number,
): PublisherSummary {
  const vouchers = vouchersAt(publisher.vouches, active, time);
  return { id: publisher.id, name: publisher.name, level, vouchers, domains };
}

export function standing(view: ProvenView): Standing {
  return { height: view.height, time: timeText(view.time), trust: 'given', verified: true };
}

/** An answer; from a receipt with the private words that it opens. */
export type MaybeOpened = AssetAnswer & Partial<OpenedAnswer>;

/** All statements, oldest first. */
export function statementViews(answer: MaybeOpened): StatementView[] {
  return answer.statements.map((each) => {
    const judged = answer.publishers.get(each.publisher) as JudgedPublisher;
    return statementView(each, judged, answer.openings?.get(each));
  });
}

/** The verdict itself, before any detached signature was looked at. */
export function judge(answer: AssetAnswer, asked: Asked): Verdict {
  return verdictOf({
    ...answer,
    asked: asked.publisher,
    pinned: asked.pinned ?? [],
    anyPublisher: asked.anyPublisher ?? false,
  });
}

/** @param check what was found about the detached signature; undefined: nobody looked */
export function assetVerdict(
  asset: Uint8Array,
  answer: MaybeOpened,
  view: ProvenView,
  asked: Asked,
  check?: DetachedCheck,
): AssetVerdict {
  const plain = judge(answer, asked);
  const carried = plain.statement?.statement.detached ?? null;
  const detached = check ?? (carried && uncheckedSignature(carried));
  const required = asked.requireSignature ?? false;
  const verdict: SignedVerdict = withSignature(plain, detached, required);
  const by =
    verdict.publisher === null
      ? null
      : (answer.publishers.get(verdict.publisher) as JudgedPublisher);
  const views = statementViews(answer);
  return {
    asset: assetToText(asset),
    status: verdict.status,
    reason: verdict.reason,
    publisher: by && publisherSummary(by, view.time),
    statement: (verdict.statement && views[answer.statements.indexOf(verdict.statement)]) ?? null,
    detached,
    statements: views,
    ...standing(view),
  };
}

export function verifiedRecord(
  namespace: string,
  key: string,
  answer: Revision | null,
  view: ProvenView,
): VerifiedRecord {
  return { namespace, key, record: answer && recordView(answer), ...standing(view) };
}
