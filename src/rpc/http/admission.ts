/**
 * How much may be under way at once: requests, and the bytes of bodies that are being read. Looked
 * at before a body is read, so that senders of many large ones cannot fill the memory.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BODIES_BYTES_MAX, BODY_BYTES_MAX, REQUESTS_MAX, SKIPPED_BYTES_MAX } from '../limits.ts';

export interface AdmissionOptions {
  readonly requestsMax?: number;
  /** Hears of every change. */
  onRequests(count: number): void;
}

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #told = new WeakMap<object, number>();
  #requests = 0;
  #bytes = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Lets a request of so many bytes in; gives what ends it, or undefined: there is no room. */
  enter(bytes: number): (() => void) | undefined {
    const full = this.#requests >= (this.#options.requestsMax ?? REQUESTS_MAX);
    if (full || this.#bytes + bytes > BODIES_BYTES_MAX) return undefined;
    this.#add(1, bytes);
    return () => this.#add(-1, -bytes);
  }

  /** Notes until when a connection was told to wait, in ms of `performance.now()`. */
  refused(connection: object, until: number): void {
    this.#told.set(connection, until);
  }

  /** By how many ms a connection is back too early. */
  earlyBy(connection: object, now: number): number {
    return Math.max(0, (this.#told.get(connection) ?? 0) - now);
  }

  #add(requests: number, bytes: number): void {
    this.#requests += requests;
    this.#bytes += bytes;
    this.#options.onRequests(this.#requests);
  }
}

/**
 * Tells who is refused when to come back, in seconds. Its body has not been read: a small one is
 * read past, which costs half of what a new connection would; a large one ends the connection.
 */
export function comeBackIn(
  seconds: number,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): void {
  response.setHeader('retry-after', seconds);
  const bytes = method === 'GET' ? 0 : Number(headers['content-length'] ?? Number.NaN);
  if (!(bytes <= SKIPPED_BYTES_MAX)) response.setHeader('connection', 'close');
}

/** What the body may take: as declared, else the most; one that is too large is never read. */
export function bodyBytes({ headers, method }: IncomingMessage): number {
  if (method === 'GET') return 0;
  const declared = Number(headers['content-length'] ?? Number.NaN);
  if (Number.isNaN(declared)) return BODY_BYTES_MAX;
  return declared > BODY_BYTES_MAX ? 0 : declared;
}
