/** `POST /` and `/rpc`; other methods there are told so. */
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
} from 'fastify';
import type { CallSession, Dispatch } from '../dispatcher.ts';
import { type Admission, bodyBytes, comeBackIn } from '../http/admission.ts';
import type { Gate } from '../http/gate.ts';
import { sendError } from '../http/listen.ts';
import type { Turns } from '../http/turns.ts';
import { RATE_CALL_BYTES } from '../limits.ts';
import type { RpcMetrics } from '../metrics.ts';
import { METHODS } from '../schema/index.ts';
import type { MethodSchema } from '../schema/method.ts';

/** What all routes of the public listener share. */
export interface RouteParts {
  readonly dispatch: Dispatch;
  readonly gate: Gate;
  readonly admission: Admission;
  readonly turns: Turns;
  readonly metrics: RpcMetrics;
}

const RETRY_AFTER_SECONDS = 1;
const MS_PER_SECOND = 1_000;
const BUSY = 503;

/** What is answered to everybody, token or not. */
const OPEN = new Set(
  Object.entries<MethodSchema>(METHODS).flatMap(([name, { open }]) => (open ? [name] : [])),
);

/** A client's calls: what it may ask, and that each counts. */
export function sessionOf(gate: Gate, request: FastifyRequest, bytes = 0): CallSession {
  const reads = gate.mayRead(request);
  return {
    allows: (method) => reads || OPEN.has(method),
    onCalls: (count) =>
      gate.charge(request, Math.max(count, Math.ceil(bytes / RATE_CALL_BYTES)) - 1),
  };
}

/**
 * The hook that turns away what there is no room for. Who is back before the time that it was told,
 * and finds none, waits for the rest of it here: else refusing a crowd that keeps asking would be
 * all that a node does.
 */
export function admitHook({ admission, metrics }: Pick<RouteParts, 'admission' | 'metrics'>) {
  const refuse = (request: FastifyRequest, reply: FastifyReply): void => {
    metrics.rejected.inc({ reason: 'busy' });
    admission.refused(request.socket, performance.now() + MS_PER_SECOND * RETRY_AFTER_SECONDS);
    comeBackIn(RETRY_AFTER_SECONDS, request, reply);
    const message = 'the node is busy';
    sendError(reply, BUSY, 'LIMIT_EXCEEDED', { code: 'BUSY', message, retryable: true });
  };
  const enter = (request: FastifyRequest, reply: FastifyReply, next: () => void): boolean => {
    const leave = admission.enter(bodyBytes(request));
    if (leave === undefined) return false;
    reply.raw.once('close', leave);
    next();
    return true;
  };
  const enterLate = (request: FastifyRequest, reply: FastifyReply, next: () => void): void => {
    // Gone while it waited: nothing would tell us to give its place back.
    if (!reply.raw.destroyed && !enter(request, reply, next)) refuse(request, reply);
  };
  return (request: FastifyRequest, reply: FastifyReply, next: HookHandlerDoneFunction): void => {
    if (enter(request, reply, next)) return;
    const earlyMs = admission.earlyBy(request.socket, performance.now());
    if (earlyMs > 0) setTimeout(enterLate, earlyMs, request, reply, next);
    else refuse(request, reply);
  };
}

export function routeRpc(app: FastifyInstance, parts: RouteParts): void {
  const { dispatch, gate, turns, metrics } = parts;
  const onRequest = admitHook(parts);
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const body = typeof request.body === 'string' ? request.body : '';
    await turns.take();
    const text = await dispatch(body, sessionOf(gate, request, body.length));
    reply.header('cache-control', 'no-store');
    if (text === undefined) return reply.code(204).send();
    return reply.type('application/json; charset=utf-8').send(text);
  };
  const wrongMethod = async (_request: FastifyRequest, reply: FastifyReply) => {
    metrics.rejected.inc({ reason: 'method' });
    reply.header('allow', 'POST');
    const message = 'JSON-RPC takes POST with a JSON body';
    return sendError(reply, 405, 'INVALID_REQUEST', { code: 'HTTP_METHOD', message });
  };
  const others = ['PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  for (const url of ['/', '/rpc']) app.route({ method: 'POST', url, onRequest, handler });
  app.route({ method: others, url: '/', handler: wrongMethod });
  app.route({ method: ['GET', ...others], url: '/rpc', handler: wrongMethod });
}
