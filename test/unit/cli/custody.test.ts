/** Keys under a passphrase, and keys that a program keeps. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatKeyFile, parseStoredKey } from '../../../src/cli/keys/key-file.ts';
import { toHex } from '../../../src/common/bytes.ts';
import { publicKeyToText } from '../../../src/common/signature.ts';
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

/** A key file whose secret is in a PEM file, which the example program signs with. */
async function keptByProgram(name: string, ...whose: readonly string[]): Promise<string> {
  const der = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    keysOf(name).secretKey,
  ]);
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const short = name.replaceAll(' ', '-');
  const keyFile = world.file(`${short}.pem`, pem.export({ format: 'pem', type: 'pkcs8' }));
  const file = at(`${short}.hsm.key`);
  const words = [process.execPath, SIGNER, keyFile].flatMap((word) => ['--signer', word]);
  const made = await run(['key', 'new', file, ...whose, ...words]);
  assert.equal(made.exit, 0, made.stdout);
  assert.equal(made.json.result.publicKey, publicKeyToText(keysOf(name).publicKey));
  return file;
}

test('a program keeps the key: the example signs, and its no is a no', async () => {
  const file = await keptByProgram('acme', '--publisher', 'acme');
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

test('a program keeps what governs, too: requests, votes, and what is signed offline', async () => {
  const good = async (...words: string[]) => {
    const { exit, stdout, json } = await run(words);
    assert.equal(exit, 0, stdout);
    return json.result;
  };
  const [ada, bob] = [
    await keptByProgram('member ada', '--member'),
    await keptByProgram('member bob', '--member'),
  ];
  await good('gov', 'propose', '--set', 'heartbeatMs=4000', '--key', ada);
  assert.equal((await good('gov', 'vote', '1', '--key', bob)).approvals, 2);
  const file = at('vote.tx.json');
  await good('gov', 'vote', '1', '--as', 'cyd', '--collect', file);
  await good('tx', 'sign', file, '--key', await keptByProgram('member cyd', '--member'));
  await good('tx', 'send', file);
  assert.equal((await good('gov', 'show', '1')).status, 'EXECUTED');
  const fresh = await keptByProgram('newco', '--publisher', 'newco');
  const request = at('newco.publisher.json');
  const words = ['--id', 'newco', '--name', 'New Co', '--key', fresh, '-o', request];
  await good('publisher', 'request', ...words);
  await good('publisher', 'register', request, '--key', ada);
  const wrong = await run(['gov', 'vote', '1', '--key', fresh]);
  assert.deepEqual([wrong.exit, wrong.json.error.code], [2, 'KEY_FILE_INVALID']);
});

test('a member founds a chain with a key that never was in its home', async () => {
  const key = await keptByProgram('member zoe', '--member');
  const home = at('zoe');
  const who = ['--member', 'zoe', '--name', 'Zoe', '--announce', '/ip4/127.0.0.1/tcp/1'];
  const made = await run(['init', ...who, '--home', home, '--member-key', key]);
  assert.equal(made.exit, 0, made.stdout);
  assert.deepEqual(readdirSync(path.join(home, 'keys')).sort(), ['node.json', 'validator.json']);
  const genesis = at('zoe.genesis.json');
  const built = await run([
    'genesis',
    'build',
    made.json.result.request,
    '--name',
    'z',
    '-o',
    genesis,
  ]);
  assert.equal(built.exit, 0, built.stdout);
  assert.equal(
    (await run(['genesis', 'sign', genesis, '--home', home])).exit,
    2,
    'it lacks the key',
  );
  const sig = at('zoe.sig.json');
  const signed = await run(['genesis', 'sign', genesis, '--home', home, '--key', key, '-o', sig]);
  assert.equal(signed.exit, 0, signed.stdout);
  assert.equal((await run(['genesis', 'verify', genesis, sig])).exit, 0);
});
