/** Keys under a passphrase, and keys that a program keeps. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatKeyFile, parseStoredKey } from '../../../src/cli/keys/key-file.ts';
import { toHex } from '../../../src/common/bytes.ts';
import { keysOf } from '../state/fixture.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

const at = (name: string): string => path.join(world.dir, name);
const SIGNER = fileURLToPath(new URL('../../../examples/signer.mjs', import.meta.url));

function run(words: readonly string[], secrets: Readonly<Record<string, string>> = {}) {
  const { ZTC_RPC = '', ZTC_TRUST = '' } = world.env;
  return ztc([...words, '--json'], { ZTC_RPC, ZTC_TRUST, ...secrets });
}

const plain = (name: string): string =>
  world.file(
    `${name}.key`,
    formatKeyFile({ purpose: 'publisher', publisher: 'acme', keys: keysOf('acme') }),
  );

async function code(answer: ReturnType<typeof ztc>) {
  const { exit, json } = await answer;
  return [exit, json.error.code];
}

test('a key under a passphrase signs with it alone, and is never printed', async () => {
  const file = plain('sealed');
  const secret = JSON.parse(readFileSync(file, 'utf8')).secretKey;
  const sealed = await run(['key', 'encrypt', file], { ZTC_NEW_PASSPHRASE: 'correct horse' });
  assert.equal(sealed.exit, 0, sealed.stdout);
  assert.ok(!readFileSync(file, 'utf8').includes(secret));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await run(['key', 'show', file])).json.result.secret, 'encrypted');
  const release = world.file('release.bin', 'sealed release');
  const words = ['notarize', release, '--key', file];
  assert.deepEqual(await code(run(words)), [2, 'USAGE'], 'nobody to ask');
  assert.deepEqual(await code(run(words, { ZTC_PASSPHRASE: 'wrong' })), [4, 'PASSPHRASE']);
  const passphrase = world.file('passphrase', 'correct horse\n');
  const made = await run(words, { ZTC_PASSPHRASE_FILE: passphrase });
  assert.equal(made.exit, 0, made.stdout);
  for (const { stdout, stderr } of [sealed, made]) {
    assert.ok(!`${stdout}${stderr}`.includes('correct horse'));
  }
});

test('a sealed file that was changed, or asks for too much, is refused', async () => {
  const file = plain('changed');
  await run(['key', 'encrypt', file], { ZTC_NEW_PASSPHRASE: 'x' });
  const document = JSON.parse(readFileSync(file, 'utf8'));
  const { encrypted } = document;
  const other = keysOf('globex').publicKey;
  const as = (changes: object) => JSON.stringify({ ...document, ...changes });
  for (const changes of [
    { encrypted: { ...encrypted, n: 2 ** 21 } },
    { encrypted: { ...encrypted, n: 1000 } },
    { encrypted: { ...encrypted, r: 9 } },
    { encrypted: { ...encrypted, p: 0 } },
    { encrypted: { ...encrypted, kdf: 'pbkdf2' } },
    { encrypted: { ...encrypted, data: 'AA' } },
    { encrypted: { ...encrypted, more: 1 } },
    { secretKey: 'AA' },
    { encrypted: undefined },
    { encrypted: undefined, signer: [] },
    { encrypted: undefined, signer: 'sh' },
  ]) {
    assert.throws(() => parseStoredKey(as(changes), 'x'), { code: 'KEY_FILE_INVALID' });
  }
  const stored = parseStoredKey(as({}), 'x');
  assert.notEqual(toHex(stored.publicKey), toHex(other));
  writeFileSync(file, as({ purpose: 'member' }));
  const sign = run(['gov', 'propose', '--remove', 'dan', '--key', file], { ZTC_PASSPHRASE: 'x' });
  assert.deepEqual(await code(sign), [4, 'PASSPHRASE'], 'it is bound to its purpose');
});

test('a program keeps the key: the example signs, and its no is a no', async () => {
  const der = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    keysOf('acme').secretKey,
  ]);
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const keyFile = world.file('acme.pem', pem.export({ format: 'pem', type: 'pkcs8' }));
  const words = (...all: string[]) => all.flatMap((word) => ['--signer', word]);
  const file = at('hsm.key');
  const made = await run([
    ...['key', 'new', file, '--publisher', 'acme'],
    ...words(process.execPath, SIGNER, keyFile),
  ]);
  assert.equal(made.exit, 0, made.stdout);
  const release = world.file('release.bin', 'release by a program');
  const signed = await run(['notarize', release, '--key', file]);
  assert.equal(signed.exit, 0, signed.stdout);
  const refusals: readonly (readonly string[])[] = [
    [process.execPath, '-e', "console.log(JSON.stringify({ error: 'no card' }))"],
    [process.execPath, '-e', 'console.log(\'{"signature":"AA"}\')'],
    [process.execPath, '-e', 'process.exit(3)'],
    [at('no-such-program')],
  ];
  const document = JSON.parse(readFileSync(file, 'utf8'));
  for (const signer of refusals) {
    const bad = world.file('bad.key', JSON.stringify({ ...document, signer }));
    const { exit, json } = await run(['notarize', release, '--again', '--key', bad]);
    assert.deepEqual([exit, json.result.items[0].error.code], [4, 'SIGNER']);
  }
});
