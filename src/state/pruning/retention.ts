/**
 * What of the past a node keeps. All headers stay for good, and with them the finalizations of the
 * blocks that end an epoch and the validators that those put in force: by these old receipts
 * verify, and what the others certified is proven by the history under a newer header. Lists and
 * their items are current state, whatever their age.
 */
import { type TypeOf, tuple, uint } from '../../common/codec/index.ts';
import { ZtcError } from '../../common/errors.ts';
import { height } from '../../ledger/primitives.ts';
import { firstPlaceOf } from '../tree/place.ts';

/** How many of the newest blocks keep what; undefined: all do. */
export interface Retention {
  /** The state after them can be read and proven; 2 at least, for proofs end below the head. */
  readonly states: number | undefined;
  /** Transactions, results and finalizations of their own. */
  readonly blocks: number | undefined;
}

export const ARCHIVE: Retention = { states: undefined, blocks: undefined };

/** Where pruning stands; what it says goes, in memory and on disk, before anything is deleted. */
export const retainedSchema = tuple({
  /** The lowest block after which the state can be read. */
  states: height,
  /** The lowest block that is whole, but for block 0, which stays. */
  blocks: height,
  /** What the tree wrote before this place was looked at. */
  place: uint(),
});
export type Retained = { -readonly [K in keyof TypeOf<typeof retainedSchema>]: number };

/** Of a store from which nothing was pruned; the genesis state replaces nothing. */
export function allRetained(): Retained {
  return { states: 0, blocks: 0, place: firstPlaceOf(1) };
}

/** What was asked for is old, and not kept here; others may have it. */
export class PrunedError extends ZtcError {
  /** Height of the lowest block of which it is kept. */
  readonly oldest: number;

  constructor(what: string, oldest: number) {
    super('PRUNED', `${what} is no longer kept here, only from block ${oldest} on`, {
      hint: 'ask a node that keeps more: `ztc status` says what a node keeps',
    });
    this.oldest = oldest;
  }
}

/** @throws PrunedError */
export function requireState({ states }: Readonly<Retained>, at: number): void {
  if (at < states) throw new PrunedError(`the state after block ${at}`, states);
}

export function isWhole({ blocks }: Readonly<Retained>, at: number): boolean {
  return at === 0 || at >= blocks;
}

/** @throws PrunedError */
export function requireBlock(retained: Readonly<Retained>, at: number): void {
  if (!isWhole(retained, at)) {
    throw new PrunedError(`what block ${at} holds below its header`, retained.blocks);
  }
}
