/**
 * JSON-RPC 2.0 (https://www.jsonrpc.org/specification): from a body to the text of its answer.
 * Never throws: whatever a handler does, the caller gets an error object. All bytes of an answer
 * count against the cap, errors included.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { TObject } from 'typebox';
import { ZtcError } from '../common/errors.ts';
import type { PrunedError } from '../state/ledger.ts';
import type { Turns } from './http/turns.ts';
import { BATCH_ITEMS_MAX, RESPONSE_BYTES_MAX } from './limits.ts';
import type { RpcMetrics } from './metrics.ts';
import { type ParameterCheck, parameterCheck } from './parameters.ts';
import { errorObject, Refusal, refuse } from './refusal.ts';
import type { RpcErrorObject } from './schema/errors.ts';

/** Methods by name: parameters as data, and what answers. */
export type MethodTable = {
  readonly [name: string]: {
    readonly params: TObject;
    readonly handle: (params: never, session: CallSession) => unknown;
  };
};

/** What a body's calls have in common beside their text. */
export interface CallSession {
  /** Whether this caller gets an answer of the method. */
  allows(method: string): boolean;
  /** How many calls the body holds, before they are carried out. */
  onCalls?(count: number): void;
  /** Where it is a connection that events can be sent on. */
  readonly subscriptions?: Subscriptions;
}

/** The subscriptions of one connection. */
export interface Subscriptions {
  /** @throws Refusal */
  subscribe(request: object): string;
  /** Whether there was one. */
  unsubscribe(id: string): boolean;
}

/** A caller that may do all, and hears of nothing. */
export const OPEN_SESSION: CallSession = { allows: () => true };

export interface DispatcherOptions {
  readonly methods: MethodTable;
  /** Of whoever calls: what long batches pass between two items. */
  readonly turns: Turns;
  readonly metrics: RpcMetrics;
  readonly log: Logger;
}

export interface Dispatch {
  /** Answers one body; undefined when it held notifications only. */
  (body: string, session?: CallSession): Promise<string | undefined>;
  /** The result of one call that came otherwise than as a body, as JSON, or why there is none. */
  result(method: string, params: object, session: CallSession): Promise<string | Refusal>;
}

const MS_PER_SECOND = 1_000;

type Id = string | number | null;

interface Call {
  /** Undefined: a notification. */
  readonly id: Id | undefined;
  readonly method: string;
  readonly params: unknown;
}

interface Method {
  readonly check: ParameterCheck;
  readonly handle: (params: never, session: CallSession) => unknown;
}

/** All that answering one message needs. */
interface Answering extends DispatcherOptions {
  readonly table: ReadonlyMap<string, Method>;
  readonly session: CallSession;
  readonly budget: Budget;
}

export function createDispatcher(options: DispatcherOptions): Dispatch {
  const table = new Map<string, Method>(
    Object.entries(options.methods).map(([name, { params, handle }]) => [
      name,
      { check: parameterCheck(params), handle },
    ]),
  );
  const answeringFor = (session: CallSession): Answering => {
    return { ...options, table, session, budget: new Budget(RESPONSE_BYTES_MAX) };
  };
  const dispatch = async (body: string, session = OPEN_SESSION): Promise<string | undefined> => {
    const parsed = parse(body);
    const answering = answeringFor(session);
    if (parsed instanceof Refusal) return unreadable(answering, parsed.error);
    if (!Array.isArray(parsed)) {
      session.onCalls?.(1);
      return await answerOne(answering, parsed);
    }
    const fault = batchFault(parsed);
    if (fault !== undefined) return unreadable(answering, fault);
    session.onCalls?.(parsed.length);
    return await answerBatch(answering, parsed);
  };
  const result: Dispatch['result'] = async (method, params, session) =>
    resultOf(answeringFor(session), method, params);
  return Object.assign(dispatch, { result });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return new Refusal('PARSE_ERROR');
  }
}

function batchFault(batch: readonly unknown[]): RpcErrorObject | undefined {
  if (batch.length === 0) {
    return errorObject('INVALID_REQUEST', { message: 'a batch holds at least one request' });
  }
  if (batch.length <= BATCH_ITEMS_MAX) return undefined;
  const message = `${batch.length} requests where a batch may hold ${BATCH_ITEMS_MAX}`;
  return errorObject('LIMIT_EXCEEDED', { code: 'BATCH_TOO_LARGE', message });
}

/** What may be there already: a promise for each call and step is half the price of a call. */
type Soon<T> = T | Promise<T>;

