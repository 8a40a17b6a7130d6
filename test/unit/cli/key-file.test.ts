import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import {
  formatKeyFile,
  generateKeyPair,
  KEY_PURPOSES,
  parseKeyFile,
  readKeyFile,
  writeKeyFile,
} from '../../../src/cli/keys/key-file.ts';
import { ZtcError } from '../../../src/common/errors.ts';
import { verify } from '../../../src/common/signature.ts';
import { parsePublisherRequest } from '../../../src/ledger/requests.ts';
import { ztc } from './world.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'ztc-keys-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('what is written is read back, by its owner only', async () => {
  for (const purpose of KEY_PURPOSES) {
    const file = path.join(dir, `${purpose}.key`);
    const key = { purpose, publisher: purpose === 'publisher' ? 'acme' : undefined };
    const keys = generateKeyPair();
    await writeKeyFile(file, { ...key, keys });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const read = await readKeyFile(file);
    assert.deepEqual(read, { ...key, keys, exposed: false });
    await assert.rejects(writeKeyFile(file, { ...key, keys }), { code: 'KEY_FILE_EXISTS' });
    chmodSync(file, 0o644);
    assert.equal((await readKeyFile(file)).exposed, true);
  }
});

test('any other text is refused with a typed error that does not hold it', () => {
  const good = formatKeyFile({ purpose: 'node', publisher: undefined, keys: generateKeyPair() });
  const document = JSON.parse(good);
  const { secretKey } = document;
  const other = formatKeyFile({ purpose: 'node', publisher: undefined, keys: generateKeyPair() });
  const { publicKey } = JSON.parse(other);
  for (const change of [
    { schema: 'ztc.key/v2' },
    { purpose: 'admin' },
    { publisher: 'NO ID' },
    { publisher: 7 },
    { publicKey },
    { secretKey: secretKey.slice(1) },
    { secretKey: 7 },
    { more: 1 },
  ]) {
    assert.throws(
      () => parseKeyFile(JSON.stringify({ ...document, ...change }), 'x'),
      (error) =>
        error instanceof ZtcError &&
        error.code === 'KEY_FILE_INVALID' &&
        !error.message.includes(secretKey.slice(1)),
    );
  }
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.throws(() => parseKeyFile(text, 'x'), { code: 'KEY_FILE_INVALID' });
    }),
  );
});

test('key show never shows the secret; key new never overwrites', async () => {
  const file = path.join(dir, 'acme.key');
  assert.equal((await ztc(['key', 'new', file, '--publisher', 'acme'])).exit, 0);
  const before = readFileSync(file, 'utf8');
  const { secretKey, publicKey } = JSON.parse(before);
  const shown = await ztc(['key', 'show', file, '--json']);
  assert.equal(shown.json.result.publicKey, publicKey);
  assert.equal(shown.json.result.publisher, 'acme');
  assert.ok(!shown.stdout.includes(secretKey));
  assert.equal((await ztc(['key', 'new', file])).exit, 2);
  assert.equal(readFileSync(file, 'utf8'), before);
  assert.equal((await ztc(['key', 'new', path.join(dir, 'b'), '--publisher', 'No'])).exit, 2);
  assert.equal((await ztc(['key', 'show', path.join(dir, 'none')])).exit, 2);
  writeFileSync(path.join(dir, 'bad'), '{}');
  assert.equal((await ztc(['key', 'show', path.join(dir, 'bad')])).exit, 2);
});

test('publisher request is signed by every key, and a key belongs to one publisher', async () => {
  const one = path.join(dir, 'one.key');
  const two = path.join(dir, 'two.key');
  await ztc(['key', 'new', one, '--publisher', 'globex']);
  await ztc(['key', 'new', two]);
  const out = path.join(dir, 'globex.publisher.json');
  const words = ['publisher', 'request', '--id', 'globex', '--name', 'Globex', '-o', out, '--json'];
  const made = await ztc([...words, '--key', one, '--key', two]);
  assert.equal(made.exit, 0, made.stdout);
  const request = parsePublisherRequest(readFileSync(out, 'utf8'), verify);
  assert.ok(request.ok);
  assert.equal(request.value.publisher.id, 'globex');
  assert.equal(request.value.publisher.keys.length, 2);
  assert.equal((await ztc([...words, '--key', one, '--key', one])).exit, 2);
  assert.equal((await ztc(words)).exit, 2);
  const other = ['publisher', 'request', '--id', 'acme', '--name', 'Acme', '-o', out];
  assert.equal((await ztc([...other, '--key', one])).exit, 2);
  const unnamed = ['publisher', 'request', '--id', 'globex', '--name', '\u202e', '-o', out];
  assert.equal((await ztc([...unnamed, '--key', one])).exit, 2);
});
