/** `docs/format.md` shows real bytes: those of the test vectors. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { toHex, utf8 } from '../../../src/common/bytes.ts';
import { DOMAIN } from '../../../src/common/hash.ts';
import type { Vector } from './vector.ts';

const ROOT = new URL('../../../', import.meta.url);
const FOLDER = new URL('test/vectors/', ROOT);
const read = (url: URL): string => readFileSync(url, 'utf8');

const doc = read(new URL('docs/format.md', ROOT));
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const files = names.map((name) => [name, read(new URL(name, FOLDER))] as const);

describe('docs/format.md', () => {
  const worked = [...doc.matchAll(/^```hex (\S+): (.+)\n([^`]+)^```/gm)];

  test('has a worked example', () => assert.ok(worked.length > 0));

  for (const [, file, name, body] of worked) {
    test(`${name} of ${file} is the vector, byte by byte`, () => {
      const { vectors } = JSON.parse(read(new URL(file as string, FOLDER))) as {
        vectors: readonly Vector[];
      };
      const lines = (body as string).split('\n').map((line) => line.replace(/;.*$/, ''));
      const shown = lines.join('').replaceAll(/\s/g, '');
      assert.equal(shown, vectors.find((vector) => vector.name === name)?.bytes);
    });
  }

  test('every long hexadecimal string in it stands in a vector', () => {
    for (const [spelled] of doc.matchAll(/\b[0-9a-f]{24,}\b/g)) {
      assert.ok(
        files.some(([, text]) => text.includes(spelled)),
        spelled,
      );
    }
  });

  test('lists every domain, and spells the tag of transactions right', () => {
    for (const tag of Object.values(DOMAIN)) assert.ok(doc.includes(`\`${tag}\``), tag);
    assert.ok(doc.includes(`\`${toHex(utf8(DOMAIN.transaction))}\``));
  });

  test('names every code that a vector expects', () => {
    for (const [name, text] of files) {
      for (const [, code] of text.matchAll(/"code": "([A-Z_]+)"/g)) {
        const [head, tail] = [code?.split('_')[0], code?.slice(code.indexOf('_'))];
        const short = doc.includes(`\`${head}_`) && doc.includes(`\`${tail}\``);
        const known = doc.includes(`\`${code}\``) || short || code === 'REVISION_MISMATCH';
        assert.ok(known, `${name}: ${code}`);
      }
    }
  });
});
