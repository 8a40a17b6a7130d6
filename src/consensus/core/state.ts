/**
 * The core's whole state and the smallest functions on it. It is changed in place by `step` only;
 * everything else about it is in the files named after what they decide.
 */
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Block, Header } from '../../ledger/block.ts';
import { merkleRoot } from '../../ledger/merkle/rfc6962.ts';
import type { Parameters } from '../../ledger/parameters.ts';
import { faultsTolerated, leaderOf, quorumOf, type ValidatorSet } from '../../ledger/validators.ts';
import type { Certificate } from '../../ledger/vote.ts';
import type { Effect } from './effect.ts';
import { FAILURES_MAX, TIMEOUT_GROWTH, WHOLE_BYTES_MAX } from './limits.ts';
import { createSigned, type Signed } from './signed-view.ts';
import { createView, type View } from './view.ts';

export interface CoreOptions {
  readonly chain: Uint8Array;
  readonly epoch: number;
  readonly validators: ValidatorSet;
  /** Position in the set; undefined for an observer. */
  readonly self: number | undefined;
  /** False: follows and repairs, but casts no vote. */
  readonly voting: boolean;
  /** Up to this view no vote is cast: what one said in them before is not known. */
  readonly abstainUntil: number;
  readonly parameters: Parameters;
  /** Encoded blocks up to this size are proposed whole; `WHOLE_BYTES_MAX` but for tests. */
  readonly wholeBytesMax?: number;
  /** What was found before and has not come right since. */
  readonly diverged: Diverged | undefined;
  /** The newest final block: of this epoch, or the boundary block that ended the one before. */
  readonly head: { readonly header: Header; readonly hash: Uint8Array };
  /** The head's own finalization; undefined for genesis. */
  readonly certificate: Certificate | undefined;
}

export interface Diverged {
  readonly height: number;
  readonly hash: Uint8Array;
}

export type Judgement = 'unasked' | 'asked' | 'valid' | 'invalid' | 'diverged';

/** An unfinalized block. */
export interface BlockEntry {
  readonly block: Block;
  readonly bytes: Uint8Array;
  readonly hex: string;
  /** Elapsed ms. */
  readonly seenAt: number;
  judgement: Judgement;
  /** The empty block that ends the epoch, known once it is judged: it gets no child in this one. */
  boundary: boolean;
  /** Accepted, or an ancestor of what was: a quorum vouches that its own ancestors exist. */
  vouched: boolean;
}

/** The newest final block. */
export interface Head {
  readonly header: Header;
  readonly headerBytes: Uint8Array | undefined;
  readonly hash: Uint8Array;
  readonly hex: string;
  /** In this epoch; 0 for the block before it, whatever view finalized that. */
  readonly view: number;
  readonly certificate: Certificate | undefined;
  /** An empty block, no boundary, with its own finalization: its header certifies all state. */
  readonly closed: boolean;
  readonly seenAt: number;
}

/** What a leader would build on: the newest accepted block over whose gap nullifications lie. */
export interface Tip {
  readonly hash: Uint8Array;
  readonly hex: string;
  readonly view: number;
  readonly height: number;
  readonly time: number;
  readonly empty: boolean;
  /** It ends the epoch: proposed again until it is final, never built on. */
  readonly boundary: boolean;
  readonly seenAt: number;
}

/** Something to fetch: a block by hash, or the certificates of a view. */
export interface Want {
  readonly hash: Uint8Array | undefined;
  /** The view asked for, or that of whoever named the block: forgotten once below the floor. */
  readonly view: number;
  /** Who should have it, the likeliest first; then everybody is asked in turn. */
  readonly holders: readonly number[];
  attempts: number;
  askAt: number;
  /** Elapsed ms until which it may come by itself. */
  notBefore: number;
}

export interface FinalBlock {
  readonly hex: string;
  readonly bytes: Uint8Array;
  readonly acceptance: Certificate | undefined;
}

/** Elapsed ms at which something is due; Infinity: nothing is. */
export interface Deadlines {
  view: number;
  resend: number;
  propose: number;
  heartbeat: number;
  future: number;
  fetch: number;
}

