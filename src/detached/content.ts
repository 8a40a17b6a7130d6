/** What is signed, read in pieces: files have any size. */
import type { Content } from '../ledger/detached.ts';

export function contentOf(bytes: Uint8Array): Content {
  return async function* () {
    yield bytes;
  };
}

/** As a stream; the iterator is closed when nobody wants more. */
export function streamOf(content: Content): ReadableStream<Uint8Array> {
  const chunks = content()[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}

const PEM = /^\s*-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\s]+)-----END \1-----\s*/;

/** The blocks of a PEM file (RFC 7468), of these labels; undefined where it is none of that. */
export function pemBlocks(
  bytes: Uint8Array,
  labels: readonly string[],
): readonly Uint8Array[] | undefined {
  let text = new TextDecoder('latin1').decode(bytes);
  const blocks: Uint8Array[] = [];
  while (text !== '') {
    const [whole, label, body] = PEM.exec(text) ?? [];
    if (whole === undefined || body === undefined || !labels.includes(label ?? ''))
      return undefined;
    try {
      blocks.push(Uint8Array.from(atob(body.replaceAll(/\s/g, '')), (c) => c.charCodeAt(0)));
    } catch {
      return undefined;
    }
    text = text.slice(whole.length);
  }
  return blocks;
}

/** Whether it is text that begins as PEM and armor do. */
export function isArmored(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 64)).trimStart().startsWith('-----');
}
