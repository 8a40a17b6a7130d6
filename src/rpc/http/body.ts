/** Bodies of JSON-RPC: of the right type, bounded in size, as text. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BODY_BYTES_MAX } from '../limits.ts';
import type { RejectedReason } from '../metrics.ts';
import { answerError } from './answer.ts';

/** With any parameters; JSON is UTF-8, whatever a charset says (RFC 8259, section 8.1). */
const TYPES = /^application\/json(-rpc)?\s*(;|$)/i;
const UNSUPPORTED = 415;
const TOO_LARGE = 413;

export type OnRejected = (reason: RejectedReason) => void;

/** Gives the whole body, or answers why it won't; a sender that goes away is heard of no more. */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { onRejected, onBody }: { onRejected: OnRejected; onBody: (body: string) => void },
): void {
  const { 'content-type': type, 'content-length': length } = request.headers;
  const isEmpty = length === undefined && request.headers['transfer-encoding'] === undefined;
  if (!isEmpty && !TYPES.test(type ?? '')) {
    onRejected('content_type');
    const message = 'the content type must be application/json';
    response.setHeader('connection', 'close');
    answerError(response, UNSUPPORTED, 'INVALID_REQUEST', { code: 'CONTENT_TYPE', message });
    return;
  }
  const tooLarge = (): void => {
    onRejected('body_too_large');
    // The rest of it won't be read.
    response.setHeader('connection', 'close');
    const message = `a request body has at most ${BODY_BYTES_MAX} bytes`;
    answerError(response, TOO_LARGE, 'LIMIT_EXCEEDED', { code: 'BODY_TOO_LARGE', message });
  };
  if (Number(length) > BODY_BYTES_MAX) tooLarge();
  else readParts(request, { tooLarge, onBody });
}

function readParts(
  request: IncomingMessage,
  { tooLarge, onBody }: { tooLarge: () => void; onBody: (body: string) => void },
): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  const onPart = (part: Buffer): void => {
    bytes += part.length;
    if (bytes <= BODY_BYTES_MAX) {
      parts.push(part);
      return;
    }
    request.off('data', onPart).off('end', onEnd);
    tooLarge();
  };
  const onEnd = (): void => {
    const [first] = parts;
    // Decoded at once: a character may lie across two parts.
    onBody((parts.length === 1 && first ? first : Buffer.concat(parts)).toString());
  };
  request.on('data', onPart).on('end', onEnd);
}
