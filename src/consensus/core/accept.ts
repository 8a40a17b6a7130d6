/** Voting on the proposal of the current view. */
import { toHex } from '../../common/bytes.ts';
import { REQUESTED_VIEWS_MAX } from '../messages.ts';
import { castAccept, castNullify } from './cast.ts';
import { wantProposed } from './certificates.ts';
import { wantBlock, wantView } from './fetch.ts';
import { acceptedViewOf } from './justification.ts';
import { AHEAD_MS, BEHIND_MS } from './limits.ts';
import { type BlockEntry, type CoreState, leaderAt, viewAt, viewTimeout } from './state.ts';

/** Accepts the proposal if everything holds, nullifies if it can't hold, and waits otherwise. */
export function tryAccept(state: CoreState): void {
  state.deadlines.future = Number.POSITIVE_INFINITY;
  const view = viewAt(state, state.view);
  if (!state.voting || view.own.accepted !== undefined || view.proposed === undefined) return;
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
  if (entry.block.header.view !== state.view) {
    castNullify(state, 'invalid');
    return;
  }
  if (hasAncestry(state, entry) && isTimely(state, entry)) castAccept(state, state.view, entry);
}

/** The parent stands accepted in an earlier view, and all views between are nullified. */
function hasAncestry(state: CoreState, entry: BlockEntry): boolean {
  const { parent } = entry.block.header;
  const leader = leaderAt(state, state.view);
  const from = acceptedViewOf(state, toHex(parent));
  if (from === undefined) {
    wantBlock(state, parent, state.view, [leader], 0);
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

/** Not far ahead of our clock (then it is waited for) nor far behind it. */
function isTimely(state: CoreState, entry: BlockEntry): boolean {
  const ahead = entry.block.header.time - state.wall;
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
