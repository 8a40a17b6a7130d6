/** Files of any size, streamed through SHA-256. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { assetOf } from '../../ledger/primitives.ts';

/** Who may stop it, and who hears how far it is. */
export interface Watching {
  readonly signal: AbortSignal;
  onProgress?(bytes: number, total: number | null): void;
}

export interface Digested {
  readonly asset: Uint8Array;
  /** In bytes. */
  readonly size: number;
}

/** Files are read in pieces of at most this size, above which hashing gets no faster. */
const READ_BYTES_MAX = 1024 * 1024;
/** Small files take small buffers: a thousand of them at a MiB each only feed the collector. */
const READ_BYTES_MIN = 16 * 1024;

export async function hashFile(file: string, watching: Watching): Promise<Digested> {
  const { size } = await stat(file);
  const highWaterMark = Math.min(Math.max(size, READ_BYTES_MIN), READ_BYTES_MAX);
  const stream = createReadStream(file, { highWaterMark, signal: watching.signal });
  return await hashChunks(stream, (bytes) => watching.onProgress?.(bytes, size));
}

export async function hashChunks(
  chunks: AsyncIterable<Uint8Array>,
  onBytes?: (bytes: number) => void,
): Promise<Digested> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
    onBytes?.(size);
  }
  return { asset: assetOf(new Uint8Array(hash.digest())), size };
}

export function hashBytes(bytes: Uint8Array): Uint8Array {
  return assetOf(new Uint8Array(createHash('sha256').update(bytes).digest()));
}

/** At most `count` bytes from the beginning of a file. */
export async function firstBytes(file: string, count: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
