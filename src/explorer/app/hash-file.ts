/** From a file to its digest, by a worker that can be stopped. */
import type { HashNews } from './hash-worker.ts';

export interface Hashing {
  /** `sha256:…`; rejects where the file can't be read. */
  readonly digest: Promise<string>;
  stop(): void;
}

export function hashFile(file: File, onProgress: (bytes: number) => void): Hashing {
  const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module' });
  const digest = new Promise<string>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<HashNews>) => {
      if ('done' in data) {
        onProgress(data.done);
        return;
      }
      worker.terminate();
      if ('digest' in data) resolve(data.digest);
      else reject(new Error(data.error));
    };
    worker.onerror = () => reject(new Error('the file could not be hashed'));
  });
  worker.postMessage(file);
  return { digest, stop: () => worker.terminate() };
}
