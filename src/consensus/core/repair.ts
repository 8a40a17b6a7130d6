/** Helping each other on: the repeated status, and the answers of those who are ahead. */
import { toHex } from '../../common/bytes.ts';
import type { Certificate, Vote } from '../../ledger/vote.ts';
import { MESSAGE, type StatusMessage, VOTES_PER_MESSAGE_MAX } from '../messages.ts';
import { askAboutFork } from './divergence.ts';
import { certificatesPerMessage, entryOf, SIGNATURE_WIRE_BYTES } from './justification.ts';
import { ANSWER_PAUSE_MS, SERVED_BYTES_MIN, SERVED_BYTES_PER_SECOND_MAX } from './limits.ts';
import { markedIn } from './marks.ts';
import { keptOf } from './signed.ts';
import { type CoreState, emit, mayVote } from './state.ts';
import { exitOf } from './view.ts';

/** Where we stand, and what we said that may have been lost. */
export function statusOf(state: CoreState): StatusMessage {
  const { epoch, view } = state;
  const { height } = state.head.header;
  const entry = entryOf(state) ?? null;
  return { kind: MESSAGE.STATUS, version: 1, epoch, view, height, votes: openVotes(state), entry };
}

/** Own votes of the current view and of the tip's, which may still lack its finalization. */
function openVotes(state: CoreState): Vote[] {
  const votes = [...(state.views.get(state.view)?.own.votes ?? [])];
  const { tip } = state;
  if (tip !== undefined && tip.view > state.head.view && tip.view !== state.view) {
    votes.push(...(state.views.get(tip.view)?.own.votes ?? []));
  }
  return votes;
}

export function broadcastStatus(state: CoreState): void {
  state.resentAt = state.elapsed;
  if (state.self !== undefined) emit(state, { type: 'broadcast', message: statusOf(state) });
  askAboutFork(state);
}

/** At most one answer of a kind to a peer in a while; true if it is due. */
function mayAnswer(state: CoreState, to: number, answeredAt = state.answeredAt): boolean {
  const last = answeredAt[to];
  if (last === undefined || to === state.self || state.self === undefined) return false;
  if (state.elapsed - last < ANSWER_PAUSE_MS) return false;
  answeredAt[to] = state.elapsed;
  return true;
}

/** A peer does not get on: give it what it lacks of what we have. */
export function answerStatus(state: CoreState, from: number, view: number, height: number): void {
  if (!mayAnswer(state, from)) return;
  if (height < state.head.header.height) sendFinality(state, from);
  if (view < state.view) {
    const entry = entryOf(state);
    const certificates = entry === undefined ? [] : [entry];
    const passed = exitOf(state.views.get(view));
    if (passed !== undefined && view !== state.view - 1) certificates.push(passed);
    sendCertificates(state, from, certificates);
  }
  const votes = openVotes(state);
  if (votes.length > 0) {
    emit(state, { type: 'send', to: from, message: { kind: MESSAGE.VOTES, version: 1, votes } });
  }
}

/** Votes of a peer are far ahead: show it where we stand, so that it answers. */
export function answerFar(state: CoreState, from: number): void {
  if (mayAnswer(state, from)) emit(state, { type: 'send', to: from, message: statusOf(state) });
}

/** Only where we stand with a vote of our own: who waits or abstains is no support for others. */
export function answerQuery(state: CoreState, from: number, nonce: Uint8Array): void {
  const { epoch, view } = state;
  if (!mayVote(state, view) || !mayAnswer(state, from, state.queriedAt)) return;
  const entry = view > 1 ? (entryOf(state) ?? null) : null;
  const message = { kind: MESSAGE.ANSWER, version: 1, nonce, epoch, view, entry } as const;
  emit(state, { type: 'send', to: from, message });
}

function sendFinality(state: CoreState, to: number): void {
  const { headerBytes: header, certificate } = state.head;
  if (header === undefined || certificate === undefined) return;
  emit(state, {
    type: 'send',
    to,
    message: { kind: MESSAGE.FINALITY, version: 1, header, certificate },
  });
}

