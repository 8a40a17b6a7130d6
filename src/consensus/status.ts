/** What consensus is doing, in words for RPC, `ztc status` and operators. */
import { toHex } from '../common/bytes.ts';
import { type CoreState, leaderAt } from './core/state.ts';
import { hasNeed } from './core/timers.ts';

export interface ConsensusStatus {
  readonly epoch: number;
  readonly view: number;
  /** Member id. */
  readonly leader: string;
  /** Of the newest final block. */
  readonly height: number;
  /** Blocks accepted above it. */
  readonly unfinalized: number;
  readonly quorum: number;
  readonly voting: boolean;
  /** Why not, with what to do about it. */
  readonly notVoting: { readonly code: string; readonly message: string } | null;
  /** The accepted block that does not follow from our state. */
  readonly diverged: { readonly height: number; readonly hash: string } | null;
  /** False: the chain is quiet because there is nothing to do. */
  readonly working: boolean;
  /** Ms until the current view times out here; null while it isn't timed. */
  readonly timeoutMs: number | null;
  readonly validators: readonly ValidatorStatus[];
}

export interface ValidatorStatus {
  readonly member: string;
  readonly self: boolean;
  readonly leader: boolean;
  /** Since something authentic came from it; null if never since the start. */
  readonly heardMs: number | null;
  /** What is here of its votes in the current view. */
  readonly accepted: boolean;
  readonly nullified: boolean;
}

export function statusOfState(
  state: CoreState,
  elapsed: number,
  notVoting: { code: string; message: string } | null,
): ConsensusStatus {
  const view = state.views.get(state.view);
  const leader = leaderAt(state, state.view);
  const { diverged, head, tip } = state;
  const { height } = head.header;
  const left = state.deadlines.view - elapsed;
  return {
    epoch: state.epoch,
    view: state.view,
    leader: state.validators[leader]?.member ?? '',
    height,
    unfinalized: Math.max(0, (tip?.height ?? height) - height),
    quorum: state.quorum,
    voting: state.voting,
    notVoting,
    diverged:
      diverged === undefined ? null : { height: diverged.height, hash: toHex(diverged.hash) },
    working: hasNeed(state),
    timeoutMs: Number.isFinite(left) ? Math.max(0, left) : null,
    validators: state.validators.map(({ member }, index) => {
      const heardMs = elapsed - (state.heardAt[index] ?? Number.NEGATIVE_INFINITY);
      return {
        member,
        self: index === state.self,
        leader: index === leader,
        heardMs: Number.isFinite(heardMs) ? heardMs : null,
        accepted: view?.firstAccept.has(index) ?? false,
        nullified: view?.nullifies.has(index) ?? false,
      };
    }),
  };
}
