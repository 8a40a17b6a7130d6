/** Hashes a file piece by piece, beside the page: any size, in constant memory. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../../common/bytes.ts';

/** What the worker tells: how far it is, then the digest, or why there is none. */
export type HashNews =
  | { readonly done: number }
  | { readonly digest: string }
  | { readonly error: string };

const NEWS_MS = 100;

async function digestOf(file: File, tell: (news: HashNews) => void): Promise<string> {
  const hash = sha256.create();
  const reader = file.stream().getReader();
  let done = 0;
  let told = performance.now();
  for (let part = await reader.read(); part.value !== undefined; part = await reader.read()) {
    hash.update(part.value);
    done += part.value.length;
    if (performance.now() - told < NEWS_MS) continue;
    told = performance.now();
    tell({ done });
  }
  return toHex(hash.digest());
}

self.addEventListener('message', ({ data }: MessageEvent<File>) => {
  const tell = (news: HashNews): void => self.postMessage(news);
  digestOf(data, tell).then(
    (digest) => tell({ digest: `sha256:${digest}` }),
    (error: unknown) => tell({ error: error instanceof Error ? error.message : String(error) }),
  );
});
