/** Folders, commits, images and packages: one digest for all in them, and what changed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { startWorld, type World, ztc } from './world.ts';

let world: World;

before(async () => {
  world = await startWorld();
});
after(async () => await world.stop());

const at = (...names: string[]): string => path.join(world.dir, ...names);
const sha256 = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function tar(files: Record<string, string | Uint8Array>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files))
    archive.entry({ name }, Buffer.from(content));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const check = (...words: string[]) =>
  ztc(['authenticate', ...words, '--publisher', 'acme', '--json'], world.env);
const make = async (...words: string[]) => {
  const { json, exit, stderr } = await ztc(['notarize', ...words, '--json'], world.env);
  assert.equal(exit, 0, stderr + JSON.stringify(json));
  return json.result.items[0];
};

test('a folder is its sorted list; what is ignored stays out; changes are named', async () => {
  mkdirSync(at('app/lib'), { recursive: true });
  writeFileSync(at('app/.ztcignore'), '*.log\n');
  writeFileSync(at('app/lib/b.js'), 'b');
  writeFileSync(at('app/a.js'), 'a');
  writeFileSync(at('app/debug.log'), 'noise');
  symlinkSync('a.js', at('app/link'));
  assert.match((await ztc(['notarize', at('app')], world.env)).stderr, /--recursive/);
  const list = at('app.manifest');
  const made = await make(at('app'), '--recursive', '--manifest', list);
  assert.equal(made.kind, 'directory');
  const good = await check(at('app'), '-r', '--manifest', list);
  assert.deepEqual([good.exit, good.json.result.items[0].changes], [0, []]);
  writeFileSync(at('app/debug.log'), 'other noise');
  assert.equal((await check(at('app'), '-r')).exit, 0, 'ignored');
  writeFileSync(at('app/a.js'), 'A');
  writeFileSync(at('app/new.js'), 'n');
  rmSync(at('app/lib/b.js'));
  const bad = await check(at('app'), '-r', '--manifest', list);
  assert.equal(bad.exit, 10);
  assert.deepEqual(
    bad.json.result.items[0].changes.map((each: { path: string; change: string }) => [
      each.path,
      each.change,
    ]),
    [
      ['a.js', 'changed'],
      ['lib/b.js', 'removed'],
      ['new.js', 'added'],
    ],
  );
  const plain = await ztc(['authenticate', at('app'), '-r'], world.env);
  assert.match(plain.stdout, /what changed shows: --manifest LIST/);
});

test('a commit is the SHA-256 of all its files, whatever is checked out', async () => {
  const repo = at('repo');
  mkdirSync(repo);
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', repo, '-c', 'user.name=x', '-c', 'user.email=x@x', ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  git('init', '-q');
  writeFileSync(path.join(repo, 'a.txt'), 'one');
  writeFileSync(path.join(repo, 'big.bin'), Buffer.alloc(300_000, 7));
  git('add', '.');
  git('commit', '-qm', 'first');
  const commit = git('rev-parse', 'HEAD').trim();
  const made = await make(`git:${repo}`);
  assert.equal(made.kind, 'git-commit');
  writeFileSync(path.join(repo, 'a.txt'), 'two');
  assert.equal((await check(`git:${repo}@${commit}`)).exit, 0, 'the working tree is not asked');
  git('commit', '-qam', 'second');
  assert.equal((await check(`git:${repo}`)).exit, 10);
  assert.equal((await check(`git:${repo}@${commit}`)).exit, 0);
  const wrong = await check(`git:${repo}@--upload-pack=x`);
  assert.deepEqual([wrong.exit, wrong.json.result.items[0].error.code], [2, 'INPUT_UNREADABLE']);
});

test('an image has one id as folder, tar and docker save; a changed layer is refused', async () => {
  const layer = await tar({ 'bin/app': 'program' });
  const zipped = gzipSync(layer);
  const config = JSON.stringify({ rootfs: { type: 'layers', diff_ids: [sha256(layer)] } });
  const manifest = JSON.stringify({
    config: { digest: sha256(config) },
    layers: [{ digest: sha256(zipped) }],
  });
  const index = JSON.stringify({ manifests: [{ digest: sha256(manifest) }] });
  const blobs = {
    [sha256(config)]: config,
    [sha256(manifest)]: manifest,
    [sha256(zipped)]: zipped,
  };
  const oci: Record<string, string | Uint8Array> = { 'index.json': index };
  for (const [digest, bytes] of Object.entries(blobs))
    oci[`blobs/${digest.replace(':', '/')}`] = bytes;
  mkdirSync(at('layout/blobs/sha256'), { recursive: true });
  for (const [name, bytes] of Object.entries(oci)) writeFileSync(at('layout', name), bytes);
  writeFileSync(at('oci.tar'), await tar(oci));
  const saved = JSON.stringify([{ Config: 'c.json', Layers: ['l/layer.tar'] }]);
  const parts = { 'manifest.json': saved, 'c.json': config, 'l/layer.tar': layer };
  writeFileSync(at('saved.tar'), await tar(parts));
  const made = await make(`docker:${at('layout')}`);
  assert.equal(made.kind, 'container-image');
  assert.equal((await check('--hash', sha256(config))).exit, 0, 'its id is the digest');
  for (const other of ['oci.tar', 'saved.tar']) {
    assert.equal((await check(`docker:${at(other)}`)).exit, 0, other);
  }
  const forged = { ...parts, 'l/layer.tar': await tar({ 'bin/app': 'virus' }) };
  writeFileSync(at('forged.tar'), await tar(forged));
  const refused = await check(`docker:${at('forged.tar')}`);
  assert.match(refused.json.result.items[0].error.message, /layer 1 is not what it is said to be/);
});

test('packages and bills of materials say what they are', async () => {
  const about = JSON.stringify({ name: '@acme/app', version: '1.4.0' });
  writeFileSync(at('app.tgz'), gzipSync(await tar({ 'package/package.json': about })));
  writeFileSync(at('cdx.json'), JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6' }));
  writeFileSync(
    at('cdx.xml'),
    '<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6">',
  );
  writeFileSync(at('spdx.json'), JSON.stringify({ spdxVersion: 'SPDX-2.3' }));
  writeFileSync(at('sbom.spdx'), 'SPDXVersion: SPDX-2.3\n');
  writeFileSync(at('plain.json'), '{}');
  writeFileSync(at('broken.tgz'), 'no archive');
  const expected = {
    'app.tgz': ['npm-package', '@acme/app', '1.4.0'],
    'cdx.json': ['sbom-cyclonedx', 'cdx.json', ''],
    'cdx.xml': ['sbom-cyclonedx', 'cdx.xml', ''],
    'spdx.json': ['sbom-spdx', 'spdx.json', ''],
    'sbom.spdx': ['sbom-spdx', 'sbom.spdx', ''],
    'plain.json': ['file', 'plain.json', ''],
    'broken.tgz': ['file', 'broken.tgz', ''],
  };
  for (const [name, said] of Object.entries(expected)) {
    const { kind, name: called, version } = await make(at(name));
    assert.deepEqual([kind, called, version], said, name);
  }
});
