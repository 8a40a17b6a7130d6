/** Leading a view: when to propose, and what: a child of the tip, or a boundary block again. */
import { toHex } from '../../common/bytes.ts';
import type { Block } from '../../ledger/block.ts';
import { tryAccept } from './accept.ts';
import { insertBlock } from './blocks.ts';
import { SETTLE_SHARE, UNFINALIZED_MAX } from './limits.ts';
import { type CoreState, emit, leaderAt, mayVote, type Tip, viewAt } from './state.ts';

const AT_ONCE = Number.NEGATIVE_INFINITY;
const NEVER = Number.POSITIVE_INFINITY;

/** Has a block built as soon as one is due, once a view. */
export function tryLead(state: CoreState): void {
  state.deadlines.propose = NEVER;
  const { tip, view, self } = state;
  if (tip === undefined || self === undefined || !mayVote(state, view)) return;
  if (leaderAt(state, view) !== self || state.building === view) return;
  const { own } = viewAt(state, view);
  if (own.accepted !== undefined || own.nullified || state.waiting === undefined) return;
  const at = dueAt(state, tip, state.waiting);
  if (at > state.elapsed) {
    state.deadlines.propose = at;
    return;
  }
  state.building = view;
  if (tip.boundary) {
    viewAt(state, view).proposed = { hash: tip.hash, hex: tip.hex };
    tryAccept(state);
    return;
  }
  const context = {
    epoch: state.epoch,
    view,
    proposer: state.validators[self]?.member ?? '',
    time: Math.max(tip.time, state.wall),
    empty: !state.waiting || isCrowded(state, tip),
  };
  emit(state, { type: 'build', parent: tip.hash, context });
}

function isCrowded(state: CoreState, tip: Tip): boolean {
  return tip.height - state.head.header.height > UNFINALIZED_MAX;
}

/** When a child of the tip is due, in elapsed ms. */
function dueAt(state: CoreState, tip: Tip, waiting: boolean): number {
  const settled = tip.seenAt + state.parameters.viewTimeoutMs * SETTLE_SHARE;
  if (isCrowded(state, tip) || tip.boundary) return settled;
  const spaced = tip.seenAt + state.parameters.minBlockIntervalMs;
  if (waiting) return spaced;
  // The closing block comes after what it closes: where machines are short, both would be late.
  if (!tip.empty) return tip.hex === state.head.hex ? AT_ONCE : spaced;
  if (tip.hex !== state.head.hex) return settled;
  return state.heartbeatDue ? AT_ONCE : NEVER;
}

/** Takes the block that was built, if its view still is; it is judged like anybody's. */
export function blockBuilt(state: CoreState, view: number, block: Block, bytes: Uint8Array): void {
  const record = viewAt(state, view);
  if (view !== state.view || record.own.accepted !== undefined || record.own.nullified) return;
  record.proposed = { hash: block.hash, hex: toHex(block.hash) };
  insertBlock(state, block, bytes);
}
