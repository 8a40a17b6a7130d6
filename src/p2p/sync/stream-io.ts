/** Awaiting a stream's frames and its room, with an end to patience. */
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import { Uint8ArrayList } from 'uint8arraylist';
import { FrameReader } from '../frames.ts';

/** Why reading or writing a stream came to nothing. */
export type StreamCode = 'FRAME_EMPTY' | 'FRAME_TOO_LARGE' | 'STREAM_BROKEN' | 'STREAM_TRUNCATED';

export class StreamFailure extends Error {
  readonly code: StreamCode;
  constructor(code: StreamCode) {
    super(code);
    this.code = code;
  }
}

/**
 * Calls `frame` with every frame until the other end closes; resolves true then, or as soon as
 * `frame` answers true. Rejects with `StreamFailure`, or with what `signal` gives.
 */
export function readFrames(
  stream: Stream,
  options: {
    readonly bytesMax: number;
    readonly signal: AbortSignal;
    readonly frame: (message: Uint8Array) => boolean;
  },
): Promise<void> {
  const reader = new FrameReader(options.bytesMax);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const message = ({ data }: StreamMessageEvent): void => {
    const messages = reader.read(data);
    try {
      if (!messages.ok) throw new StreamFailure(messages.code);
      if (messages.value.some(options.frame)) resolve();
    } catch (error) {
      reject(error);
    }
  };
  const end = (): void => {
    if (reader.pending > 0) reject(new StreamFailure('STREAM_TRUNCATED'));
    else resolve();
  };
  const closed = (event: StreamCloseEvent): void => {
    if (event.error === undefined) end();
    else reject(new StreamFailure('STREAM_BROKEN'));
  };
  const aborted = (): void => reject(options.signal.reason);
  options.signal.addEventListener('abort', aborted);
  stream.addEventListener('message', message);
  stream.addEventListener('end', end);
  stream.addEventListener('close', closed);
  if (stream.readableEnded) end();
  return promise.finally(() => {
    options.signal.removeEventListener('abort', aborted);
    stream.removeEventListener('message', message);
    stream.removeEventListener('end', end);
    stream.removeEventListener('close', closed);
  });
}

/** What a bulk answer puts before consensus messages on the same connection, at most. */
const PIECE_BYTES = 64 * 1024;

/**
 * Sends frames no faster than the other end takes them. Small ones go together: each piece costs
 * both ends an encryption, a system call and an update of the window, whatever its size.
 */
export async function writeFrames(
  stream: Stream,
  frames: Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const pending = new Uint8ArrayList();
  for (const frame of frames) {
    pending.append(frame);
    while (pending.byteLength >= PIECE_BYTES) await writePiece(stream, pending, signal);
  }
  if (pending.byteLength > 0) await writePiece(stream, pending, signal);
}

async function writePiece(
  stream: Stream,
  pending: Uint8ArrayList,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const bytes = Math.min(PIECE_BYTES, pending.byteLength);
  stream.send(pending.slice(0, bytes));
  pending.consume(bytes);
  // A drain may come with part of the piece still unsent.
  while (stream.writeBufferLength > 0 || stream.writableNeedsDrain) {
    await emptied(stream, signal);
  }
}

function emptied(stream: Stream, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const closed = (): void => reject(new StreamFailure('STREAM_BROKEN'));
  const aborted = (): void => reject(signal.reason);
  const room = (): void => resolve();
  stream.addEventListener('idle', room);
  stream.addEventListener('drain', room);
  stream.addEventListener('close', closed);
  signal.addEventListener('abort', aborted);
  return promise.finally(() => {
    stream.removeEventListener('idle', room);
    stream.removeEventListener('drain', room);
    stream.removeEventListener('close', closed);
    signal.removeEventListener('abort', aborted);
  });
}
