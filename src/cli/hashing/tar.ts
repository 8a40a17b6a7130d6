/** Reading tar archives, compressed or not, entry by entry. */
import { createReadStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { extract } from 'tar-stream';
import { firstBytes } from './file.ts';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const MAGIC_BYTES = 4;

/** What undoes a compression that begins with these bytes; undefined: it is none. */
export function decompressorFor(start: Uint8Array) {
  if (GZIP.equals(start.subarray(0, GZIP.length))) return createGunzip();
  if (ZSTD.equals(start.subarray(0, ZSTD.length))) return createZstdDecompress();
  return undefined;
}

/** Calls `each` for every file in order, until it says false. */
export async function readTar(
  file: string,
  signal: AbortSignal,
  each: (name: string, body: AsyncIterable<Uint8Array>) => Promise<boolean>,
): Promise<void> {
  const entries = extract();
  const through = decompressorFor(await firstBytes(file, MAGIC_BYTES)) ?? new PassThrough();
  const stop = new AbortController();
  const signals = AbortSignal.any([signal, stop.signal]);
  const reading = pipeline(createReadStream(file), through, entries, { signal: signals });
  // Told by the entries, too; where we stopped by ourselves it is no fault.
  reading.catch(() => undefined);
  for await (const entry of entries) {
    const { name, type } = entry.header;
    const goesOn = type === 'file' ? await each(name, entry as AsyncIterable<Uint8Array>) : true;
    if (!goesOn) {
      stop.abort();
      return;
    }
    entry.resume();
  }
  await reading;
}
