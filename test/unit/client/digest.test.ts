/** Files of any size and in any form give the digest of their bytes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { digestOf } from '../../../src/client/sdk.ts';
import { toHex } from '../../../src/common/bytes.ts';

/** Two stretches of streams and some bytes, no two pieces of it alike. */
const BYTES = new Uint8Array((32 << 20) + 77).map((_, at) => (at * 31 + (at >> 12)) & 0xff);
const DIGEST = `sha256:${toHex(createHash('sha256').update(BYTES).digest())}`;

test('a blob, its stream and what iterates over its parts have one digest', async () => {
  const heard: number[] = [];
  assert.equal(await digestOf(new Blob([BYTES]), (bytes) => heard.push(bytes)), DIGEST);
  assert.equal(heard.at(-1), BYTES.length);
  assert.ok(heard.length > 2, 'it says how far it is');
  assert.equal(await digestOf(new Blob([BYTES]).stream()), DIGEST);
  const parts = async function* () {
    yield BYTES.subarray(0, 100);
    yield BYTES.subarray(100);
  };
  assert.equal(await digestOf(parts()), DIGEST);
});

test('a reader that is never answered, and a stream without one, are read otherwise', async () => {
  class Forgetful extends Blob {
    override slice(start?: number, end?: number): Blob {
      const part = super.slice(start, end);
      part.stream = () => new ReadableStream({ type: 'bytes', pull: () => new Promise(() => {}) });
      return part;
    }
  }
  assert.equal(
    await digestOf(new Forgetful([BYTES.subarray(0, 1000)])),
    await digestOf(new Blob([BYTES.subarray(0, 1000)])),
  );
  class Plain extends Blob {
    override slice(start?: number, end?: number): Blob {
      const part = super.slice(start, end);
      part.stream = () => new ReadableStream();
      return part;
    }
  }
  assert.equal(await digestOf(new Plain([BYTES])), DIGEST);
});

test('an empty file has a digest too', async () => {
  const empty = createHash('sha256').digest('hex');
  assert.equal(await digestOf(new Blob([])), `sha256:${empty}`);
});
