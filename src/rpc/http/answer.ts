/** Answers that need no framework: what a gate refuses, and all of JSON-RPC. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorText } from '../dispatcher.ts';
import { errorObject, type RefusalDetails } from '../refusal.ts';
import type { RpcErrorName } from '../schema/errors.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Looks at a request before anything else does.
 *
 * @returns whether it may go on; if not, it has been answered
 */
export type Check = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Ends with a text; the headers set so far go with it. */
export function answerText(response: ServerResponse, status: number, text: string): void {
  const headers = ['content-type', JSON_TYPE, 'content-length', `${Buffer.byteLength(text)}`];
  response.writeHead(status, headers).end(text);
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
