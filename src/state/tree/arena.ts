/**
 * The new buckets and pages of one update, until they are stored: all in a few flat arrays, and no
 * object for any of them. A hundred thousand small objects a second that live as long as a block
 * takes to become final would be copied by the garbage collector twice, and arrays by the thousand
 * lie outside of its heap and make it collect all of it. So an arena is used again once its nodes
 * are stored (`Arenas`); those of a branch that never became final go with it.
 */
import { enlarged } from './memory.ts';
import { Bucket, Leaves, Page, Refs } from './nodes.ts';
import { firstPlaceOf, NO_PLACE } from './place.ts';

/** New nodes of one kind, by number. */
class Nodes {
  count = 0;
  /** Where each begins, in leaves or references. */
  at = new Int32Array(0);
  size = new Int32Array(0);
  records = new Uint8Array(0);
  place = new Float64Array(0);
  /** Where the stored one lies that it takes the place of. */
  before = new Float64Array(0);

  add(at: number, size: number, records: number, place: number, before: number): number {
    const number = this.count++;
    if (number === this.at.length) this.#grow(number + 1);
    this.at[number] = at;
    this.size[number] = size;
    this.records[number] = records;
    this.place[number] = place;
    this.before[number] = before;
    return number;
  }

  #grow(count: number): void {
    this.at = enlarged(this.at, count);
    this.size = enlarged(this.size, count);
    this.records = enlarged(this.records, count);
    this.place = enlarged(this.place, count);
    this.before = enlarged(this.before, count);
  }
}

export class Arena {
  readonly leaves = new Leaves(0);
  readonly refs = new Refs(0);
  readonly buckets = new Nodes();
  readonly pages = new Nodes();
  /** How many leaves and references are in use. */
  leafCount = 0;
  refCount = 0;
  #firstPlace = NO_PLACE;
  /** Buckets and pages by place, counted from the block's first. */
  #numbers = new Int32Array(0);

  /** Begins anew, for the block `height`. */
  begin(height: number): void {
    this.#firstPlace = firstPlaceOf(height);
    this.leafCount = 0;
    this.refCount = 0;
    this.buckets.count = 0;
    this.pages.count = 0;
  }

  addBucket(at: number, size: number, records: number, place: number, before: number): number {
    const number = this.buckets.add(at, size, records, place, before);
    this.#remember(place, number);
    return number;
  }

  addPage(at: number, size: number, records: number, place: number, before: number): number {
    const number = this.pages.add(at, size, records, place, before);
    this.#remember(place, number);
    return number;
  }

  /** Of how many leaves or references, whichever is more. */
  get room(): number {
    return Math.max(this.leaves.places.length, this.refs.places.length);
  }

  bucket(number: number): Bucket {
    const { at, size, records, place } = this.buckets;
    const [from, leaves] = [at[number] as number, size[number] as number];
    return new Bucket(
      this.leaves,
      from,
      leaves,
      place[number] as number,
      records[number] as number,
    );
  }

  page(number: number): Page {
    const { at, size, records, place } = this.pages;
    const [from, refs] = [at[number] as number, size[number] as number];
    return new Page(this.refs, from, refs, place[number] as number, records[number] as number);
  }

  /** The node at a place of this block where there is one. */
  bucketAt(place: number): Bucket {
    return this.bucket(this.#numbers[place - this.#firstPlace] as number);
  }

  pageAt(place: number): Page {
    return this.page(this.#numbers[place - this.#firstPlace] as number);
  }

  #remember(place: number, number: number): void {
    const at = place - this.#firstPlace;
    this.#numbers = enlarged(this.#numbers, at + 1);
    this.#numbers[at] = number;
  }
}

/** So many blocks wait to become final, at most, while the chain goes on as it should. */
const FREE_MAX = 4;
/** An arena of more leaves or references, 9 MB of each, is for rare blocks only. */
const FREE_ROOM_MAX = 131_072;

/** Arenas to be used again. */
export class Arenas {
  readonly #free: Arena[] = [];

  take(): Arena {
    return this.#free.pop() ?? new Arena();
  }

  /** @param arena of which nobody has a window any more */
  release(arena: Arena): void {
    if (this.#free.length === FREE_MAX || arena.room > FREE_ROOM_MAX) return;
    this.#free.push(arena);
  }
}
