/** What consensus is doing, read from the core for RPC, `ztc status` and operators. */
import { toHex } from '../common/bytes.ts';
import { VOTE, VOTE_NAMES, type Vote } from '../ledger/vote.ts';
import type { NullifyReason } from './core/effect.ts';
import { type BlockEntry, type CoreState, leaderAt, mayVote, viewTimeout } from './core/state.ts';
import { hasNeed } from './core/timers.ts';
import type { View } from './core/view.ts';

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
  /** Of how many more validators this node has to hear where they stand, to vote again. */
  readonly answersMissing: number | null;
  /** Up to this view it casts no vote, since it may have cast others before; null: it does. */
  readonly abstainUntil: number | null;
  /** The newest accepted block ends the epoch, and waits for its own finalization. */
  readonly epochEnds: boolean;
  /** The accepted block that does not follow from our state. */
  readonly diverged: { readonly height: number; readonly hash: string } | null;
  /** False: the chain is quiet because there is nothing to do. */
  readonly working: boolean;
  /** Ms until the current view times out here; null while it isn't timed. */
  readonly timeoutMs: number | null;
  /** Since the current view was entered. */
  readonly viewMs: number;
  /** The time that a view has now; doubled by each that timed out. */
  readonly viewTimeoutMs: number;
  /** Views that timed out here since the newest final block. */
  readonly failures: number;
  /** Since the newest final block became final here, or this node started. */
  readonly headMs: number;
  readonly heartbeatMs: number;
  /** This node gave the current view up for this reason. */
  readonly givenUp: NullifyReason | null;
  /** What the leader of the current view proposes. */
  readonly proposal: ProposalStatus | null;
  /** Votes that are gathered: those of the current view, and for the tip's finalization. */
  readonly votes: readonly VoteCount[];
  readonly fetching: readonly FetchStatus[];
  readonly validators: readonly ValidatorStatus[];
}

export interface ProposalStatus {
  readonly hash: string;
  /** Null while the block is not here. */
  readonly height: number | null;
  /** By how much its time is ahead of our clock; null while it is not here. */
  readonly aheadMs: number | null;
  /** Whether this node accepted it. */
  readonly accepted: boolean;
  /** What the state here says about it; `unasked` also while its parent is not here. */
  readonly judgement: BlockEntry['judgement'] | 'missing';
}

/** How far the votes of one kind are from their certificate. */
export interface VoteCount {
  readonly kind: 'accept' | 'nullify' | 'finalize';
  readonly view: number;
  /** Of the block, where it is here and the votes are for one. */
  readonly height: number | null;
  readonly needed: number;
  /** Member ids. */
  readonly given: readonly string[];
  readonly missing: readonly string[];
}

