/** Digests of what has any size, in constant memory, in browsers too. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../common/bytes.ts';
import { piecesOf } from './pieces.ts';

/** A file of a page, a response's body, standard input, … */
export type Chunks = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | Blob;

/**
 * The digest (`sha256:…`) of all chunks; `onProgress` hears how many bytes were read by now.
 *
 * @throws what the chunks throw
 * @example
 * const seen: number[] = [];
 * const found = await digestOf(new Blob(['abc']), (bytes) => seen.push(bytes));
 * found; // → 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
 * seen; // → [3]
 */
export async function digestOf(
  chunks: Chunks,
  onProgress?: (bytes: number) => void,
): Promise<string> {
  const hash = sha256.create();
  let bytes = 0;
  for await (const chunk of iterable(chunks)) {
    hash.update(chunk);
    bytes += chunk.length;
    onProgress?.(bytes);
  }
  return `sha256:${toHex(hash.digest())}`;
}

function iterable(chunks: Chunks): AsyncIterable<Uint8Array> {
  if ('getReader' in chunks) return partsOf(chunks);
  return 'slice' in chunks ? piecesOf(chunks) : chunks;
}

/** Safari's streams are no async iterables yet. */
async function* partsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (let part = await reader.read(); part.value !== undefined; part = await reader.read()) {
    yield part.value;
  }
}
