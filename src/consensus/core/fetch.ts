/**
 * What is missing and whom to ask for it: first whoever named it, then the other holders, then
 * everybody in turn. Nothing missing ever makes a block invalid; it is waited for.
 */
import { toHex } from '../../common/bytes.ts';
import { MESSAGE, REQUESTED_BLOCKS_MAX, REQUESTED_VIEWS_MAX } from '../messages.ts';
import {
  FETCH_ATTEMPTS_BEFORE_SYNC,
  FETCH_DELAY_MS,
  FETCH_RETRY_MAX_MS,
  FETCH_RETRY_MS,
  OUTLINE_DELAY_MS,
  WANTS_MAX,
} from './limits.ts';
import { type CoreState, emit, type Want } from './state.ts';

const viewKey = (view: number): string => `view ${view}`;

/** Wants a block (with its acceptance, if there is one); `view` is that of whoever named it. */
export function wantBlock(
  state: CoreState,
  hash: Uint8Array,
  view: number,
  holders: readonly number[],
  delay: number = FETCH_DELAY_MS,
): void {
  want(state, toHex(hash), { hash, view, holders, askAt: state.elapsed + delay });
}

/** The block may come together from what is here: it is not asked for whole for a while. */
export function delayBlock(state: CoreState, hash: Uint8Array): void {
  const wanted = state.wants.get(toHex(hash));
  if (wanted?.attempts !== 0) return;
  wanted.notBefore = state.elapsed + OUTLINE_DELAY_MS;
  wanted.askAt = Math.max(wanted.askAt, wanted.notBefore);
}

/** Wants the certificates of a view. */
export function wantView(state: CoreState, view: number, holders: readonly number[]): void {
  const askAt = state.elapsed;
  want(state, viewKey(view), { hash: undefined, view, holders, askAt });
}

function want(state: CoreState, key: string, wanted: Omit<Want, 'attempts' | 'notBefore'>): void {
  const earlier = state.wants.get(key);
  if (earlier !== undefined) {
    const askAt = Math.max(wanted.askAt, earlier.notBefore);
    if (askAt < earlier.askAt && earlier.attempts === 0) earlier.askAt = askAt;
    return;
  }
  if (state.wants.size >= WANTS_MAX) return;
  state.wants.set(key, { ...wanted, attempts: 0, notBefore: Number.NEGATIVE_INFINITY });
}

export function blockArrived(state: CoreState, hex: string): void {
  state.wants.delete(hex);
}

export function viewArrived(state: CoreState, view: number): void {
  state.wants.delete(viewKey(view));
}

/** Forgets what lies below the floor. */
export function pruneWants(state: CoreState): void {
  for (const [key, wanted] of state.wants) {
    if (wanted.view <= state.head.view) state.wants.delete(key);
  }
}

/** Sends what is due, one request to each peer, and says when the next is. */
export function runFetches(state: CoreState): void {
  if (state.wants.size === 0) {
    state.deadlines.fetch = Number.POSITIVE_INFINITY;
    return;
  }
  const requests = new Map<number, { blocks: Uint8Array[]; views: number[] }>();
  let next = Number.POSITIVE_INFINITY;
  for (const wanted of state.wants.values()) {
    if (wanted.askAt <= state.elapsed) ask(state, wanted, requests);
    next = Math.min(next, wanted.askAt);
  }
  for (const [to, { blocks, views }] of requests) {
    const message = {
      kind: MESSAGE.REQUEST,
      version: 1,
      epoch: state.epoch,
      blocks,
      views,
    } as const;
    emit(state, { type: 'send', to, message });
  }
  state.deadlines.fetch = next;
}

function ask(
  state: CoreState,
  wanted: Want,
  requests: Map<number, { blocks: Uint8Array[]; views: number[] }>,
): void {
  const target = targetOf(state, wanted);
  wanted.attempts++;
  wanted.askAt = state.elapsed + Math.min(FETCH_RETRY_MS * wanted.attempts, FETCH_RETRY_MAX_MS);
  if (wanted.attempts > FETCH_ATTEMPTS_BEFORE_SYNC && state.finalization !== undefined) {
    emit(state, { type: 'behind', height: state.head.header.height + 1 });
  }
  if (target === undefined) return;
  let request = requests.get(target);
  if (request === undefined) {
    request = { blocks: [], views: [] };
    requests.set(target, request);
  }
  const full =
    request.blocks.length >= REQUESTED_BLOCKS_MAX || request.views.length >= REQUESTED_VIEWS_MAX;
  if (full) wanted.askAt = state.elapsed + FETCH_RETRY_MS;
  else if (wanted.hash !== undefined) request.blocks.push(wanted.hash);
  else request.views.push(wanted.view);
}

function targetOf(state: CoreState, wanted: Want): number | undefined {
  if (state.self === undefined) return undefined; // validators hear validators only
  const holders = wanted.holders.filter((holder) => holder !== state.self);
  const holder = holders[wanted.attempts];
  if (holder !== undefined) return holder;
  const count = state.validators.length;
  if (count === 1) return undefined;
  // Everybody else in turn, starting at a place that differs from view to view.
  const others = count - 1;
  const step = (wanted.view + wanted.attempts) % others;
  return (state.self + 1 + step) % count;
}