/** Something that is missing here and asked for. */
export interface FetchStatus {
  readonly what: 'block' | 'certificates';
  /** The view whose certificates they are, or of whoever named the block. */
  readonly view: number;
  readonly attempts: number;
  /** Members that should have it. */
  readonly from: readonly string[];
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

export interface StatusExtras {
  readonly answersMissing: number | null;
  readonly notVoting: { readonly code: string; readonly message: string } | null;
  /** The latest view that this node gave up, and why. */
  readonly givenUp: { readonly view: number; readonly reason: NullifyReason } | undefined;
}

/** @param elapsed ms by the engine's clock */
export function statusOfState(
  state: CoreState,
  elapsed: number,
  { answersMissing, notVoting, givenUp }: StatusExtras,
): ConsensusStatus {
  const view = state.views.get(state.view);
  const leader = leaderAt(state, state.view);
  const { diverged, head, tip } = state;
  const { height } = head.header;
  const left = state.deadlines.view - elapsed;
  return {
    epoch: state.epoch,
    view: state.view,
    leader: nameOf(state, leader),
    height,
    unfinalized: Math.max(0, (tip?.height ?? height) - height),
    quorum: state.quorum,
    voting: state.voting,
    notVoting,
    answersMissing,
    abstainUntil: abstainingUntil(state),
    epochEnds: tip?.boundary ?? false,
    diverged:
      diverged === undefined ? null : { height: diverged.height, hash: toHex(diverged.hash) },
    working: hasNeed(state),
    timeoutMs: Number.isFinite(left) ? Math.max(0, left) : null,
    viewMs: elapsed - state.enteredAt,
    viewTimeoutMs: viewTimeout(state),
    failures: state.failures,
    headMs: elapsed - head.seenAt,
    heartbeatMs: state.parameters.heartbeatMs,
    givenUp: givenUp?.view === state.view ? givenUp.reason : null,
    proposal: view === undefined ? null : proposalOf(state, view, elapsed),
    votes: votesOf(state, view),
    fetching: [...state.wants.values()].map(({ hash, view: of, attempts, holders }) => ({
      what: hash === undefined ? 'certificates' : 'block',
      view: of,
      attempts,
      from: holders.filter((holder) => holder !== state.self).map((i) => nameOf(state, i)),
    })),
    validators: validatorsOf(state, elapsed),
  };
}

/** Infinity would be a chain behind the log, which is being synchronized. */
function abstainingUntil(state: CoreState): number | null {
  const { abstainUntil, voting, view } = state;
  const abstains = voting && !mayVote(state, view) && Number.isFinite(abstainUntil);
  return abstains ? abstainUntil : null;
}

function nameOf(state: CoreState, validator: number): string {
  return state.validators[validator]?.member ?? '';
}

function validatorsOf(state: CoreState, elapsed: number): ValidatorStatus[] {
  const view = state.views.get(state.view);
  const leader = leaderAt(state, state.view);
  return state.validators.map(({ member }, index) => {
    const heardMs = elapsed - (state.heardAt[index] ?? Number.NEGATIVE_INFINITY);
    return {
      member,
      self: index === state.self,
      leader: index === leader,
      heardMs: Number.isFinite(heardMs) ? heardMs : null,
      accepted: view?.firstAccept.has(index) ?? false,
      nullified: view?.nullifies.has(index) ?? false,
    };
  });
}

function proposalOf(state: CoreState, view: View, elapsed: number): ProposalStatus | null {
  if (view.proposed === undefined) return null;
  const { hash, hex } = view.proposed;
  const entry = state.blocks.get(hex);
  const wall = state.wall + elapsed - state.elapsed;
  return {
    hash: toHex(hash),
    height: entry?.block.header.height ?? null,
    aheadMs: entry === undefined ? null : entry.block.header.time - wall,
    accepted: view.own.accepted === hex,
    judgement: entry?.judgement ?? 'missing',
  };
}

/** What the current view can end with, and what would make the newest accepted block final. */
function votesOf(state: CoreState, view: View | undefined): VoteCount[] {
  const counts: VoteCount[] = [];
  const { tip, head } = state;
  const accepted = tip === undefined || tip.hex === head.hex ? undefined : tip;
  const of = accepted && state.views.get(accepted.view);
  if (accepted !== undefined && of !== undefined && of.finalization === undefined) {
    const votes = of.finalizes.get(accepted.hex);
    counts.push(countOf(state, VOTE.FINALIZE, of.number, votes, accepted.height));
  }
  if (view?.proposed !== undefined && view.acceptance === undefined) {
    const { hex } = view.proposed;
    const height = state.blocks.get(hex)?.block.header.height ?? null;
    counts.push(countOf(state, VOTE.ACCEPT, view.number, view.accepts.get(hex), height));
  }
  if (view !== undefined && view.nullifies.size > 0 && view.nullification === undefined) {
    counts.push(countOf(state, VOTE.NULLIFY, view.number, view.nullifies, null));
  }
  return counts;
}

function countOf(
  state: CoreState,
  kind: Vote['kind'],
  view: number,
  votes: ReadonlyMap<number, Vote> | undefined,
  height: number | null,
): VoteCount {
  const positions = [...state.validators.keys()];
  const names = (given: boolean): string[] =>
    positions.filter((i) => (votes?.has(i) ?? false) === given).map((i) => nameOf(state, i));
  return {
    kind: VOTE_NAMES[kind],
    view,
    height,
    needed: state.quorum,
    given: names(true),
    missing: names(false),
  };
}
