/**
 * Deletes what the policy doesn't keep, step by step. Each step is one atomic batch, which also
 * says how far it came; none is synced, since one that a power cut loses is done again, or leaves a
 * few records behind that nobody reads. What is deleted is out of reach before: nothing of it is
 * read any more when the batch begins.
 */
import { encode } from '../../common/codec/index.ts';
import type { ChainStore } from '../chain-store.ts';
import { kvKey } from '../kv/buckets.ts';
import type { KvStore, KvWrite } from '../kv/kv.ts';
import { firstPlaceOf, heightOfPlace, nextChunkOf } from '../tree/place.ts';
import { Superseded } from '../tree/superseded.ts';
import { type Retained, type Retention, retainedSchema } from './retention.ts';

/** A step takes about a millisecond: so long does a block wait for it at most. */
const STEP_CHUNKS = 8;
const STEP_DELETIONS = 512;

/** Where the chain stands. */
export interface PruningHead {
  readonly height: number;
  /** The lowest block whose transaction ids may be unexpired: its results are read at a start. */
  readonly windowFrom: number;
}

export class Pruner {
  readonly #store: KvStore;
  readonly #stored: ChainStore;
  readonly #retained: Retained;
  readonly #retention: Retention;

  constructor(store: KvStore, stored: ChainStore, retention: Retention) {
    this.#store = store;
    this.#stored = stored;
    this.#retained = stored.retained;
    this.#retention = retention;
  }

  /** How many blocks there are whose states or bodies could go, the more of the two. */
  backlog({ height, windowFrom }: PruningHead): number {
    const { states, blocks } = this.#goals({ height, windowFrom });
    const { place, blocks: whole } = this.#retained;
    return Math.max(states + 1 - heightOfPlace(place), blocks - Math.max(1, whole));
  }

  /** Deletes a bounded part of what may go; there has to be something. */
  async step(head: PruningHead): Promise<void> {
    const goals = this.#goals(head);
    this.#retained.states = goals.states;
    const writes: KvWrite[] = [];
    const place = this.#states(goals.states, writes);
    const blocks = this.#blocks(goals.blocks, writes);
    this.#retained.blocks = blocks;
    const value = encode(retainedSchema, { states: goals.states, blocks, place });
    writes.push({ key: kvKey.retained, value });
    await this.#store.batch(writes, { durable: false });
    this.#retained.place = place;
  }

  /** What was given up doesn't come back when the policy keeps more. */
  #goals({ height, windowFrom }: PruningHead): Pick<Retained, 'states' | 'blocks'> {
    const { states, blocks } = this.#retention;
    const goal = (kept: number | undefined): number => (kept === undefined ? 0 : height + 1 - kept);
    return {
      states: Math.max(this.#retained.states, goal(states)),
      blocks: Math.max(this.#retained.blocks, Math.min(goal(blocks), windowFrom)),
    };
  }

  /** Looks at what the blocks up to the first kept state wrote; returns where to go on. */
  #states(goal: number, deletions: KvWrite[]): number {
    const superseded = new Superseded(this.#store);
    let { place } = this.#retained;
    for (let i = 0; i < STEP_CHUNKS && superseded.size <= STEP_DELETIONS; i++) {
      const height = heightOfPlace(place);
      if (height > goal) break;
      if (superseded.addBy(place)) {
        place = nextChunkOf(place);
        continue;
      }
      deletions.push({ key: kvKey.state(height - 1), value: undefined });
      place = firstPlaceOf(height + 1);
    }
    deletions.push(...superseded.writes());
    return place;
  }

  /** Returns the lowest block that stays whole. */
  #blocks(goal: number, deletions: KvWrite[]): number {
    const { blocks } = this.#retained;
    if (goal <= Math.max(1, blocks)) return blocks;
    let height = Math.max(1, blocks);
    for (; height < goal && deletions.length <= STEP_DELETIONS; height++) {
      const keys = [kvKey.block(height), kvKey.results(height)];
      if (!this.#endsEpoch(height)) keys.push(kvKey.certificate(height));
      deletions.push(...keys.map((key) => ({ key, value: undefined })));
    }
    return height;
  }

  #endsEpoch(height: number): boolean {
    return this.#stored.header(height)?.epoch !== this.#stored.header(height + 1)?.epoch;
  }
}
