/** The programs in examples/, run as their readers would, against a live node. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { startWorld, type World, ztc } from '../cli/world.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

let world: World;
let env: NodeJS.ProcessEnv;
let file: string;

before(async () => {
  world = await startWorld();
  file = world.file('app.tgz', 'an application');
  const ZTC_GENESIS = world.file('genesis.json', formatGenesisFile(world.genesis));
  env = { ...process.env, ...world.env, ZTC_GENESIS };
});
after(async () => await world.stop());

/** Runs one to its end, or until it has printed something that fits. */
async function run(name: string, words: readonly string[], until?: RegExp) {
  const script = path.join(ROOT, 'examples', name);
  return await new Promise<{ code: number | null; out: string }>((resolve) => {
    const child = execFile(process.execPath, [script, ...words], { env, cwd: ROOT });
    let out = '';
    const hear = (text: string): void => {
      out += text;
      if (until?.test(out)) child.kill('SIGINT');
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('close', (code) => resolve({ code, out }));
  });
}

test('publish: the file is notarized, and its receipt lies beside it', async () => {
  const { code, out } = await run('publish.ts', [file, '1.4.0']);
  assert.deepEqual([code, /is notarized by acme in block \d+/.test(out)], [0, true], out);
  const checked = await ztc(['authenticate', file, '--receipt', `${file}.receipt.json`], {
    ZTC_TRUST: path.join(world.dir, 'none.json'),
  });
  assert.notEqual(checked.exit, 20, 'the receipt is one');
  assert.equal(JSON.parse(readFileSync(`${file}.receipt.json`, 'utf8')).schema, 'ztc.receipt/v1');
});

test('install: what the publisher trusts, and nothing else', async () => {
  const good = await run('install.ts', [file, 'acme']);
  assert.deepEqual([good.code, good.out], [0, 'installing app.tgz 1.4.0\n']);
  const other = world.file('other.tgz', 'something else');
  const bad = await run('install.ts', [other, 'acme']);
  assert.equal(bad.code, 1);
  assert.match(bad.out, /^not installing .*: UNKNOWN/);
});

test('builds: two records change together, twice', async () => {
  const first = await run('builds.ts', ['1.4.0', 'passed']);
  assert.match(first.out, /^1\.4\.0 passed in block \d+; latest had 1 revisions\n$/);
  const second = await run('builds.ts', ['1.4.1', 'failed']);
  assert.match(second.out, /latest had 2 revisions/);
  const again = await run('builds.ts', ['1.4.1', 'passed']);
  assert.match(again.out, /ALREADY_EXISTS|REVISION_MISMATCH/);
});

test('dashboard: what was said and done, until it is interrupted', async () => {
  const { code, out } = await run(
    'dashboard.ts',
    ['1'],
    /acme says TRUSTED.*block 4|block 4.*acme says/s,
  );
  assert.equal(code, 0, out);
  assert.match(out, /acme says TRUSTED: app\.tgz 1\.4\.0 sha256:/);
});
