/**
 * Stored buckets and pages that are likely to be asked for again, by place. They lie in a few large
 * arrays: a hundred thousand objects take the garbage collector longer than an update takes.
 */
import { ClockSlots } from './clock.ts';
import { BUCKET_LEAVES_MAX, Bucket, Leaves, PAGE_REFS_MAX, Page, Refs } from './nodes.ts';

/** Memory grows by so many nodes: 5 MB of buckets, 2.5 MB of pages. */
const SLAB_BUCKETS = 4_096;
const SLAB_PAGES = 1_024;

/** What a cache has to know of the nodes that it holds. */
interface Form<Node, Slab> {
  /** How many leaves or references a node has at most. */
  readonly room: number;
  readonly slabNodes: number;
  slab(room: number): Slab;
  /** Makes the system give the memory of a slab, which is otherwise put off until it is used. */
  claim(slab: Slab): void;
  copy(slab: Slab, at: number, node: Node): void;
  node(slab: Slab, at: number, size: number, place: number, records: number): Node;
}

/** What cached nodes have in common. */
interface Sized {
  readonly size: number;
  readonly place: number;
  readonly records: number;
}

export class NodeCache<Node extends Sized, Slab> {
  readonly #form: Form<Node, Slab>;
  readonly #max: number;
  readonly #slots: ClockSlots;
  readonly #slabs: Slab[] = [];
  /** By slot. */
  readonly #size: Uint8Array;
  readonly #records: Uint8Array;

  /**
   * @param max how many it holds
   * @param isClaimed whether it takes the memory for all of them now
   */
  constructor(form: Form<Node, Slab>, max: number, isClaimed = false) {
    this.#form = form;
    this.#max = max;
    this.#slots = new ClockSlots(max);
    this.#size = new Uint8Array(max);
    this.#records = new Uint8Array(max);
    while (isClaimed && this.#room < max) form.claim(this.#addSlab());
  }

  /** What it gives is good until the next `add`. */
  get(place: number): Node | undefined {
    const slot = this.#slots.find(place);
    if (slot === undefined) return undefined;
    const { room, slabNodes } = this.#form;
    const slab = this.#slabs[Math.floor(slot / slabNodes)] as Slab;
    const [size, records] = [this.#size[slot] as number, this.#records[slot] as number];
    return this.#form.node(slab, (slot % slabNodes) * room, size, place, records);
  }

  /** @param before where it lay before: that one isn't of use any more */
  add(node: Node, before: number): void {
    const { room, slabNodes } = this.#form;
    const slot = this.#slots.take(node.place, before);
    if (slot >= this.#room) this.#addSlab();
    this.#size[slot] = node.size;
    this.#records[slot] = node.records;
    const slab = this.#slabs[Math.floor(slot / slabNodes)] as Slab;
    this.#form.copy(slab, (slot % slabNodes) * room, node);
  }

  /** For how many nodes there is memory. */
  get #room(): number {
    return this.#slabs.length * this.#form.slabNodes;
  }

  #addSlab(): Slab {
    const { slabNodes, room } = this.#form;
    const slab = this.#form.slab(Math.min(slabNodes, this.#max - this.#room) * room);
    this.#slabs.push(slab);
    return slab;
  }
}

export function bucketCache(max: number, isClaimed?: boolean): NodeCache<Bucket, Leaves> {
  const form: Form<Bucket, Leaves> = {
    room: BUCKET_LEAVES_MAX,
    slabNodes: SLAB_BUCKETS,
    slab: (room) => new Leaves(room),
    claim: ({ bytes, places }) => void [bytes.fill(0), places.fill(0)],
    copy: (slab, at, bucket) => slab.copy(at, bucket.leaves, bucket.at, bucket.size),
    node: (slab, at, size, place, records) => new Bucket(slab, at, size, place, records),
  };
  return new NodeCache(form, max, isClaimed);
}

export function pageCache(max: number, isClaimed?: boolean): NodeCache<Page, Refs> {
  const form: Form<Page, Refs> = {
    room: PAGE_REFS_MAX,
    slabNodes: SLAB_PAGES,
    slab: (room) => new Refs(room),
    claim: ({ hashes, places }) => void [hashes.bytes.fill(0), places.fill(0)],
    copy: (slab, at, page) => slab.copy(2 * at, page.refs, 2 * page.at, 2 * page.size - 1),
    node: (slab, at, size, place, records) => new Page(slab, at, size, place, records),
  };
  return new NodeCache(form, max, isClaimed);
}
