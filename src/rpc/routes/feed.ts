/** `GET /api/v1/events`: the feed as server-sent events. */
import type { FastifyInstance } from 'fastify';
import type { Feed } from '../feed/feed.ts';
import { readFeedRequest } from '../feed/request.ts';
import { sendError } from '../http/listen.ts';
import type { RouteParts } from './json-rpc.ts';

/** Full feeds empty slowly. */
const FEED_RETRY_AFTER_SECONDS = 10;

export function routeFeed(
  app: FastifyInstance,
  feed: Feed,
  { gate, metrics }: Pick<RouteParts, 'gate' | 'metrics'>,
): void {
  app.get('/api/v1/events', { exposeHeadRoute: false }, async (request, reply) => {
    if (!gate.mayRead(request.raw)) {
      gate.refuse(reply.raw);
      return reply.hijack();
    }
    if (feed.full) {
      metrics.rejected.inc({ reason: 'feed_full' });
      reply.header('retry-after', FEED_RETRY_AFTER_SECONDS);
      const message = 'the feed has all the clients it can take';
      return sendError(reply, 503, 'LIMIT_EXCEEDED', { code: 'BUSY', message, retryable: true });
    }
    const query = new URL(request.url, 'http://node').searchParams;
    const lastEventId = request.headers['last-event-id'];
    const wanted = readFeedRequest(
      query,
      typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
    );
    if (!wanted.ok) {
      return sendError(reply, 400, 'INVALID_PARAMS', { message: wanted.message });
    }
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    feed.serve(wanted.value, request.raw, reply.raw);
  });
}