function sendCertificates(state: CoreState, to: number, all: readonly Certificate[]): void {
  const each = certificatesPerMessage(state);
  for (let i = 0; i < all.length; i += each) {
    const certificates = all.slice(i, i + each);
    emit(state, {
      type: 'send',
      to,
      message: { kind: MESSAGE.CERTIFICATES, version: 1, certificates },
    });
  }
}

const MS_PER_SECOND = 1_000;

/** Counts what a peer fetches, and stops at its share of a second. */
function mayServe(state: CoreState, to: number, bytes: number): boolean {
  const served = state.served[to];
  if (served === undefined || state.self === undefined) return false;
  if (state.elapsed - served.since >= MS_PER_SECOND) {
    served.since = state.elapsed;
    served.bytes = 0;
  }
  if (served.bytes >= SERVED_BYTES_PER_SECOND_MAX) return false;
  served.bytes += bytes;
  return true;
}

/** Serves blocks by hash and certificates by view. */
export function answerRequest(
  state: CoreState,
  from: number,
  blocks: readonly Uint8Array[],
  views: readonly number[],
): void {
  if (from === state.self || !mayServe(state, from, SERVED_BYTES_MIN)) return;
  for (const hash of blocks) sendBlock(state, from, toHex(hash));
  if (views.some((view) => view <= state.head.view)) sendFinality(state, from);
  const certificates = views.flatMap((number) => {
    const view = state.views.get(number);
    return [view?.finalization, view?.acceptance, view?.nullification].filter(
      (certificate) => certificate !== undefined,
    );
  });
  sendCertificates(state, from, certificates);
  sendKept(state, from, views);
}

/**
 * What is kept of final views: it names those who helped to fork, and helps who is behind. Of less
 * than a quorum only the votes are known.
 */
function sendKept(state: CoreState, to: number, views: readonly number[]): void {
  const past = views.filter((view) => view <= state.head.view);
  const kept = past
    .flatMap((view) => keptOf(state, state.epoch, view))
    .filter(({ signatures }) => mayServe(state, to, signatures.length * SIGNATURE_WIRE_BYTES));
  const isWhole = ({ signatures }: Certificate): boolean => signatures.length >= state.quorum;
  sendCertificates(state, to, kept.filter(isWhole));
  const votes = kept
    .filter((each) => !isWhole(each))
    .flatMap(({ signatures, ...subject }) => signatures.map((each) => ({ ...subject, ...each })));
  for (let i = 0; i < votes.length; i += VOTES_PER_MESSAGE_MAX) {
    const some = votes.slice(i, i + VOTES_PER_MESSAGE_MAX);
    const message = { kind: MESSAGE.VOTES, version: 1, votes: some } as const;
    emit(state, { type: 'send', to, message });
  }
}

/** Serves transactions of an unfinalized block, by a bit for each. */
export function answerBodies(
  state: CoreState,
  from: number,
  hash: Uint8Array,
  missing: Uint8Array,
): void {
  const entry = state.blocks.get(toHex(hash));
  if (entry === undefined || from === state.self) return;
  const transactions = markedIn(entry.block.transactions, missing);
  const bytes = transactions.reduce((sum, each) => sum + each.length, SERVED_BYTES_MIN);
  if (!mayServe(state, from, bytes)) return;
  const message = { kind: MESSAGE.BODIES, version: 1, block: hash, transactions } as const;
  emit(state, { type: 'send', to: from, message });
}

function sendBlock(state: CoreState, to: number, hex: string): void {
  const entry = state.blocks.get(hex);
  const recent = entry === undefined ? state.recent.find((block) => block.hex === hex) : undefined;
  const bytes = entry?.bytes ?? recent?.bytes;
  if (bytes === undefined || !mayServe(state, to, bytes.length)) return;
  const view = state.acceptedIn.get(hex);
  const accepted = view === undefined ? undefined : state.views.get(view);
  const acceptance = recent?.acceptance ?? accepted?.acceptance ?? accepted?.finalization ?? null;
  const message = { kind: MESSAGE.BLOCK, version: 1, block: bytes, acceptance } as const;
  emit(state, { type: 'send', to, message });
}
