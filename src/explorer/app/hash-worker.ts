/** Hashes a file piece by piece, beside the page: any size, in constant memory. */
import { digestOf } from '../../client/digest.ts';

/** What the worker tells: how far it is, then the digest, or why there is none. */
export type HashNews =
  | { readonly done: number }
  | { readonly digest: string }
  | { readonly error: string };

const NEWS_MS = 100;

self.addEventListener('message', ({ data }: MessageEvent<File>) => {
  const tell = (news: HashNews): void => self.postMessage(news);
  let told = performance.now();
  const onProgress = (done: number): void => {
    if (performance.now() - told < NEWS_MS) return;
    told = performance.now();
    tell({ done });
  };
  digestOf(data, onProgress).then(
    (digest) => tell({ digest }),
    (error: unknown) => tell({ error: error instanceof Error ? error.message : String(error) }),
  );
});
