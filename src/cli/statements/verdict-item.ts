/** A verdict on one input: its exit code, its JSON and its words. */
import { type MaybeOpened, publisherSummary, statementViews } from '../../client/verified.ts';
import { type StatementView, timeText } from '../../client/views.ts';
import type { DetachedCheck } from '../../ledger/detached.ts';
import { assetToText } from '../../ledger/primitives.ts';
import type { ProvenView } from '../../ledger/proven-state.ts';
import { vouchersAt } from '../../ledger/publishers.ts';
import type { JudgedPublisher, SignedVerdict } from '../../ledger/verdict.ts';
import { exitOfVerdict } from '../exit-codes.ts';
import type { Item } from '../items.ts';
import { type Io, paint, printable, toneOf } from '../output.ts';
import type { Standing } from '../session.ts';
import { detachedText } from './detached.ts';

/** Whose word the asker accepts. */
export interface Policy {
  readonly publisher: string | undefined;
  readonly anyPublisher: boolean;
  readonly pinned: readonly string[];
  /** TRUSTED counts only with a good PGP or X.509 signature by a bound key. */
  readonly requireSignature: boolean;
}

/** Everything that an answer about one input rests on. */
export interface Judged {
  readonly input: string;
  readonly asset: Uint8Array;
  readonly answer: MaybeOpened;
  readonly view: ProvenView;
  readonly verdict: SignedVerdict;
  /** Of the PGP or X.509 signature behind the verdict; null: there is none. */
  readonly check: DetachedCheck | null;
  readonly policy: Policy;
  /** The file that proves it: read, or written just now. */
  readonly receipt?: string | undefined;
}

export function verdictItem(judged: Judged, standing: Standing, io: Io): Item {
  const { input, asset, answer, view, verdict, policy } = judged;
  const by = verdict.publisher === null ? undefined : answer.publishers.get(verdict.publisher);
  const views = statementViews(answer);
  const decided = verdict.statement && views[answer.statements.indexOf(verdict.statement)];
  const statement = decided ?? null;
  const exit = exitOfVerdict(verdict);
  const byStranger = verdict.reason === 'PUBLISHER_NOT_PINNED';
  const unchosen = byStranger ? '  (by a publisher that you have not chosen)' : '';
  const json = {
    asset: assetToText(asset),
    status: verdict.status,
    reason: verdict.reason,
    publisher: by === undefined ? null : { ...publisherSummary(by, view.time) },
    height: view.height,
    time: timeText(view.time),
    statement,
    detached: judged.check && { ...judged.check },
    statements: views,
    policy: {
      publisher: policy.publisher ?? null,
      anyPublisher: policy.anyPublisher,
      pinned: policy.pinned,
      requireSignature: policy.requireSignature,
    },
    trust: standing.origin,
    verified: standing.origin !== 'node-claimed',
    receipt: judged.receipt ?? null,
  };
  const text = [
    `${paint(io, toneOf(verdict.status), verdict.status)}  ${printable(input)}${unchosen}`,
    ...saidText(judged, statement, by),
    ...detachedText(judged.check),
    `  ${json.asset}`,
    `  policy: ${policyText(policy)}`,
    `  ${provenText(view, standing)}`,
    ...receiptText(judged, standing),
    ...nextText(judged, by, standing),
  ];
  return { input, exit, json, text };
}

function policyText({ publisher, anyPublisher, pinned }: Policy): string {
  if (publisher !== undefined) return `only ${publisher} counts (--publisher)`;
  const who = pinned.length === 0 ? 'no publisher is pinned' : `pinned: ${pinned.join(', ')}`;
  return anyPublisher ? `any publisher counts (--any-publisher); ${who}` : who;
}

/** Name, level and vouchers as of a ledger time. */
function nameOf({ publisher, active, domains }: JudgedPublisher, time: number): string {
  const who = vouchersAt(publisher.vouches, active, time);
  const standing = who.length === 0 ? 'registered only' : `level ${who.length}: ${who.join(', ')}`;
  const whose = [publisher.id, ...domains, standing].join(', ');
  return `${printable(publisher.name)} (${whose})`;
}

