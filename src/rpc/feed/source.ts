/** The feed's events as text, read from the ledger; the newest blocks' are kept for all clients. */
import { oldestGenesis } from '../../ledger/genesis-signatures.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import type { ProposalState } from '../../ledger/state-values.ts';
import type { Ledger } from '../../state/ledger.ts';
import type { StateReader } from '../../state/reader.ts';
import type { Queries } from '../context.ts';
import { FEED_CACHE_BLOCKS } from '../limits.ts';
import { blockEvent, blockEvents, type FeedEvent, type FeedTopic } from './events.ts';
import type { Proposals } from './governance-events.ts';

export interface FeedItem {
  readonly event: FeedEvent;
  /** `height-index` */
  readonly id: string;
  /** Its data as JSON. */
  readonly json: string;
  /** The server-sent event. */
  readonly text: string;
}

interface BlockItems {
  readonly items: readonly FeedItem[];
  /** Whether it is all of them; else the block's own only. */
  readonly whole: boolean;
}

export class FeedSource {
  readonly #ledger: Ledger;
  readonly #queries: Queries;
  /** By height, oldest read first. */
  readonly #cache = new Map<number, BlockItems>();

  constructor(ledger: Ledger, queries: Queries) {
    this.#ledger = ledger;
    this.#queries = queries;
  }

  get head(): number {
    return this.#ledger.head.header.height;
  }

  /** The lowest block whose events can still be told. */
  get oldest(): number {
    return this.#ledger.retained.blocks;
  }

  /**
   * The events of a final block, in order.
   *
   * @param topics what is wanted at least: of blocks alone, or none, no transaction is read
   */
  items(height: number, topics?: ReadonlySet<FeedTopic>): readonly FeedItem[] {
    const cached = this.#cache.get(height);
    const whole = topics === undefined || [...topics].some((topic) => topic !== 'block');
    if (cached !== undefined && (cached.whole || !whole)) return cached.items;
    const items = this.#events(height, whole).map((event, index) => {
      const id = `${height}-${index}`;
      const json = JSON.stringify(event.data);
      return { event, id, json, text: `id: ${id}\n${eventLines(event.topic, json)}` };
    });
    this.#keep(height, { items, whole });
    return items;
  }

  #events(height: number, whole: boolean): readonly FeedEvent[] {
    const block = this.#ledger.block(height);
    if (block === undefined) return [];
    const genesis = oldestGenesis(this.#ledger.genesis); // of block 0
    const results = this.#ledger.results(height);
    if (!whole) return [blockEvent(block, results)];
    const proposals = proposalsIn(this.#ledger.state(), this.#queries);
    return blockEvents(block, results, genesis, proposals);
  }

  #keep(height: number, items: BlockItems): void {
    // Somebody's replay of old blocks must not push out what everybody is about to read.
    if (height + FEED_CACHE_BLOCKS <= this.head) return;
    this.#cache.set(height, items);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > FEED_CACHE_BLOCKS && oldest !== undefined) this.#cache.delete(oldest);
  }
}

/** Reads what is asked for; proposals are numbered in the order of their blocks. */
function proposalsIn(state: StateReader, queries: Queries): Proposals {
  const get = (number: number) => queries.proposal(state, number);
  return {
    get,
    madeIn: (height) => {
      const { count } = state.list(stateKey.proposals);
      const heightOf = (number: number): number => get(number)?.proposal.height ?? height;
      let [low, high] = [1, count + 1];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (heightOf(middle) < height) low = middle + 1;
        else high = middle;
      }
      const made: ProposalState[] = [];
      for (let number = low; number <= count; number++) {
        const found = get(number);
        if (found?.proposal.height !== height) break;
        made.push(found);
      }
      return made;
    },
  };
}

/** One server-sent event without an id, which readers don't resume from. */
export function eventText(name: string, data: object): string {
  return eventLines(name, JSON.stringify(data));
}

/** JSON holds no line ends. */
export function eventLines(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}
