/** Stored pages that are likely to be asked for again: at best all of the newest state. */
import { ClockSlots } from './clock.ts';
import type { Page } from './nodes.ts';

export class PageCache {
  readonly #slots: ClockSlots;
  readonly #pages: Page[] = [];

  /** @param max how many it holds */
  constructor(max: number) {
    this.#slots = new ClockSlots(max);
  }

  get(place: number): Page | undefined {
    const slot = this.#slots.find(place);
    return slot === undefined ? undefined : this.#pages[slot];
  }

  /** @param before where it lay before: that one isn't of use any more */
  add(page: Page, before: number): void {
    this.#pages[this.#slots.take(page.place, before)] = page;
  }
}