function then<T, U>(value: Soon<T>, next: (value: T) => U): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Starts all items in order, so that waiting ones wait together; others get turns in between. */
async function answerBatch(
  answering: Answering,
  batch: readonly unknown[],
): Promise<string | undefined> {
  const answers: Soon<string | undefined>[] = [];
  for (const message of batch) {
    answers.push(answerOne(answering, message));
    // No wait where none is due: what is asked in one turn is checked together.
    const turn = answering.turns.goOn();
    if (turn !== undefined) await turn;
  }
  const texts = (await Promise.all(answers)).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : `[${texts.join(',')}]`;
}

/** What one answer may still hold. */
class Budget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Whether there is room for `text`, which is then used up. */
  take(text: string): boolean {
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}

function answerOne(answering: Answering, message: unknown): Soon<string | undefined> {
  const call = readCall(message);
  if (call instanceof Refusal) return unreadable(answering, call.error);
  const { id } = call;
  return then(resultOf(answering, call.method, call.params), (outcome) => {
    if (id === undefined) return undefined;
    if (!(outcome instanceof Refusal)) {
      return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${outcome}}`;
    }
    const text = errorText(outcome.error, id);
    answering.budget.take(text);
    return text;
  });
}

/** Carries a call out, takes what its result needs of the budget, and counts it. */
function resultOf(answering: Answering, asked: string, params: unknown): Soon<string | Refusal> {
  const { metrics, budget } = answering;
  const method = answering.table.get(asked);
  const name = method === undefined ? 'unknown' : asked;
  const began = performance.now();
  return then(run(method, asked, params, answering), (outcome) => {
    metrics.seconds.observe({ method: name }, (performance.now() - began) / MS_PER_SECOND);
    const isRefused = outcome instanceof Refusal;
    const result = isRefused || budget.take(outcome) ? outcome : tooLarge();
    if (!(result instanceof Refusal)) metrics.served.add(name);
    else metrics.requests.inc({ method: name, code: result.error.data.code });
    return result;
  });
}

function tooLarge(): Refusal {
  return new Refusal('LIMIT_EXCEEDED', {
    code: 'RESPONSE_TOO_LARGE',
    message: `the answers together exceed ${RESPONSE_BYTES_MAX} bytes`,
    hint: 'ask for less at once',
  });
}

/** The result as JSON text, or why there is none. */
function run(
  method: Method | undefined,
  name: string,
  params: unknown,
  answering: Answering,
): Soon<string | Refusal> {
  try {
    if (method === undefined) {
      refuse('METHOD_NOT_FOUND', { hint: 'rpc.discover lists all methods' });
    }
    if (!answering.session.allows(name)) {
      refuse('UNAUTHORIZED', { hint: 'send Authorization: Bearer and a token of this node' });
    }
    const checked = method.check(params);
    if (!checked.ok) {
      const { message, field } = checked;
      refuse('INVALID_PARAMS', { message, ...(field === undefined ? {} : { field }) });
    }
    const result = method.handle(checked.value as never, answering.session);
    if (!(result instanceof Promise)) return jsonOf(result);
    return result.then(jsonOf).catch((error: unknown) => failed(error, name, answering));
  } catch (error) {
    return failed(error, name, answering);
  }
}

function jsonOf(result: unknown): string {
  return JSON.stringify(result ?? null);
}

function failed(error: unknown, method: string, { log }: Answering): Refusal {
  if (error instanceof Refusal) return error;
  if (isPruned(error)) return pruned(error);
  const id = randomUUID();
  log.error({ err: error, id, method }, 'a handler failed');
  return new Refusal('INTERNAL_ERROR', { id });
}

function isPruned(error: unknown): error is PrunedError {
  return error instanceof ZtcError && error.code === 'PRUNED';
}

/** Whatever method came upon it: what is asked for was here once. */
function pruned({ code, message, hint = '', oldest }: PrunedError): Refusal {
  return new Refusal('NOT_FOUND', { code, message, hint, oldest });
}

/** What is no request, or no batch, has no id to be answered under. */
function unreadable({ metrics, budget }: Answering, error: RpcErrorObject): string {
  metrics.requests.inc({ method: 'unknown', code: error.data.code });
  const text = errorText(error);
  budget.take(text);
  return text;
}

/** A whole answer that holds an error. */
export function errorText(error: RpcErrorObject, id: Id = null): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}

/** Reads one request object; extra members are ignored, as others send some. */
function readCall(message: unknown): Call | Refusal {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return new Refusal('INVALID_REQUEST');
  }
  const { jsonrpc, id, method, params } = message as Record<string, unknown>;
  const idFits = id === undefined || id === null || typeof id === 'string' || isNumber(id);
  const paramsFit = params === undefined || (typeof params === 'object' && params !== null);
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !idFits || !paramsFit) {
    return new Refusal('INVALID_REQUEST');
  }
  return { id, method, params };
}

function isNumber(id: unknown): id is number {
  return typeof id === 'number' && Number.isFinite(id);
}
