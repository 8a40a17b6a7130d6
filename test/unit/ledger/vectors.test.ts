/**
 * The golden bytes. A difference means that the format has changed: chains, receipts and other
 * implementations break. To rewrite them: `ZTC_WRITE_VECTORS=1 npm test -- vectors`.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fromHex, toHex } from '../../../src/common/bytes.ts';
import { encode, fromJson } from '../../../src/common/codec/index.ts';
import { STRUCTURES } from './structures.ts';
import type { InvalidVector, Vector } from './vector.ts';
import { vectorFiles } from './vectors.ts';

const FOLDER = new URL('../../vectors/', import.meta.url);
const rewrite = process.env.ZTC_WRITE_VECTORS === '1';
assert.ok(!rewrite || process.env.CI === undefined, 'vectors are never rewritten in CI');

const files = vectorFiles();
for (const [name, content] of rewrite ? files : []) {
  writeFileSync(new URL(name, FOLDER), `${JSON.stringify(content, null, 1)}\n`);
}

interface Stored {
  readonly vectors?: readonly Vector[];
  readonly invalid?: readonly InvalidVector[];
}

const stored = new Map(
  [...files.keys()].map((name) => {
    const text = readFileSync(new URL(name, FOLDER), 'utf8');
    return [name, JSON.parse(text) as Stored];
  }),
);

describe('test vectors', () => {
  for (const [name, content] of files) {
    test(`${name} holds what is built today`, () => {
      assert.deepEqual(stored.get(name), JSON.parse(JSON.stringify(content)));
    });
  }

  for (const [file, { vectors = [], invalid = [] }] of stored) {
    for (const { name, structure, value, bytes } of vectors) {
      test(`${file}: ${name} is valid`, () => {
        const known = STRUCTURES[structure];
        assert.ok(known !== undefined);
        assert.equal(known.check(fromHex(bytes) as Uint8Array), 'ok');
        if (known.schema === null) return;
        const read = fromJson(known.schema, value);
        assert.ok(read.ok);
        assert.equal(toHex(encode(known.schema, read.value)), bytes);
      });
    }

    for (const { name, structure, bytes, code } of invalid) {
      test(`${file}: ${name} (${structure}) is ${code}`, () => {
        assert.equal(STRUCTURES[structure]?.check(fromHex(bytes) as Uint8Array), code);
      });
    }
  }

  test('cover every structure', () => {
    const covered = [...stored.values()].flatMap(({ vectors = [] }) => vectors);
    const names = new Set(covered.map(({ structure }) => structure));
    for (const name of Object.keys(STRUCTURES)) assert.ok(names.has(name), name);
  });
});
