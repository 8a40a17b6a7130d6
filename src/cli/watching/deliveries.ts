/**
 * What was found goes to the webhook in order, one after the other, and the position moves on only
 * when it was taken: at least once, across restarts too. While the other side is down up to 1,000
 * events wait here, and then the feed does.
 */
import { BoundedQueue } from '../../common/bounded-queue.ts';
import type { Position } from './position.ts';
import type { News } from './watcher.ts';
import { deliver, type WebhookOptions } from './webhook.ts';

/** Some 2 MB: enough to go on printing for a while. */
const WAITING_MAX = 1_000;

interface Waiting {
  /** The position that is reached with it; undefined: the feed didn't bring it. */
  readonly reached: string | undefined;
  /** Undefined: nothing to tell, only the position moves. */
  readonly news: News | undefined;
}

export class Deliveries {
  readonly #webhook: WebhookOptions | undefined;
  readonly #position: Position;
  readonly #waiting = new BoundedQueue<Waiting>(WAITING_MAX);
  #running: Promise<void> | undefined;
  #busy = false;
  #wake: (() => void) | undefined;
  #failed: unknown;
  #stopped = false;

  constructor(webhook: WebhookOptions | undefined, position: Position) {
    this.#webhook = webhook;
    this.#position = position;
  }

  /** Takes an event, or waits until there is room. @throws CliError FILE_WRITE */
  async add(waiting: Waiting): Promise<void> {
    while (!this.#stopped && !this.#waiting.push(waiting)) await this.#oneLess();
    // What was not taken is the first that the next watch tells: nothing behind it may move on.
    if (!this.#busy && !this.#stopped) {
      this.#busy = true;
      this.#running = this.#run();
    }
    if (this.#webhook === undefined) await this.#running;
    if (this.#failed !== undefined) throw this.#failed;
  }

  /** Until all that was added is delivered. @throws CliError FILE_WRITE */
  async done(): Promise<void> {
    await this.#running;
    if (this.#failed !== undefined) throw this.#failed;
  }

  #oneLess(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #run(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        this.#wake?.();
        const { reached, news } = next;
        if (news !== undefined && this.#webhook !== undefined) {
          const taken = await deliver(this.#webhook, news.id, JSON.stringify(news));
          this.#stopped = !taken;
          if (!taken) return;
        }
        if (reached !== undefined) await this.#position.reach(reached, news !== undefined);
      }
    } catch (error) {
      this.#failed = error;
      this.#stopped = true;
    } finally {
      this.#busy = false;
      this.#wake?.();
    }
  }
}
