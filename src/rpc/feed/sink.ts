/** Where a client's events go: a stream of server-sent events, or a subscription on a socket. */
import type { Writable } from 'node:stream';
import { eventLines, eventText, type FeedItem } from './source.ts';

/** Blocks that are too many to send again. */
export interface FeedGap {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface FeedSink {
  /** Bytes that wait to be sent. */
  readonly buffered: number;
  /** At least one, of one block; the connection joins what is written at a stretch. */
  events(items: readonly FeedItem[]): void;
  /** One that carries no id. */
  live(topic: string, json: string): void;
  gap(gap: FeedGap): void;
  /** @param reached the newest event looked at, where the client was not told it yet */
  ping(reached: string | undefined): void;
  /** Says why, and ends. */
  close(reason: string): void;
  /** `drain`: there is room again; `end`: nobody reads any more. */
  listen(on: { drain(): void; end(): void }): void;
}

/** Time for the goodbye to get through. */
const CLOSE_MS = 1_000;

/** As bytes: a thousand clients that want the same share them. */
const texts = new WeakMap<readonly FeedItem[], Buffer>();

function textOf(items: readonly FeedItem[]): Buffer {
  const known = texts.get(items);
  if (known !== undefined) return known;
  const made = Buffer.from(items.map(({ text }) => text).join(''));
  texts.set(items, made);
  return made;
}

/**
 * Server-sent events (HTML standard, section 9.2). Node sends what a response writes in one go of
 * the event loop by one call of the system; corked, it would take three for each write.
 */
export function eventStream(socket: Writable): FeedSink {
  return {
    get buffered() {
      return socket.writableLength;
    },
    events: (items) => void socket.write(textOf(items)),
    live: (topic, json) => void socket.write(eventLines(topic, json)),
    gap: (gap) => void socket.write(eventText('gap', gap)),
    ping: (reached) => {
      const id = reached === undefined ? '' : `id: ${reached}\n`;
      socket.write(`: ping\n${id}\n`);
    },
    close: (reason) => {
      // Comments don't reach EventSource clients; the event does.
      socket.end(`: closed: ${reason}\n${eventText('closed', { reason })}`);
      // Who does not read gets no goodbye either.
      setTimeout(() => socket.destroy(), CLOSE_MS).unref();
    },
    listen: ({ drain, end }) => {
      socket.on('drain', drain);
      socket.on('close', end);
      socket.on('error', end);
    },
  };
}
