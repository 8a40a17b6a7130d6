import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { CliError } from '../../../src/cli/errors.ts';
import { hashInput, parseInputs } from '../../../src/cli/inputs.ts';
import { parseDuration } from '../../../src/cli/options.ts';
import type { Io } from '../../../src/cli/output.ts';
import { parseAttributes } from '../../../src/cli/statements/intent.ts';
import { compareText } from '../../../src/common/bytes.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'ztc-inputs-'));
after(() => rmSync(dir, { recursive: true, force: true }));

function ioWith(chunks: readonly Uint8Array[] = [], signal = new AbortController().signal): Io {
  const stdin = async function* () {
    yield* chunks;
  };
  return { stdin, signal } as Partial<Io> as Io;
}

function isUsage(error: unknown): boolean {
  return error instanceof CliError && error.code === 'USAGE';
}

test('inputs keep their order: paths, then digests; each keeps its spelling', () => {
  const word = fc.string({ minLength: 1 }).filter((text) => text !== '-');
  const hex = fc.stringMatching(/^[0-9a-fA-F]{64}$/);
  const digest = fc.oneof(
    hex,
    hex.map((text) => `sha256:${text}`),
  );
  fc.assert(
    fc.property(fc.array(word), fc.array(digest, { minLength: 1 }), (paths, hashes) => {
      const inputs = parseInputs(paths, hashes);
      assert.deepEqual(
        inputs.map(({ input }) => input),
        [...paths, ...hashes],
      );
      for (const each of inputs.slice(paths.length)) {
        assert.ok(each.kind === 'digest');
        const bare = each.input.replace('sha256:', '').toLowerCase();
        assert.equal(assetToText(each.asset), `sha256:${bare}`);
      }
    }),
  );
});

test('whatever is given, parsing inputs answers or is a usage error', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (paths, hashes) => {
      try {
        assert.ok(parseInputs(paths, hashes).length === paths.length + hashes.length);
      } catch (error) {
        assert.ok(isUsage(error));
      }
    }),
  );
  assert.throws(() => parseInputs([], undefined), isUsage);
  assert.throws(() => parseInputs(['-', '-'], []), isUsage);
  assert.throws(() => parseInputs([], ['md5:00']), isUsage);
});

test('files are hashed in any number of pieces; only base name and size are kept', async () => {
  const content = new Uint8Array(3 * 1024 * 1024 + 17).map((_, i) => i * 31);
  const file = path.join(dir, 'deep name.tgz');
  writeFileSync(file, content);
  const expected = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const [input] = parseInputs([file], []);
  const hashed = await hashInput(input as never, ioWith());
  assert.deepEqual(Object.keys(hashed).sort(), ['asset', 'name', 'size']);
  assert.equal(assetToText(hashed.asset), expected);
  assert.equal(hashed.name, 'deep name.tgz');
  assert.equal(hashed.size, content.length);
  const pieces = [content.subarray(0, 5), content.subarray(5, 5), content.subarray(5)];
  const [stdin] = parseInputs(['-'], []);
  const read = await hashInput(stdin as never, ioWith(pieces));
  assert.equal(assetToText(read.asset), expected);
  assert.equal(read.name, '');
});

test('what is missing, a folder, or interrupted is a typed error', async () => {
  const codeOf = async (given: string, io: Io): Promise<string> => {
    const [input] = parseInputs([given], []);
    return hashInput(input as never, io).then(
      () => 'none',
      (error: CliError) => error.code,
    );
  };
  assert.equal(await codeOf(path.join(dir, 'missing'), ioWith()), 'INPUT_UNREADABLE');
  assert.equal(await codeOf(dir, ioWith()), 'INPUT_UNREADABLE');
  const file = path.join(dir, 'any');
  writeFileSync(file, 'any');
  assert.equal(await codeOf(file, ioWith([], AbortSignal.abort())), 'INTERRUPTED');
});

test('attributes come out sorted whatever the order, and bad ones are usage errors', () => {
  const key = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);
  const pairs = fc.uniqueArray(fc.tuple(key, fc.string({ maxLength: 50, unit: 'grapheme' })), {
    selector: ([name]) => name,
    maxLength: 32,
  });
  fc.assert(
    fc.property(pairs, (entries) => {
      const words = entries.map(([name, value]) => `${name}=${value}`);
      const parsed = parseAttributes(words);
      assert.deepEqual(parsed, parseAttributes([...words].reverse()));
      assert.deepEqual(
        parsed.map((entry) => entry.key),
        entries.map(([name]) => name).sort(compareText),
      );
      const values = new Map(entries);
      assert.ok(parsed.every((entry) => values.get(entry.key) === entry.value));
    }),
  );
  for (const bad of [['a'], ['=b'], ['a b=c'], ['a=1', 'a=1'], [`a=${'x'.repeat(2000)}`]]) {
    assert.throws(() => parseAttributes(bad), isUsage, bad.join(' '));
  }
});

test('spans of time', () => {
  assert.equal(parseDuration('timeout', '30'), 30_000);
  assert.equal(parseDuration('timeout', '30s'), 30_000);
  assert.equal(parseDuration('timeout', '250ms'), 250);
  assert.equal(parseDuration('timeout', '1.5m'), 90_000);
  assert.equal(parseDuration('timeout', '0'), 0);
  for (const bad of ['', 'soon', '-1', '5 minutes', '1e9', '99999999999999999d']) {
    assert.throws(() => parseDuration('timeout', bad), isUsage, bad);
  }
});
