/**
 * `GET /api/v1/METHOD?name=value`: the methods whose answers never change, or don't as of a height,
 * for caches between node and reader (RFC 9111). The body is the result alone.
 */
import { createHash } from 'node:crypto';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
} from 'fastify';
import type { TObject } from 'typebox';
import { errorText } from '../dispatcher.ts';
import { sendError } from '../http/listen.ts';
import { Refusal } from '../refusal.ts';
import { METHODS } from '../schema/index.ts';
import type { MethodSchema } from '../schema/method.ts';
import { admit, type RouteParts, sessionOf } from './json-rpc.ts';

const YEAR_SECONDS = 31_536_000;
const FOR_GOOD = `public, max-age=${YEAR_SECONDS}, immutable`;
/** Where a token was needed, other people's caches must not answer in the node's place. */
const FOR_ONE = `private, max-age=${YEAR_SECONDS}, immutable`;
const NOT_FOUND = 404;
const BAD_REQUEST = 400;
/** Enough of a hash to tell two answers apart. */
const ETAG_CHARACTERS = 24;

/** @param head the height of the newest final block */
export function routeReads(app: FastifyInstance, parts: RouteParts, head: () => number): void {
  const onRequest = (
    { raw }: FastifyRequest,
    reply: FastifyReply,
    next: HookHandlerDoneFunction,
  ): void => admit(parts, raw, reply.raw, next);
  for (const [name, method] of Object.entries<MethodSchema>(METHODS)) {
    if (method.immutable === undefined) continue;
    const url = `/api/v1/${name}`;
    app.get(url, { onRequest }, (request, reply) =>
      answer(parts, { name, method, head: head() }, request, reply),
    );
  }
}

interface Asked {
  readonly name: string;
  readonly method: MethodSchema;
  /** Before anything was read. */
  readonly head: number;
}

async function answer(
  { dispatch, gate, turns }: RouteParts,
  { name, method, head }: Asked,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (method.open !== true && !gate.mayRead(request.raw)) {
    gate.refuse(reply.raw);
    return reply.hijack();
  }
  const params = readQuery(method.params, new URL(request.url, 'http://node').searchParams);
  await turns.take();
  const result = await dispatch.result(name, params, sessionOf(gate, request.raw));
  reply.header('cache-control', 'no-store').type('application/json; charset=utf-8');
  if (result instanceof Refusal) {
    const { error } = result;
    const status = error.data.code === 'INVALID_PARAMS' ? BAD_REQUEST : NOT_FOUND;
    return reply.code(status).send(errorText(error));
  }
  if (result === 'null') {
    const message = 'there is no such thing yet';
    return sendError(reply, NOT_FOUND, 'NOT_FOUND', { message });
  }
  if (!isFixed(method, params, head)) return reply.send(result);
  const hash = createHash('sha256').update(result).digest('base64url');
  const etag = `"${hash.slice(0, ETAG_CHARACTERS)}"`;
  const isAnyone = gate.clientOf(request.raw).holder === undefined;
  reply.header('etag', etag).header('cache-control', isAnyone ? FOR_GOOD : FOR_ONE);
  return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.send(result);
}

/** What is said as of the head, or proven from the newest header, will be said differently. */
function isFixed(
  { immutable }: MethodSchema,
  params: { readonly [name: string]: unknown },
  head: number,
): boolean {
  if (immutable === 'always') return true;
  const { height, prove } = params;
  return typeof height === 'number' && height < head && prove !== true;
}

/** Text as what the schema wants; what it doesn't know is left as it is, and refused there. */
function readQuery(schema: TObject, query: URLSearchParams): { [name: string]: unknown } {
  return Object.fromEntries(
    [...query].map(([name, text]) => [name, typed(text, schema.properties[name])]),
  );
}

/** Numbers are written as digits only where one may stand. */
function typed(text: string, schema: object | undefined): unknown {
  const kinds = JSON.stringify(schema ?? {});
  if (kinds.includes('"type":"integer"') && /^\d{1,16}$/.test(text)) return Number(text);
  if (kinds.includes('"type":"boolean"') && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}
