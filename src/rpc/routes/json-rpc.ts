/** `POST /` and `/rpc`; other methods there are told so. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { CallSession, Dispatch } from '../dispatcher.ts';
import { type Admission, bodyBytes, comeBackIn } from '../http/admission.ts';
import { answerError, answerNothing, answerText } from '../http/answer.ts';
import { type OnRejected, readBody } from '../http/body.ts';
import type { Gate } from '../http/gate.ts';
import { type RpcListener, sendError } from '../http/listen.ts';
import type { Turns } from '../http/turns.ts';
import { LATE_BODY_BYTES_MAX, RATE_CALL_BYTES } from '../limits.ts';
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

const NOT_STORED = ['cache-control', 'no-store'];
const RETRY_AFTER_SECONDS = 1;
const MS_PER_SECOND = 1_000;
const BUSY = 503;

/** What is answered to everybody, token or not. */
const OPEN = new Set(
  Object.entries<MethodSchema>(METHODS).flatMap(([name, { open }]) => (open ? [name] : [])),
);

/** A client's calls: what it may ask, and that each counts. */
export function sessionOf(gate: Gate, request: IncomingMessage, bytes = 0): CallSession {
  const reads = gate.mayRead(request);
  return {
    allows: (method) => reads || OPEN.has(method),
    onCalls: (count) =>
      gate.charge(request, Math.max(count, Math.ceil(bytes / RATE_CALL_BYTES)) - 1),
  };
}

/**
 * Turns away what there is no room for. Who is back before the time that it was told, and finds
 * none, waits for the rest of it here: else refusing a crowd that keeps asking would be all that a
 * node does.
 */
export function admit(
  { admission, turns, metrics }: Pick<RouteParts, 'admission' | 'turns' | 'metrics'>,
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  const enter = (): boolean => {
    const bytes = bodyBytes(request);
    const isLate = turns.isLate && bytes > LATE_BODY_BYTES_MAX;
    const leave = isLate ? undefined : admission.enter(bytes);
    if (leave === undefined) return false;
    response.once('close', leave);
    next();
    return true;
  };
  const refuse = (): void => {
    metrics.rejected.inc({ reason: 'busy' });
    admission.refused(request.socket, performance.now() + MS_PER_SECOND * RETRY_AFTER_SECONDS);
    comeBackIn(RETRY_AFTER_SECONDS, request, response);
    const message = 'the node is busy';
    answerError(response, BUSY, 'LIMIT_EXCEEDED', { code: 'BUSY', message, retryable: true });
  };
  const enterLate = (): void => {
    // Who has gone meanwhile would never leave.
    if (!response.destroyed && !enter()) refuse();
  };
  if (enter()) return;
  const earlyMs = admission.earlyBy(request.socket, performance.now());
  if (earlyMs > 0) setTimeout(enterLate, earlyMs);
  else refuse();
}

export const RPC_PATHS = ['/', '/rpc'];

/** Answers JSON-RPC on the public listener. */
export function rpcListener(parts: RouteParts, heard: Heard): RpcListener {
  const { dispatch, gate, turns } = parts;
  return (request, response) => {
    const answer = async (body: string): Promise<string | undefined> => {
      const turn = turns.take();
      if (turn !== undefined) await turn;
      return await dispatch(body, sessionOf(gate, request, body.length));
    };
    admit(parts, request, response, () => answerBody(request, response, { ...heard, answer }));
  };
}

interface Heard {
  readonly log: Logger;
  readonly onRejected: OnRejected;
}

/** Reads a body and sends what `answer` makes of it; undefined: it held notifications only. */
export function answerBody(
  request: IncomingMessage,
  response: ServerResponse,
  given: Heard & { readonly answer: (body: string) => Promise<string | undefined> },
): void {
  const { log, onRejected, answer } = given;
  const onBody = async (body: string): Promise<void> => {
    const text = await answer(body);
    if (text === undefined) answerNothing(response, NOT_STORED);
    else answerText(response, 200, text, NOT_STORED);
  };
  const failed = (error: unknown): void => {
    log.error({ err: error }, 'JSON-RPC failed');
    if (!response.headersSent) answerError(response, 500, 'INTERNAL_ERROR', {});
  };
  readBody(request, response, { onRejected, onBody: (body) => void onBody(body).catch(failed) });
}

/** Tells other methods so. */
export function routeRpc(app: FastifyInstance, { metrics }: Pick<RouteParts, 'metrics'>): void {
  const wrongMethod = async (_request: FastifyRequest, reply: FastifyReply) => {
    metrics.rejected.inc({ reason: 'method' });
    reply.header('allow', 'POST');
    const message = 'JSON-RPC takes POST with a JSON body';
    return sendError(reply, 405, 'INVALID_REQUEST', { code: 'HTTP_METHOD', message });
  };
  const others = ['PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  app.route({ method: others, url: '/', handler: wrongMethod });
  app.route({ method: ['GET', ...others], url: '/rpc', handler: wrongMethod });
}
