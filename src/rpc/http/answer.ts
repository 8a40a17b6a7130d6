/** Answers that need no framework: what a gate refuses, and all of JSON-RPC. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorText } from '../dispatcher.ts';
import { errorObject, type RefusalDetails } from '../refusal.ts';
import type { RpcErrorName } from '../schema/errors.ts';
import { SECURITY_HEADERS } from './headers.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Looks at a request before anything else does.
 *
 * @returns whether it may go on; if not, it has been answered
 */
export type Check = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Names and values in turns, as `writeHead` takes them: set one by one they cost twice as much. */
type Headers = readonly string[];

const STANDING: Headers = Object.entries(SECURITY_HEADERS).flat();
const JSON_HEADERS: Headers = [...STANDING, 'content-type', JSON_TYPE];

/** Ends with a text; headers that were set go with it, and those given here. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Headers = [],
): void {
  const length = ['content-length', `${Buffer.byteLength(text)}`];
  response.writeHead(status, [...JSON_HEADERS, ...headers, ...length]).end(text);
}

/** Ends without a body. */
export function answerNothing(response: ServerResponse, headers: Headers): void {
  response.writeHead(204, [...STANDING, ...headers]).end();
}

/** A transport error with a JSON-RPC body, so that RPC clients can read it too. */
export function answerError(
  response: ServerResponse,
  status: number,
  name: RpcErrorName,
  details: RefusalDetails,
): void {
  answerText(response, status, errorText(errorObject(name, details)));
}
