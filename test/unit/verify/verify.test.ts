/** `ztc-verify.mjs` as people get it: one file, with a receipt or a node, and nothing else. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { buildVerifiers } from '../../../src/verify/build.ts';
import { startProxy } from '../cli/proxy.ts';
import { startWorld, type World, ztc } from '../cli/world.ts';

let world: World;
let script: string;
let file: string;
let trusting: readonly string[];

before(async () => {
  world = await startWorld();
  script = world.file('ztc-verify.mjs', (await buildVerifiers()).get('ztc-verify.mjs') as string);
  file = world.file('app.bin', 'an application');
  trusting = ['--genesis', world.file('genesis.json', formatGenesisFile(world.genesis))];
  await ztc(['notarize', file, '--save-receipt'], world.env);
});
after(() => world.stop());

interface Run {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** In a process of its own, in a folder where no package can be found. */
function verify(...words: readonly string[]): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>();
  const options = { cwd: world.dir, env: {} };
  const child = execFile(process.execPath, [script, ...words], options, (_, stdout, stderr) =>
    resolve({ exit: child.exitCode as number, stdout, stderr }),
  );
  return promise;
}

test('needs nothing but what every Node from 20 on has', () => {
  const text = readFileSync(script, 'utf8');
  const imports = [...text.matchAll(/^import .*from ["']([^"']+)["']/gm)].map(([, name]) => name);
  assert.deepEqual([...new Set(imports)].sort(), [
    'node:crypto',
    'node:fs',
    'node:fs/promises',
    'node:util',
  ]);
  assert.doesNotMatch(text, /withResolvers|require\(|\.node['"]/);
});

test('answers from a receipt, with the exit codes of ztc authenticate', async () => {
  const words = [file, ...trusting, '--receipt', `${file}.ztc.json`];
  const good = await verify(...words, '--publisher', 'acme');
  assert.equal(good.exit, 0, good.stderr);
  assert.match(good.stdout, /^TRUSTED .*app\.bin\n.*\n.*by Publisher acme \(acme, level 4\)/);
  for (const others of [[], ['--any-publisher'], ['--publisher', 'globex']]) {
    const refused = await verify(...words, ...others);
    assert.equal(refused.exit, 12, "one publisher's word alone");
    assert.match(refused.stderr, /RECEIPT_PUBLISHER/);
  }
  const all = `${file}.all`;
  await ztc(['authenticate', file, `--save-receipt=${all}`], world.env);
  const whole = [file, ...trusting, '--receipt', all];
  assert.equal((await verify(...whole)).exit, 12);
  assert.equal((await verify(...whole, '--any-publisher')).exit, 0);
  const json = await verify(...whole, '--publisher', 'globex', '--json');
  assert.equal(json.exit, 12);
  const { status, reason, verified } = JSON.parse(json.stdout).result;
  assert.deepEqual([status, reason, verified], ['UNKNOWN', 'PUBLISHER_MISMATCH', true]);
});

test('refuses a receipt of another file, a bad one, and a wrong genesis', async () => {
  const other = world.file('other.bin', 'another application');
  const receipt = ['--receipt', `${file}.ztc.json`];
  assert.equal((await verify(other, ...trusting, ...receipt, '--publisher', 'acme')).exit, 20);
  const text = readFileSync(`${file}.ztc.json`, 'utf8');
  const broken = world.file('broken.json', text.replace('"links":[]', '"links":["AAAA"]'));
  const bad = await verify(file, ...trusting, '--receipt', broken);
  assert.equal(bad.exit, 20);
  assert.match(bad.stderr, /PROOF_INVALID/);
  const genesis = path.join(world.dir, 'genesis.json');
  const signed = JSON.parse(readFileSync(genesis, 'utf8'));
  signed.genesis.name = 'other';
  writeFileSync(`${genesis}.other`, JSON.stringify(signed));
  assert.equal((await verify(file, '--genesis', `${genesis}.other`, ...receipt)).exit, 20);
  assert.equal((await verify(file, ...trusting, '--receipt', genesis)).exit, 2);
  assert.equal((await verify('nowhere', ...trusting, ...receipt)).exit, 2);
  assert.equal((await verify(file, ...trusting)).exit, 2);
});

test('asks a node and believes only what is proven', async () => {
  const words = [file, ...trusting, '--publisher', 'acme', '--rpc'];
  assert.equal((await verify(...words, world.url)).exit, 0);
  const liar = await startProxy(world.url, ({ method, result }) => {
    if (method === 'asset_authenticate') result.proof.state.entries.pop();
    return undefined;
  });
  assert.equal((await verify(...words, liar.url)).exit, 20);
  liar.stop();
  assert.equal((await verify(...words, 'http://127.0.0.1:9/')).exit, 5);
});