function saidText(
  { verdict, view, policy }: Judged,
  statement: StatementView | null,
  by: JudgedPublisher | undefined,
): readonly string[] {
  if (statement === null || by === undefined) {
    if (verdict.reason !== 'PUBLISHER_MISMATCH') {
      return ['  nobody has stated anything about this content'];
    }
    return [`  ${policy.publisher} has stated nothing about it, others have: ztc history`];
  }
  const { reason, height, time } = statement;
  const why = reason === '' ? [] : [`  reason: ${printable(reason)}`];
  return [
    `  by ${nameOf(by, view.time)} at height ${height}, ${time}`,
    ...firstText(statement, by),
    ...(statement.level === by.level
      ? []
      : [`  at that time ${statement.level} of today's members vouched, now ${by.level} do`]),
    ...recordedText(statement),
    ...why,
    ...invalidText(verdict),
  ];
}

function recordedText({ name, version, commitment, opened }: StatementView): string[] {
  if (commitment !== null && !opened) {
    return ["  its name and attributes are private: the publisher's receipt shows them"];
  }
  const what = [name, version].filter((word) => word !== '').map(printable);
  const how = opened ? 'recorded privately as' : 'recorded as';
  return what.length === 0 ? [] : [`  ${how} ${what.join(' ')}`];
}

/** Who steals a key, or borrows a name, signs what was never signed with it. */
function firstText({ first, name }: StatementView, { publisher }: JudgedPublisher): string[] {
  if (!first) return [];
  const what = name === '' ? 'nameless content' : `"${printable(name)}"`;
  return [`  first: ${publisher.id} never stated anything on ${what} before this`];
}

function invalidText({ reason }: SignedVerdict): readonly string[] {
  if (reason === 'KEY_COMPROMISED') {
    return ['  the key that signed was declared compromised before that (KEY_COMPROMISED)'];
  }
  if (reason !== 'KEY_INVALID') return [];
  return ['  the key that signed was not valid at that time (KEY_INVALID)'];
}

/** How far an answer can be believed. */
export function provenText(view: ProvenView, standing: Standing): string {
  const when = `as of height ${view.height}, ${timeText(view.time)}`;
  const chain = printable(standing.genesis.genesis.name);
  if (standing.origin === 'node-claimed')
    return `as the node claims ${when} (no genesis is pinned)`;
  return `proven ${when}, under the ${standing.origin} genesis of ${chain}`;
}

/** Read: nobody was asked whether it still holds. Written: where it is. */
function receiptText({ receipt }: Judged, { node }: Standing): readonly string[] {
  if (receipt === undefined) return [];
  return node === undefined
    ? [`  by the receipt ${printable(receipt)}; what came later it can't say`]
    : [`  receipt: ${printable(receipt)}`];
}

function nextText(
  { verdict, policy }: Judged,
  by: JudgedPublisher | undefined,
  { node, origin }: Standing,
): readonly string[] {
  if (verdict.reason === 'PUBLISHER_NOT_PINNED' && by !== undefined) {
    const add = `    ztc trust add ${node ?? 'URL'} --fingerprint HEX`;
    return [
      '  next: if you know this publisher and mean it:',
      ...(origin === 'pinned' ? [] : [add]),
      `    ztc trust pin ${by.publisher.id}`,
    ];
  }
  if (verdict.reason === 'SIGNATURE_BAD' || verdict.reason === 'SIGNATURE_MISSING') {
    return [`  next: do not use it before ${by?.publisher.id} has explained this signature`];
  }
  if (verdict.reason === 'PUBLISHER_MISMATCH') {
    return ['  next: check where the file comes from, or ask about it without --publisher'];
  }
  switch (verdict.status) {
    case 'TRUSTED':
      return [];
    case 'UNTRUSTED':
      return ['  next: do not use it; ask the publisher for a good version'];
    case 'UNSUPPORTED':
      return ['  next: it is genuine, but look for a newer version'];
    case 'UNKNOWN': {
      const whom = policy.publisher ?? 'its publisher';
      return [`  next: check that the download is complete, or ask ${whom} to notarize it`];
    }
  }
}
