/** A quorum took a block that does not follow from our state: what then, and how it ends. */
import { equalBytes } from '../../common/bytes.ts';
import type { Block } from '../../ledger/block.ts';
import { VOTE } from '../../ledger/vote.ts';
import { MESSAGE, REQUESTED_VIEWS_MAX } from '../messages.ts';
import type { BlockJudgement } from '../ports.ts';
import { RECORD } from '../records.ts';
import { type CoreState, type Diverged, emit } from './state.ts';

/** One never votes on a state that others don't have. Written down: a restart changes nothing. */
export function diverge(state: CoreState, block: Block, judgement: BlockJudgement): void {
  if (state.diverged !== undefined) return;
  state.diverged = { height: block.header.height, hash: block.hash };
  state.voting = false;
  persist(state, state.diverged);
  emit(state, { type: 'diverged', block, judgement });
  askAboutFork(state);
}

/** Whether the block in question is among these, which became final here and so do follow. */
export function isAgreed({ diverged }: CoreState, final: readonly Block[]): boolean {
  return diverged !== undefined && final.some(({ hash }) => equalBytes(hash, diverged.hash));
}

/**
 * The very block became final here, so that our state is the others' again: after a repair, since
 * nothing within a run changes what was found. `voting`: whether anything else forbids it.
 */
export function agree(state: CoreState, voting: boolean): void {
  if (state.diverged === undefined) return;
  state.diverged = undefined;
  state.voting = voting && state.self !== undefined;
  state.changed = true;
  persist(state, null);
  emit(state, { type: 'agreed' });
}

function persist(state: CoreState, block: Diverged | null): void {
  emit(state, {
    type: 'persist',
    record: { kind: RECORD.DIVERGED, version: 1, block },
    sync: true,
  });
}

/**
 * Asks for what others have of the newest views that have a finalization here. If it was a fork,
 * their certificates of one of these contradict ours, and name who signed both.
 */
export function askAboutFork(state: CoreState): void {
  if (state.diverged === undefined || state.self === undefined) return;
  const views = [...state.signed.views.values()]
    .filter((kept) => kept.epoch === state.epoch && kept[VOTE.FINALIZE].size > 0)
    .slice(-REQUESTED_VIEWS_MAX)
    .map(({ view }) => view);
  const { epoch } = state;
  const message = { kind: MESSAGE.REQUEST, version: 1, epoch, blocks: [], views } as const;
  if (views.length > 0) emit(state, { type: 'broadcast', message });
}