export interface CoreState {
  readonly chain: Uint8Array;
  readonly epoch: number;
  readonly validators: ValidatorSet;
  readonly self: number | undefined;
  readonly parameters: Parameters;
  readonly quorum: number;
  readonly faults: number;
  readonly wholeBytesMax: number;
  voting: boolean;
  abstainUntil: number;
  /** The boundary block is final: nothing happens in this epoch any more. */
  ended: boolean;
  /** The accepted block that does not follow from our state: no vote is cast while it is set. */
  diverged: Diverged | undefined;
  /** The latest input's clocks, ms. */
  elapsed: number;
  wall: number;
  view: number;
  /** The highest view that certificates allow to enter. */
  enterable: number;
  enteredAt: number;
  /** Since when the current view is timed; undefined while nobody needs it. */
  startedAt: number | undefined;
  /** Views that timed out here since the last finalization. */
  failures: number;
  head: Head;
  readonly views: Map<number, View>;
  /** Who signed what, final views and past epochs included. */
  signed: Signed;
  readonly blocks: Map<string, BlockEntry>;
  /** Block hashes by parent, both in hex. */
  readonly children: Map<string, Set<string>>;
  /** In which view a block was accepted (or finalized), by hex. */
  readonly acceptedIn: Map<string, number>;
  readonly recent: FinalBlock[];
  recentBytes: number;
  /** The newest finalization above the head. */
  finalization: Certificate | undefined;
  /** Undefined while something that decides it is missing. */
  tip: Tip | undefined;
  /** Blocks or certificates changed: the head, the view and the tip are to be looked at again. */
  changed: boolean;
  /** Whether a transaction waits that a child of the tip could include; undefined: asked for. */
  waiting: boolean | undefined;
  heartbeatDue: boolean;
  /** The view for which a block is being built. */
  building: number;
  /** By validator, elapsed ms. */
  readonly heardAt: number[];
  readonly answeredAt: number[];
  readonly queriedAt: number[];
  /** What each validator fetched since when. */
  readonly served: { since: number; bytes: number }[];
  /** Let its last view pass in silence, and was not heard since. */
  readonly silent: boolean[];
  readonly wants: Map<string, Want>;
  resentAt: number;
  readonly deadlines: Deadlines;
  /** What the engine's timer is set to. */
  wakeAt: number;
  effects: Effect[];
}

export function createState(options: CoreOptions, elapsed: number): CoreState {
  const { header, hash } = options.head;
  const count = options.validators.length;
  const inEpoch = header.epoch === options.epoch;
  const headView = inEpoch ? header.view : 0;
  return {
    chain: options.chain,
    epoch: options.epoch,
    validators: options.validators,
    self: options.self,
    parameters: options.parameters,
    quorum: quorumOf(count),
    faults: faultsTolerated(count),
    wholeBytesMax: options.wholeBytesMax ?? WHOLE_BYTES_MAX,
    voting: options.voting && options.self !== undefined && options.diverged === undefined,
    abstainUntil: options.abstainUntil,
    ended: false,
    diverged: options.diverged,
    elapsed,
    wall: 0,
    view: headView,
    enterable: headView + 1,
    enteredAt: elapsed,
    startedAt: undefined,
    failures: 0,
    head: {
      header,
      headerBytes: undefined,
      hash,
      hex: toHex(hash),
      view: headView,
      certificate: options.certificate,
      closed: inEpoch && options.certificate !== undefined && isEmptyHeader(header),
      seenAt: elapsed,
    },
    views: new Map(),
    signed: createSigned(),
    blocks: new Map(),
    children: new Map(),
    acceptedIn: new Map(),
    recent: [],
    recentBytes: 0,
    finalization: undefined,
    tip: undefined,
    changed: true,
    waiting: undefined,
    heartbeatDue: false,
    building: 0,
    heardAt: new Array<number>(count).fill(Number.NEGATIVE_INFINITY),
    answeredAt: new Array<number>(count).fill(Number.NEGATIVE_INFINITY),
    queriedAt: new Array<number>(count).fill(Number.NEGATIVE_INFINITY),
    served: options.validators.map(() => ({ since: elapsed, bytes: 0 })),
    silent: new Array<boolean>(count).fill(false),
    wants: new Map(),
    resentAt: Number.NEGATIVE_INFINITY,
    deadlines: {
      view: Number.POSITIVE_INFINITY,
      resend: Number.POSITIVE_INFINITY,
      propose: Number.POSITIVE_INFINITY,
      heartbeat: Number.POSITIVE_INFINITY,
      future: Number.POSITIVE_INFINITY,
      fetch: Number.POSITIVE_INFINITY,
    },
    wakeAt: Number.POSITIVE_INFINITY,
    effects: [],
  };
}

export function emit(state: CoreState, effect: Effect): void {
  state.effects.push(effect);
}

/** The record of a view, made at its first mention; views up to the head's have none. */
export function viewAt(state: CoreState, number: number): View {
  let view = state.views.get(number);
  if (view === undefined) {
    view = createView(number);
    state.views.set(number, view);
  }
  return view;
}

export function leaderAt(state: CoreState, view: number): number {
  return leaderOf(view, state.validators.length);
}

/** Whether a vote of one's own may be cast in a view. */
export function mayVote(state: CoreState, view: number): boolean {
  return state.voting && view > state.abstainUntil;
}

/** The time that a view has now, ms. */
export function viewTimeout(state: CoreState): number {
  const { viewTimeoutMs, viewTimeoutMaxMs } = state.parameters;
  let timeout = viewTimeoutMs;
  for (let i = 0; i < Math.min(state.failures, FAILURES_MAX); i++) timeout *= TIMEOUT_GROWTH;
  return Math.min(timeout, viewTimeoutMaxMs);
}

const EMPTY_ROOT = merkleRoot([]);

export function isEmptyHeader(header: Header): boolean {
  return equalBytes(header.txRoot, EMPTY_ROOT);
}
