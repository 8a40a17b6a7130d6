/**
 * What an update touches: the pages and buckets on the ways of its changes, level by level from the
 * top and on each level from left to right, so that those below a page stand together.
 */
import type { Changes } from './changes.ts';
import type { VersionNodes } from './loader.ts';
import { enlarged, Numbers } from './memory.ts';
import { KIND, type Kind, type Page } from './nodes.ts';
import { NO_PLACE } from './place.ts';

/** Subtrees by number; the arrays stay from update to update. */
export class Touched {
  count = 0;
  /** Where each level begins, and where the last one ends. */
  readonly levels = new Numbers();
  kind = new Uint8Array(0);
  place = new Float64Array(0);
  depth = new Uint8Array(0);
  /** Which reference of the page above leads here, from 0 on. */
  slot = new Uint8Array(0);
  /** Its changes. */
  from = new Int32Array(0);
  to = new Int32Array(0);
  /** Of a page: what is touched below it. */
  first = new Int32Array(0);
  end = new Int32Array(0);
  /** The references that take its place, none where it stays the same. */
  made = new Int32Array(0);
  madeCount = new Int32Array(0);
  readonly #pages: (Page | undefined)[] = [];

  /** Follows all changes down from the root. */
  descend(kind: Kind, place: number, nodes: VersionNodes, changes: Changes): void {
    this.count = 0;
    this.levels.clear();
    this.#add(kind, place, 0, 0, 0, changes.count);
    for (let item = 0, level = 0; item < this.count; item++) {
      if (item === level) {
        this.levels.push(item);
        level = this.count;
      }
      this.first[item] = this.count;
      this.#pages[item] = undefined;
      if (this.kind[item] === KIND.PAGE) {
        const page = nodes.passingPage(this.place[item] as number);
        this.#pages[item] = page;
        const { at, size } = page;
        const [from, to] = [this.from[item] as number, this.to[item] as number];
        this.#through(page, at, at + size, this.depth[item] as number, changes, from, to);
      }
      this.end[item] = this.count;
    }
    this.levels.push(this.count);
  }

  page(item: number): Page {
    return this.#pages[item] as Page;
  }

  /** Lets go of the pages. */
  clear(): void {
    this.#pages.fill(undefined, 0, this.count);
  }

  /** Follows the changes `[from, to)` through the references from `low` to before `high`. */
  #through(
    page: Page,
    low: number,
    high: number,
    depth: number,
    changes: Changes,
    from: number,
    to: number,
  ): void {
    if (from === to) return;
    if (high - low === 1) {
      this.#add(page.kind(low), page.refs.places[low] as number, depth, low - page.at, from, to);
      return;
    }
    const middle = (page.refs.innerAt(low, high, depth) + 1) >> 1;
    let split = from;
    while (split < to && changes.leaves.keyBit(split, depth) === 0) split++;
    this.#through(page, low, middle, depth + 1, changes, from, split);
    this.#through(page, middle, high, depth + 1, changes, split, to);
  }

  #add(kind: Kind, place: number, depth: number, slot: number, from: number, to: number): void {
    const item = this.count++;
    if (item === this.kind.length) this.#grow(item + 1);
    this.kind[item] = kind;
    this.place[item] = kind === KIND.EMPTY ? NO_PLACE : place;
    this.depth[item] = depth;
    this.slot[item] = slot;
    this.from[item] = from;
    this.to[item] = to;
    this.madeCount[item] = 0;
  }

  #grow(count: number): void {
    this.kind = enlarged(this.kind, count);
    this.place = enlarged(this.place, count);
    this.depth = enlarged(this.depth, count);
    this.slot = enlarged(this.slot, count);
    this.from = enlarged(this.from, count);
    this.to = enlarged(this.to, count);
    this.first = enlarged(this.first, count);
    this.end = enlarged(this.end, count);
    this.made = enlarged(this.made, count);
    this.madeCount = enlarged(this.madeCount, count);
  }
}
