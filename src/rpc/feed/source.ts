/** The feed's events as text, read from the ledger; the newest blocks' are kept for all clients. */
import type { Ledger } from '../../state/ledger.ts';
import { FEED_CACHE_BLOCKS } from '../limits.ts';
import { blockEvents, type FeedEvent } from './events.ts';

export interface FeedItem {
  readonly event: FeedEvent;
  /** `height-index` */
  readonly id: string;
  /** As it goes over the wire. */
  readonly text: string;
}

export class FeedSource {
  readonly #ledger: Ledger;
  /** By height, oldest read first. */
  readonly #cache = new Map<number, readonly FeedItem[]>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get head(): number {
    return this.#ledger.head.header.height;
  }

  /** The events of a final block, in order. */
  items(height: number): readonly FeedItem[] {
    const cached = this.#cache.get(height);
    if (cached !== undefined) return cached;
    const block = this.#ledger.block(height);
    if (block === undefined) return [];
    const { genesis } = this.#ledger.genesis;
    const events = blockEvents(block, this.#ledger.results(height), genesis);
    const items = events.map((event, index) => {
      const id = `${height}-${index}`;
      return { event, id, text: eventText(event.topic, event.data, id) };
    });
    this.#keep(height, items);
    return items;
  }

  #keep(height: number, items: readonly FeedItem[]): void {
    // Somebody's replay of old blocks must not push out what everybody is about to read.
    if (height + FEED_CACHE_BLOCKS <= this.head) return;
    this.#cache.set(height, items);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > FEED_CACHE_BLOCKS && oldest !== undefined) this.#cache.delete(oldest);
  }
}

/** One server-sent event; JSON holds no line ends. */
export function eventText(name: string, data: object, id?: string): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return `${idLine}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
