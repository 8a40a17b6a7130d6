/** Voting on the proposal of the current view. */
import { REQUESTED_VIEWS_MAX } from '../messages.ts';
import { castAccept, castNullify } from './cast.ts';
import { wantProposed } from './certificates.ts';
import { wantBlock, wantView } from './fetch.ts';
import { acceptedViewOf, baseOf } from './justification.ts';
import { AHEAD_MS, BEHIND_MS } from './limits.ts';
import {
  type BlockEntry,
  type CoreState,
  leaderAt,
  mayVote,
  viewAt,
  viewTimeout,
} from './state.ts';

/** Accepts the proposal if everything holds, nullifies if it can't hold, and waits otherwise. */
export function tryAccept(state: CoreState): void {
  state.deadlines.future = Number.POSITIVE_INFINITY;
  const view = viewAt(state, state.view);
  if (!mayVote(state, state.view) || view.own.accepted !== undefined) return;
  if (view.proposed === undefined) return;
  const entry = state.blocks.get(view.proposed.hex);
  if (entry === undefined) {
    wantProposed(state, view);
    return;
  }
  switch (entry.judgement) {
    case 'valid':
      break;
    case 'invalid':
    case 'diverged':
      castNullify(state, 'invalid');
      return;
    default:
      return;
  }
  if (!isOfThisView(state, entry)) {
    castNullify(state, 'invalid');
    return;
  }
  if (hasAncestry(state, entry) && isTimely(state, entry)) castAccept(state, state.view, entry);
}

/** Made for this view; only a boundary block is proposed again in later ones. */
function isOfThisView(state: CoreState, { block, boundary }: BlockEntry): boolean {
  const { view } = block.header;
  return view === state.view || (boundary && view < state.view);
}

/**
 * The parent stands accepted in an earlier view, and all views between are nullified. For a block
 * that is proposed again its own latest acceptance takes the parent's place.
 */
function hasAncestry(state: CoreState, entry: BlockEntry): boolean {
  const leader = leaderAt(state, state.view);
  const from = acceptedViewOf(state, baseOf(entry, state.view));
  if (from === undefined) {
    askForBase(state, entry, leader);
    return false;
  }
  if (from >= state.view) {
    castNullify(state, 'invalid');
    return false;
  }
  let missing = 0;
  for (let gap = state.view - 1; gap > from && missing < REQUESTED_VIEWS_MAX; gap--) {
    if (state.views.get(gap)?.nullification !== undefined) continue;
    wantView(state, gap, [leader]);
    missing++;
  }
  return missing === 0;
}

/** Whoever proposes has an acceptance to build on: of the parent, or of the block itself. */
function askForBase(state: CoreState, { block }: BlockEntry, leader: number): void {
  const { parent, view } = block.header;
  if (view === state.view) {
    wantBlock(state, parent, state.view, [leader], 0);
    return;
  }
  for (let from = state.view - 1, asked = 0; from >= view && asked < REQUESTED_VIEWS_MAX; from--) {
    if (state.views.get(from)?.acceptance !== undefined) continue;
    wantView(state, from, [leader]);
    asked++;
  }
}

/**
 * Not far ahead of our clock (then it is waited for) nor far behind it. The time of a block that is
 * proposed again was judged with its first proposal.
 */
function isTimely(state: CoreState, { block }: BlockEntry): boolean {
  const { time, view } = block.header;
  if (view < state.view) return true;
  const ahead = time - state.wall;
  if (ahead > AHEAD_MS) {
    state.deadlines.future = state.elapsed + ahead - AHEAD_MS;
    return false;
  }
  if (-ahead > Math.max(BEHIND_MS, viewTimeout(state))) {
    castNullify(state, 'time');
    return false;
  }
  return true;
}
