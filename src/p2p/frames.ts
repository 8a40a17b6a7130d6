/**
 * Frames on a stream: four bytes of big-endian length, then that many bytes, at least one. The
 * length is checked before anything is kept, so a reader never holds more than one frame.
 */
import { Uint8ArrayList } from 'uint8arraylist';
import { failure, type Result, success } from '../common/result.ts';

const LENGTH_BYTES = 4;

/** A message's parts as a frame ready to be sent; made once, however many peers get it. */
export function frameOf(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = new Uint8Array(LENGTH_BYTES + length);
  new DataView(frame.buffer).setUint32(0, length);
  let at = LENGTH_BYTES;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

export type FrameCode = 'FRAME_EMPTY' | 'FRAME_TOO_LARGE';

/** Puts frames together again from the pieces that a stream delivers. */
export class FrameReader {
  readonly #bytesMax: number;
  readonly #pending = new Uint8ArrayList();

  /** @param bytesMax the largest message that is read */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of a message that has not come whole yet. */
  get pending(): number {
    return this.#pending.byteLength;
  }

  /** The messages that are whole after `piece`; after a failure the stream is of no use. */
  read(piece: Uint8Array | Uint8ArrayList): Result<Uint8Array[], FrameCode> {
    const pending = this.#pending;
    pending.append(piece);
    const messages: Uint8Array[] = [];
    while (pending.byteLength >= LENGTH_BYTES) {
      const length = pending.getUint32(0);
      if (length === 0) return failure('FRAME_EMPTY', 'a frame without content');
      if (length > this.#bytesMax) {
        return failure('FRAME_TOO_LARGE', `${length} bytes where ${this.#bytesMax} are allowed`);
      }
      const end = LENGTH_BYTES + length;
      if (pending.byteLength < end) break;
      messages.push(pending.slice(LENGTH_BYTES, end));
      pending.consume(end);
    }
    return success(messages);
  }
}
