/** Virtual time: one heap of events, equal times in an order that the seed decides. */
import type { Prng } from './prng.ts';

interface Event {
  readonly at: number;
  readonly tie: number;
  readonly run: () => void;
}

export class Schedule {
  readonly #heap: Event[] = [];
  readonly #random: Prng;
  #now = 0;

  constructor(random: Prng) {
    this.#random = random;
  }

  /** Virtual ms since the start. */
  get now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): void {
    this.#push({ at: this.#now + Math.max(0, ms), tie: this.#random.next(), run });
  }

  /** Runs the next event up to `until`; false where there is none. */
  runNext(until: number): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.at > until) {
      this.#now = until;
      return false;
    }
    this.#pop();
    this.#now = next.at;
    next.run();
    return true;
  }

  /** Runs one more event of the present moment; false where there is none. */
  runSame(): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.at > this.#now) return false;
    this.#pop();
    next.run();
    return true;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!before(event, heap[up] as Event)) break;
      heap[at] = heap[up] as Event;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && before(heap[down + 1] as Event, heap[down] as Event)) down++;
      if (!before(heap[down] as Event, last)) break;
      heap[at] = heap[down] as Event;
      at = down;
    }
    heap[at] = last;
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}
