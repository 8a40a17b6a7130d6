/** What is due when. Timers run only while somebody needs the chain to go on. */
import { castNullify } from './cast.ts';
import { HEARD_MS, PROPOSAL_SHARE, RESEND_MAX_MS } from './limits.ts';
import { broadcastStatus } from './repair.ts';
import { type CoreState, emit, leaderAt, viewAt, viewTimeout } from './state.ts';
import type { View } from './view.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** Whether there is work: the chain is quiet only above a closed head. */
export function hasNeed(state: CoreState): boolean {
  const { head, tip } = state;
  const quiet = tip !== undefined && tip.hex === head.hex && head.closed;
  return !quiet || state.waiting === true || state.heartbeatDue;
}

/** Runs what is due and works out when the next thing is. */
export function runTimers(state: CoreState): void {
  runHeartbeat(state);
  const need = hasNeed(state);
  const view = viewAt(state, state.view);
  runView(state, view, need);
  runResend(state, need);
}

function runHeartbeat(state: CoreState): void {
  const { heartbeatMs } = state.parameters;
  const due = hasNeed(state) || heartbeatMs === 0 ? NEVER : state.head.seenAt + heartbeatMs;
  state.heartbeatDue ||= due <= state.elapsed;
  state.deadlines.heartbeat = state.heartbeatDue ? NEVER : due;
}

function runView(state: CoreState, view: View, need: boolean): void {
  const proposed = view.proposed !== undefined;
  const joined = othersNullify(state, view) > state.faults;
  if (!need && !proposed && !joined) state.startedAt = undefined;
  else state.startedAt ??= state.elapsed;
  state.deadlines.view = NEVER;
  if (!state.voting || view.own.nullified) return;
  const leader = leaderAt(state, view.number);
  if (joined) {
    castNullify(state, 'others');
    return;
  }
  if (leader !== state.self && view.nullifies.has(leader)) {
    castNullify(state, 'leader');
    return;
  }
  if (need && !proposed && isKnownSilent(state, leader)) {
    castNullify(state, 'silent-leader');
    return;
  }
  if (state.startedAt === undefined) return;
  const due = state.startedAt + viewTimeout(state) * (proposed ? 1 : PROPOSAL_SHARE);
  if (due <= state.elapsed) timeOut(state, leader, proposed, state.startedAt);
  else state.deadlines.view = due;
}

function othersNullify(state: CoreState, view: View): number {
  return view.nullifies.size - (state.self !== undefined && view.nullifies.has(state.self) ? 1 : 0);
}

function timeOut(state: CoreState, leader: number, proposed: boolean, since: number): void {
  const heard = (state.heardAt[leader] ?? NEVER) >= since;
  if (leader !== state.self && !proposed && !heard) state.silent[leader] = true;
  state.failures++;
  castNullify(state, 'timeout');
}

/** Fails open: where no quorum is heard, the silence may be our own. */
function isKnownSilent(state: CoreState, leader: number): boolean {
  if (leader === state.self || state.silent[leader] !== true) return false;
  const since = state.elapsed - HEARD_MS - state.parameters.heartbeatMs;
  let heard = state.self === undefined ? 0 : 1;
  state.heardAt.forEach((at, validator) => {
    if (validator !== state.self && validator !== leader && at >= since) heard++;
  });
  return heard >= state.quorum;
}

/** Something authentic came from a validator. */
export function validatorHeard(state: CoreState, validator: number): void {
  if (state.heardAt[validator] === undefined) return;
  state.heardAt[validator] = state.elapsed;
  state.silent[validator] = false;
}

function runResend(state: CoreState, need: boolean): void {
  state.deadlines.resend = NEVER;
  if (!need || state.self === undefined) return;
  const pause = Math.min(viewTimeout(state) * PROPOSAL_SHARE, RESEND_MAX_MS);
  const due = (): number => Math.max(state.startedAt ?? state.enteredAt, state.resentAt) + pause;
  if (due() <= state.elapsed) broadcastStatus(state);
  state.deadlines.resend = due();
}

/** Sets the engine's timer if something is due before it would fire. */
export function setTimer(state: CoreState): void {
  const next = Math.min(...Object.values({ ...state.deadlines }));
  if (state.wakeAt > state.elapsed && state.wakeAt <= next) return;
  state.wakeAt = next;
  if (next < NEVER) emit(state, { type: 'timer', at: next });
}
