/** Changing the leaves of a bucket. */
import { HASH_BYTES } from '../../common/hash.ts';
import type { Arena } from './arena.ts';
import type { Changes, StateChange } from './changes.ts';
import { Numbers } from './memory.ts';
import { type Bucket, compareAt } from './nodes.ts';
import { PAIR_BYTES } from './pairs.ts';
import { type BucketSteps, STEP, STEP_BITS } from './record.ts';

/** Makes the leaves of new buckets, one bucket after the other. */
export class BucketMerger implements BucketSteps {
  /** How the last bucket came about. */
  readonly steps = new Numbers();
  readonly dropped = new Numbers();
  readonly #changes: Changes;
  readonly #arena: Arena;
  readonly #placeOf: (change: StateChange) => number;

  /** @param placeOf gives a new value its place */
  constructor(changes: Changes, arena: Arena, placeOf: (change: StateChange) => number) {
    this.#changes = changes;
    this.#arena = arena;
    this.#placeOf = placeOf;
  }

  /**
   * Puts the leaves of a bucket with the changes `[from, to)` behind those that the arena has, and
   * gives the new values their places.
   *
   * @param before undefined where there was nothing
   * @returns how many leaves there are; undefined where they stay the same
   */
  merge(before: Bucket | undefined, from: number, to: number): number | undefined {
    const arena = this.#arena;
    const size = before?.size ?? 0;
    arena.leaves.reserve(arena.leafCount + size + to - from);
    this.steps.clear();
    this.dropped.clear();
    let [kept, end] = [0, arena.leafCount];
    for (let i = from; i < to; i++) {
      let at = kept;
      let order = 1;
      for (; before !== undefined && at < size; at++) {
        order = before.leaves.compareKey(before.at + at, this.#changes.leaves, i);
        if (order >= 0) break;
      }
      const isPresent = order === 0;
      const step = this.#step(before, isPresent ? at : undefined, i);
      if (step === undefined) continue;
      end = this.#keep(before, kept, at, end);
      kept = isPresent ? at + 1 : at;
      if (isPresent) this.dropped.push(before?.leaves.places[before.at + at] as number);
      this.steps.push((at << STEP_BITS) | step);
      if (step !== STEP.REMOVE) this.#add(i, end++);
    }
    if (this.steps.count === 0) return undefined;
    return this.#keep(before, kept, size, end) - arena.leafCount;
  }

  /** What a change does with the leaf at `present`, if there is one; undefined: nothing. */
  #step(before: Bucket | undefined, present: number | undefined, change: number) {
    const isRemoved = this.#changes.value(change) === undefined;
    if (before === undefined || present === undefined) return isRemoved ? undefined : STEP.INSERT;
    if (isRemoved) return STEP.REMOVE;
    const at = (before.at + present) * PAIR_BYTES + HASH_BYTES;
    const hash = change * PAIR_BYTES + HASH_BYTES;
    const isSame = compareAt(before.leaves.bytes, at, this.#changes.leaves.bytes, hash) === 0;
    return isSame ? undefined : STEP.REPLACE;
  }

  #add(change: number, leaf: number): void {
    const { leaves } = this.#arena;
    leaves.copyHashes(leaf, this.#changes.leaves, change, 1);
    leaves.places[leaf] = this.#placeOf(this.#changes.at(change));
  }

  #keep(before: Bucket | undefined, from: number, to: number, end: number): number {
    if (before === undefined || from === to) return end;
    this.#arena.leaves.copy(end, before.leaves, before.at + from, to - from);
    return end + to - from;
  }
}
