/** Moving the final head, by finalization or block sync, and forgetting what is below. */
import { toHex } from '../../common/bytes.ts';
import type { Block } from '../../ledger/block.ts';
import type { Certificate } from '../../ledger/vote.ts';
import { judgeChildren } from './blocks.ts';
import { pruneWants, wantBlock } from './fetch.ts';
import { BEHIND_BLOCKS, RECENT_BLOCKS_MAX, RECENT_BYTES_MAX } from './limits.ts';
import { noteSigners, pruneSigned } from './signed.ts';
import { type BlockEntry, type CoreState, emit } from './state.ts';
import { acceptanceOf } from './view.ts';

/** Finalizes up to the newest finalized block once its ancestors are all here and valid. */
export function advanceFinal(state: CoreState): void {
  const certificate = state.finalization;
  if (certificate === undefined) return;
  const chain = ancestry(state, certificate);
  if (chain === undefined) return;
  const last = chain.at(-1) as BlockEntry;
  const blocks = chain.map((entry) => entry.block);
  for (const entry of chain) remember(state, entry);
  emit(state, { type: 'finalize', blocks, certificate });
  moveHead(state, last.block, certificate);
  state.ended = last.boundary;
}

/** From the head's child to the finalized block; undefined while something is missing. */
function ancestry(state: CoreState, certificate: Certificate): BlockEntry[] | undefined {
  const chain: BlockEntry[] = [];
  let hash = certificate.block as Uint8Array;
  let complete = true;
  for (let hex = toHex(hash); hex !== state.head.hex; hex = toHex(hash)) {
    const entry = state.blocks.get(hex);
    if (entry === undefined) {
      const holders = certificate.signatures.map(({ validator }) => validator);
      wantBlock(state, hash, certificate.view, holders);
      const child = chain.at(-1)?.block.header.height ?? 0;
      announceBehind(state, child - 1);
      return undefined;
    }
    if (entry.judgement !== 'valid') complete = false;
    chain.push(entry);
    hash = entry.block.header.parent;
  }
  return complete ? chain.reverse() : undefined;
}

/** Asks for block sync if a final block of this height is here or known, too far above the head. */
export function announceBehind(state: CoreState, height: number): void {
  if (height - state.head.header.height > BEHIND_BLOCKS) emit(state, { type: 'behind', height });
}

/** Keeps a final block for nodes that lack a few. */
function remember(state: CoreState, entry: BlockEntry): void {
  const view = state.acceptedIn.get(entry.hex);
  const acceptance = view === undefined ? undefined : acceptanceOf(state.views.get(view));
  state.recent.push({ hex: entry.hex, bytes: entry.bytes, acceptance });
  state.recentBytes += entry.bytes.length;
  while (state.recent.length > RECENT_BLOCKS_MAX || state.recentBytes > RECENT_BYTES_MAX) {
    state.recentBytes -= state.recent.shift()?.bytes.length ?? 0;
  }
}

/** The application has made `block` final, by our finalization or by block sync. */
export function moveHead(state: CoreState, block: Block, certificate: Certificate): void {
  const { header, headerBytes, hash } = block;
  const before = state.head.view;
  const view = header.epoch === state.epoch ? header.view : 0;
  const closed = block.transactions.length === 0;
  const hex = toHex(hash);
  state.head = { header, headerBytes, hash, hex, view, certificate, closed, seenAt: state.elapsed };
  state.failures = 0;
  state.heartbeatDue = false;
  if ((state.finalization?.view ?? 0) <= certificate.view) state.finalization = undefined;
  state.enterable = Math.max(state.enterable, certificate.view + 1);
  state.changed = true;
  for (let number = before + 1; number <= view; number++) state.views.delete(number);
  noteSigners(state, certificate);
  pruneSigned(state);
  pruneBlocks(state);
  pruneWants(state);
  judgeChildren(state, state.head.hex);
}

function pruneBlocks(state: CoreState): void {
  const { height } = state.head.header;
  for (const [hex, entry] of state.blocks) {
    const { header } = entry.block;
    if (header.height <= height || header.view <= state.head.view) forget(state, hex, entry);
    else if (header.height === height + 1) dropFork(state, hex, entry);
  }
  for (const [hex, view] of state.acceptedIn) {
    if (view <= state.head.view) state.acceptedIn.delete(hex);
  }
}

/**
 * Forgets a block beside the head's children, and all above it. It can have an acceptance in a view
 * above the head's only if more than f validators lie; nothing may be built on it then either.
 */
function dropFork(state: CoreState, hex: string, entry: BlockEntry): void {
  if (toHex(entry.block.header.parent) === state.head.hex) return;
  const dropped: [string, BlockEntry][] = [[hex, entry]];
  for (const [each, found] of dropped) {
    for (const child of state.children.get(each) ?? []) {
      const above = state.blocks.get(child);
      if (above !== undefined) dropped.push([child, above]);
    }
    forget(state, each, found);
  }
}

function forget(state: CoreState, hex: string, { block }: BlockEntry): void {
  state.blocks.delete(hex);
  const parent = toHex(block.header.parent);
  const siblings = state.children.get(parent);
  siblings?.delete(hex);
  if (siblings?.size === 0) state.children.delete(parent);
}
