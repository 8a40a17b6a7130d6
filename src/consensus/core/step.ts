/**
 * The consensus core: `step(state, input)` changes the state and returns the effects that the
 * engine has to run. Synchronous and deterministic: the same inputs give the same effects.
 * The protocol in prose is in the README of this room.
 */
import { toHex } from '../../common/bytes.ts';
import { VOTE, type Vote } from '../../ledger/vote.ts';
import { tryAccept } from './accept.ts';
import { blockChecked, insertBlock, wantsBlock } from './blocks.ts';
import { publishVote } from './cast.ts';
import { noteCertificate, wantProposed } from './certificates.ts';
import { agree, diverge } from './divergence.ts';
import type { Effect } from './effect.ts';
import { delayBlock, runFetches } from './fetch.ts';
import { advanceFinal, announceBehind, moveHead } from './finality.ts';
import type { Input, Now } from './input.ts';
import { blockBuilt, tryLead } from './lead.ts';
import { BLOCK_WINDOW, VOTES_KEPT_VIEWS } from './limits.ts';
import { answerBodies, answerFar, answerQuery, answerRequest, answerStatus } from './repair.ts';
import { announce, restore } from './restore.ts';
import { noteSigned } from './signed.ts';
import { type CoreState, emit } from './state.ts';
import { runTimers, setTimer, validatorHeard } from './timers.ts';
import { refreshTip } from './tip.ts';
import { addVote } from './votes.ts';

const NOTHING: readonly Effect[] = [];

export function step(state: CoreState, input: Input, now: Now): readonly Effect[] {
  if (state.ended) return NOTHING; // the engine is about to start the next epoch
  state.elapsed = now.elapsed;
  state.wall = now.wall;
  take(state, input);
  settle(state);
  if (input.type === 'start') announce(state);
  const { effects } = state;
  state.effects = [];
  return effects;
}

function take(state: CoreState, input: Input): void {
  switch (input.type) {
    case 'start':
      restore(state, input.restored);
      return;
    case 'tick':
      state.wakeAt = Number.NEGATIVE_INFINITY;
      return;
    case 'heard':
      validatorHeard(state, input.validator);
      return;
    case 'vote':
      addVote(state, input.vote);
      return;
    case 'contradiction':
      noteSigned(state, input.vote);
      return;
    case 'certificate':
      noteCertificate(state, input.certificate);
      return;
    case 'block':
      if (wantsBlock(state, input.block.hash)) insertBlock(state, input.block, input.bytes);
      return;
    case 'outlined':
      delayBlock(state, input.hash);
      return;
    case 'finality':
      noteCertificate(state, input.certificate);
      announceBehind(state, input.header.height);
      return;
    case 'signed':
      signed(state, input.vote);
      return;
    case 'checked':
      blockChecked(state, input.hash, input.judgement, input.boundary);
      return;
    case 'built':
      blockBuilt(state, input.view, input.block, input.bytes);
      return;
    case 'work':
      if (state.tip?.hex === toHex(input.parent)) state.waiting = input.waiting;
      return;
    case 'trusted':
      state.voting = state.self !== undefined && state.diverged === undefined;
      state.abstainUntil = Math.max(state.abstainUntil, input.abstainUntil);
      return;
    case 'work-appeared':
      workAppeared(state);
      return;
    case 'refused':
      diverge(state, input.block, input.judgement);
      return;
    case 'agreed':
      agree(state, input.voting);
      return;
    case 'imported':
      moveHead(state, input.block, input.certificate);
      return;
    default:
      answer(state, input);
  }
}

type Asked = Extract<
  Input,
  { type: 'status' | 'request' | 'bodies-request' | 'query' | 'far' | 'ahead' }
>;

/** What a peer says of itself, or asks for. */
function answer(state: CoreState, input: Asked): void {
  switch (input.type) {
    case 'status':
      answerStatus(state, input.from, input.view, input.height);
      return;
    case 'request':
      answerRequest(state, input.from, input.blocks, input.views);
      return;
    case 'bodies-request':
      answerBodies(state, input.from, input.hash, input.missing);
      return;
    case 'query':
      answerQuery(state, input.from, input.nonce);
      return;
    case 'far':
      answerFar(state, input.from);
      return;
    case 'ahead':
      emit(state, { type: 'behind', height: state.head.header.height + 1 });
      if (input.from !== undefined) answerFar(state, input.from);
      return;
  }
}

function signed(state: CoreState, vote: Vote): void {
  const hex = vote.block === null ? '' : toHex(vote.block);
  publishVote(state, vote, vote.kind === VOTE.ACCEPT ? state.blocks.get(hex) : undefined);
  addVote(state, vote);
}

function workAppeared(state: CoreState): void {
  if (state.tip === undefined || state.waiting === true) return;
  emit(state, { type: 'ask-work', parent: state.tip.hash });
}

/** Draws all conclusions from what changed. */
function settle(state: CoreState): void {
  if (state.changed) advanceFinal(state);
  if (state.enterable > state.view) enterView(state);
  if (state.changed) {
    state.changed = false;
    refreshTip(state);
  }
  tryAccept(state);
  runTimers(state);
  tryLead(state);
  runFetches(state);
  setTimer(state);
}

function enterView(state: CoreState): void {
  const left = state.view;
  state.view = state.enterable;
  state.enteredAt = state.elapsed;
  state.startedAt = undefined;
  state.changed = true;
  emit(state, { type: 'entered', view: state.view });
  forgetVotes(state, left, state.view);
  for (let number = state.view; number <= state.view + BLOCK_WINDOW; number++) {
    const view = state.views.get(number);
    if (view !== undefined) wantProposed(state, view);
  }
}

/** Votes far below are of no use any more; their certificates stay. */
function forgetVotes(state: CoreState, left: number, entered: number): void {
  for (let number = left; number < entered; number++) {
    const view = state.views.get(number - VOTES_KEPT_VIEWS);
    view?.accepts.clear();
    view?.finalizes.clear();
    view?.nullifies.clear();
    view?.firstAccept.clear();
    view?.firstFinalize.clear();
  }
}
