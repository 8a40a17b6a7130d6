/** The tree of unfinalized blocks: what is kept, judged, and found not to follow from our state. */
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Block, Header } from '../../ledger/block.ts';
import type { BlockJudgement } from '../ports.ts';
import { castFinalize } from './cast.ts';
import { diverge } from './divergence.ts';
import { blockArrived, wantBlock } from './fetch.ts';
import { BLOCK_WINDOW } from './limits.ts';
import { type BlockEntry, type CoreState, emit, type Judgement, leaderAt } from './state.ts';

/** Whether a block is asked for: asked before it is decoded in full. */
export function wantsBlock(state: CoreState, hash: Uint8Array): boolean {
  const hex = toHex(hash);
  return !state.blocks.has(hex) && state.wants.has(hex);
}

/** Takes a block that was wanted. */
export function insertBlock(state: CoreState, block: Block, bytes: Uint8Array): void {
  const hex = toHex(block.hash);
  const { header } = block;
  if (state.blocks.has(hex)) return;
  if (header.height <= state.head.header.height) {
    blockArrived(state, hex); // of no use any more
    return;
  }
  const vouched = isVouched(state, hex);
  if (!vouched && !isProposal(state, hex, header)) return;
  const seenAt = state.elapsed;
  const entry: BlockEntry = {
    block,
    bytes,
    hex,
    seenAt,
    judgement: 'unasked',
    boundary: false,
    vouched,
  };
  state.blocks.set(hex, entry);
  const parent = toHex(header.parent);
  const siblings = state.children.get(parent);
  if (siblings === undefined) state.children.set(parent, new Set([hex]));
  else siblings.add(hex);
  blockArrived(state, hex);
  state.changed = true;
  judge(state, entry);
}

function isVouched(state: CoreState, hex: string): boolean {
  if (state.acceptedIn.has(hex)) return true;
  const children = [...(state.children.get(hex) ?? [])];
  return children.some((child) => state.blocks.get(child)?.vouched);
}

/** Named by the vote of its view's leader: one a view, so that nobody can fill us with blocks. */
function isProposal(state: CoreState, hex: string, header: Header): boolean {
  if (state.views.get(state.view)?.proposed?.hex === hex) return true;
  if (header.view > state.view + BLOCK_WINDOW) return false;
  const view = state.views.get(header.view);
  return view?.proposed?.hex === hex || view?.own.accepted === hex;
}

/** A quorum accepted the block, so its ancestors are worth having without more proof. */
export function vouchFor(state: CoreState, accepted: BlockEntry): void {
  let entry: BlockEntry | undefined = accepted;
  while (entry !== undefined && !entry.vouched) {
    entry.vouched = true;
    const parent: BlockEntry | undefined = state.blocks.get(toHex(entry.block.header.parent));
    if (parent === undefined) judge(state, entry);
    entry = parent;
  }
}

/** Has a block checked as soon as its parent was; a block without its parent asks for that. */
export function judge(state: CoreState, entry: BlockEntry): void {
  if (entry.judgement !== 'unasked') return;
  const { header } = entry.block;
  const parentHex = toHex(header.parent);
  const parent = state.blocks.get(parentHex);
  if (parentHex === state.head.hex) {
    judgeChild(state, entry, state.head.header);
  } else if (parent === undefined) {
    if (header.height <= state.head.header.height + 1) settleJudgement(state, entry, 'invalid');
    else
      wantBlock(state, header.parent, header.view, [leaderAt(state, Math.max(header.view, 1))], 0);
  } else if (parent.judgement === 'invalid' || parent.judgement === 'diverged' || parent.boundary) {
    settleJudgement(state, entry, 'invalid'); // above a boundary block begins another epoch
  } else if (parent.judgement === 'valid') {
    judgeChild(state, entry, parent.block.header);
  }
}

function judgeChild(state: CoreState, entry: BlockEntry, parent: Header): void {
  if (!isStructured(state, entry.block.header, parent)) {
    settleJudgement(state, entry, 'invalid');
    return;
  }
  entry.judgement = 'asked';
  emit(state, { type: 'check', block: entry.block });
}

/** What the header alone has to fulfil under its parent; the roots are the application's. */
function isStructured(state: CoreState, header: Header, parent: Header): boolean {
  const leader = header.view < 1 ? undefined : state.validators[leaderAt(state, header.view)];
  const parentView = parent.epoch === state.epoch ? parent.view : 0;
  return (
    equalBytes(header.chain, state.chain) &&
    header.epoch === state.epoch &&
    header.height === parent.height + 1 &&
    header.time >= parent.time &&
    header.view > parentView &&
    header.proposer === leader?.member
  );
}

/** The application's answer about a block. */
export function blockChecked(
  state: CoreState,
  hash: Uint8Array,
  judgement: BlockJudgement,
  boundary: boolean,
): void {
  const entry = state.blocks.get(toHex(hash));
  if (entry?.judgement !== 'asked') return;
  entry.boundary = boundary;
  settleJudgement(state, entry, judgement === 'unknown-parent' ? 'unasked' : judgement);
}

function settleJudgement(state: CoreState, entry: BlockEntry, judgement: Judgement): void {
  entry.judgement = judgement;
  if (judgement === 'unasked') return;
  state.changed = true;
  const accepted = state.acceptedIn.get(entry.hex);
  if (accepted !== undefined) acceptedBlockReady(state, entry, accepted);
  judgeChildren(state, entry.hex);
}

export function judgeChildren(state: CoreState, parent: string): void {
  for (const hex of state.children.get(parent) ?? []) {
    const child = state.blocks.get(hex);
    if (child !== undefined) judge(state, child);
  }
}

/**
 * A block that `view` accepted is here: vote to finalize it there once it is judged, or find that
 * we diverged.
 */
export function acceptedBlockReady(state: CoreState, entry: BlockEntry, view: number): void {
  const accepted = state.views.get(view)?.acceptance !== undefined;
  if (accepted && entry.judgement === 'valid') castFinalize(state, view, entry);
  if (entry.judgement === 'invalid' || entry.judgement === 'diverged') {
    diverge(state, entry.block, entry.judgement);
  }
}
