/**
 * Clients of the feed are told one block at a time, in turns, and all of them together get a few
 * milliseconds, and then none for twice as long: so neither a thousand of them nor one that replays
 * the whole chain keeps consensus waiting, and in a large crowd each is told of several blocks by
 * one write. What stands in no block, and pings, have their turns, too. Who is near the head comes
 * first.
 */
import { FEED_CACHE_BLOCKS, FEED_REST_MS } from '../limits.ts';
import { Turn } from '../turn.ts';
import type { FeedClient } from './client.ts';

export class FeedRounds {
  readonly #near = new Set<FeedClient>();
  readonly #far = new Set<FeedClient>();
  #running: Promise<void> | undefined;

  /** Tells these what is new; resolves when nobody has anything left to be told. */
  async wake(clients: Iterable<FeedClient>): Promise<void> {
    for (const client of clients) this.#enlist(client);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  #enlist(client: FeedClient): void {
    if (!client.waits) return;
    if (client.due > FEED_CACHE_BLOCKS) this.#far.add(client);
    else this.#near.add(client);
  }

  async #run(): Promise<void> {
    const turn = new Turn(FEED_REST_MS);
    for (let client = this.#next(); client !== undefined; client = this.#next()) {
      client.step();
      this.#enlist(client);
      await turn.pass();
    }
  }

  /** Whoever waited longest; it goes behind the others. */
  #next(): FeedClient | undefined {
    for (const waiting of [this.#near, this.#far]) {
      const [client] = waiting;
      if (client === undefined) continue;
      waiting.delete(client);
      return client;
    }
    return undefined;
  }
}
