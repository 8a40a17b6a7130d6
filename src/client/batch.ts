/**
 * Calls that are made at once go as one JSON-RPC batch: an exchange over HTTP costs both sides more
 * than most answers. Small batches, so that a node answers one while we read another.
 */
import { TransportError } from './errors.ts';
import { type PostOptions, post } from './http.ts';

/** More would have the two sides wait for each other. */
const ITEMS_MAX = 8;

interface Request {
  readonly id: number;
}

interface Item {
  readonly request: Request;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export type Post = (url: string, request: Request, signal?: AbortSignal) => Promise<unknown>;

/** Posts like `post`; what is asked of one node in one turn of the event loop goes together. */
export function batching(options: Omit<PostOptions, 'signal'>): Post {
  const waiting = new Map<string, Item[]>();
  const flush = (url: string): void => {
    const items = waiting.get(url) ?? [];
    waiting.delete(url);
    if (items.length > 0) send(url, items, options);
  };
  return (url, request, signal) =>
    new Promise((resolve, reject) => {
      const items = waiting.get(url) ?? [];
      if (items.length === 0) setTimeout(flush, 0, url);
      items.push({ request, signal, resolve, reject });
      waiting.set(url, items);
      if (items.length >= ITEMS_MAX) flush(url);
    });
}

/** Who is interrupted waits no longer; once nobody waits, the request ends. */
function send(url: string, items: readonly Item[], options: Omit<PostOptions, 'signal'>): void {
  const controller = new AbortController();
  let left = items.length;
  const stops = items.map((item) => () => {
    item.reject(new TransportError('INTERRUPTED', url, 'interrupted'));
    left--;
    if (left === 0) controller.abort();
  });
  for (const [i, { signal }] of items.entries()) {
    const stop = stops[i] as () => void;
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  }
  const requests = items.map(({ request }) => request);
  const body = requests.length === 1 ? (requests[0] as Request) : requests;
  post(url, body, { ...options, signal: controller.signal })
    .then(
      (answer) => give(items, answer),
      (error: unknown) => {
        for (const { reject } of items) reject(error);
      },
    )
    .finally(() => {
      for (const [i, { signal }] of items.entries()) {
        signal?.removeEventListener('abort', stops[i] as () => void);
      }
    });
}

/** One answer to all of them is an error, or a lone one's; who got none hears of that. */
function give(items: readonly Item[], answer: unknown): void {
  const byId = Array.isArray(answer)
    ? new Map(answer.map((each: unknown) => [Object(each).id as unknown, each]))
    : undefined;
  for (const { request, resolve } of items) {
    resolve(byId === undefined ? answer : (byId.get(request.id) ?? {}));
  }
}
