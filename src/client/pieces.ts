/**
 * A file of a browser, piece by piece, in the memory of one piece. What a browser's streams and
 * buffers give is new memory each time, of which hundreds of megabytes lie about before somebody
 * collects them; a stream that writes into a buffer of ours leaves nothing behind.
 */
import { pause } from './pause.ts';

/** What one read gives at most. */
const PIECE_BYTES = 1 << 20;
/** What one stream is read for. */
const STRETCH_BYTES = 16 << 20;
/** A disk may be asleep; but now and then Chromium (156) forgets a reader that waits for data. */
const STALL_MS = 3_000;

/**
 * Each piece is good until the next one only.
 *
 * @throws what the browser says of a file that it can't read
 */
export async function* piecesOf(blob: Blob): AsyncGenerator<Uint8Array> {
  let buffer = new ArrayBuffer(PIECE_BYTES);
  for (let from = 0; from < blob.size; from += STRETCH_BYTES) {
    const stretch = blob.slice(from, from + STRETCH_BYTES);
    const reader = readerInto(stretch);
    for (let at = 0; at < stretch.size; ) {
      const read = await soon(reader?.read(new Uint8Array(buffer)));
      if (read?.value === undefined) {
        yield new Uint8Array(await stretch.slice(at).arrayBuffer());
        buffer = new ArrayBuffer(PIECE_BYTES);
        break;
      }
      yield read.value;
      at += read.value.length;
      buffer = read.value.buffer;
    }
    reader?.cancel().catch(() => undefined);
  }
}

/** Undefined where streams write into buffers of their own only, as in Safari. */
function readerInto(blob: Blob): ReadableStreamBYOBReader | undefined {
  try {
    return blob.stream().getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

/** Undefined where it is not there in time. */
async function soon<T>(awaited: Promise<T> | undefined): Promise<T | undefined> {
  const answered = new AbortController();
  const late = pause(STALL_MS, answered.signal).then(() => undefined);
  try {
    return await (awaited && Promise.race([awaited, late]));
  } finally {
    answered.abort();
  }
}
